// In which order the examples of a data set are visited.
#pragma once

#include <cstdint>
#include <vector>

#include "lucid/state_dict.h"

namespace lucid::data {

/// Chooses examples for one pass over a data set; a subclass of one's own can leave some out, or
/// take some twice. https://pytorch.org/docs/stable/data.html#torch.utils.data.Sampler
class Sampler {
 public:
  virtual ~Sampler() = default;

  /// How many examples one pass visits; the same for every epoch.
  virtual int64_t size(int64_t dataset_size) const { return dataset_size; }

  /// Their indices in order: size(dataset_size) of them, each in [0, dataset_size). A function of
  /// its arguments and the sampler's options alone, so that any epoch can be repeated.
  virtual std::vector<int64_t> indices(int64_t dataset_size, int64_t epoch) const = 0;

  /// The options that decide the order. They are part of a loader's state, which another loader
  /// accepts only if its sampler has equal ones.
  virtual StateDict state_dict() const { return {}; }
};

/// From the first to the last.
class SequentialSampler : public Sampler {
 public:
  std::vector<int64_t> indices(int64_t dataset_size, int64_t epoch) const override;
};

/// All examples in an order that seed and epoch decide; all orders are equally likely.
class RandomSampler : public Sampler {
 public:
  explicit RandomSampler(uint64_t seed = 0) noexcept : seed_(seed) {}
  std::vector<int64_t> indices(int64_t dataset_size, int64_t epoch) const override;
  /// "seed", as int64 with the same bits.
  StateDict state_dict() const override;

 private:
  uint64_t seed_;
};

}  // namespace lucid::data
