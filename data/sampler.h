// In which order the examples of a data set are visited.
#pragma once

#include <cstdint>
#include <vector>

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

 private:
  uint64_t seed_;
};

}  // namespace lucid::data
