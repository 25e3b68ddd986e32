// Batches of a data set, pass after pass.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>

#include "data/dataset.h"
#include "data/sampler.h"
#include "lucid/state_dict.h"

namespace lucid::data {

struct DataLoaderOptions {
  int64_t batch_size = 1;
  bool shuffle = false;    ///< another order in every epoch
  bool drop_last = false;  ///< leave out the last batch if it is not full
  uint64_t seed = 0;       ///< of the shuffle
  /// The order of the examples; takes the place of `shuffle`, which must be false then.
  std::shared_ptr<const Sampler> sampler = nullptr;
};

/// Walks over a data set in batches:
///
///     for (auto& [images, labels] : loader) { ... }
///
/// Every such loop is one epoch. The order of a shuffled epoch is a function of the seed and the
/// number of the epoch. A copy of a loader is a handle to the same one, and counts epochs with it.
/// https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
class DataLoader {
 public:
  class Iterator;

  /// Keeps a copy of the data set, which is a handle to its memory.
  /// @throws ValueError if batch_size is less than 1, or both shuffle and sampler are given.
  template <std::derived_from<Dataset> T>
  explicit DataLoader(const T& dataset, const DataLoaderOptions& options = {})
      : DataLoader(std::make_shared<const T>(dataset), options) {}
  /// For a data set whose type is only known at run time. @throws ValueError also if it is null.
  explicit DataLoader(std::shared_ptr<const Dataset> dataset,
                      const DataLoaderOptions& options = {});

  /// The number of batches in an epoch.
  int64_t size() const;
  const Dataset& dataset() const noexcept;
  int64_t batch_size() const noexcept;

  /// The number of the epoch that the next begin() starts; 0 at first, and one more after each.
  int64_t epoch() const noexcept;
  /// Makes the next begin() start that epoch, from its first batch.
  /// @throws ValueError if it is negative or above 2^53.
  void set_epoch(int64_t epoch);

  /// The position, as "epoch" and "batch", and what it is a position in: "batch_size", "drop_last",
  /// "examples" (of the data set) and the options of the sampler ("sampler.seed").
  ///
  /// It is the position of the iterator that most recently began: after the batch it handed out
  /// last, so that what is saved in a loop's body goes on with the next batch; at the start of the
  /// next epoch once that loop has come to its end. A loop that was left early counts as unfinished
  /// until the next begin() or set_epoch().
  StateDict state_dict() const;
  /// Makes the next begin() start at that position, which takes no time: batches before it are not
  /// fetched. A loop over what is left of the epoch may be empty. epoch() gives the number of that
  /// epoch. Iterators under way go on.
  /// @throws ValueError that lists everything that does not fit; then nothing has changed.
  void load_state_dict(const StateDict& state);
  /// The first half of load_state_dict, which changes nothing.
  [[nodiscard]] CommitLoad prepare_load(const StateDict& state);

  /// Starts an epoch. Any number of iterators may be under way at once; each has its own place,
  /// order and batch, and outlives the loader.
  Iterator begin() const;
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  struct State;
  struct Place;
  std::shared_ptr<State> state_;
};

/// A place in an epoch. The batch is fetched when it is first looked at, so that skipping costs
/// nothing; it is the iterator's own, and its tensors may be kept.
class DataLoader::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using pointer = Batch*;
  using reference = Batch&;

  Iterator() = default;

  /// @throws IndexError past the end, and what the data set's get_batch throws.
  Batch& operator*() const;
  Batch* operator->() const { return &**this; }
  Iterator& operator++();
  Iterator operator++(int);

  friend bool operator==(const Iterator& a, std::default_sentinel_t) noexcept {
    return a.batch_ >= a.batch_count_;
  }

 private:
  friend class DataLoader;
  std::shared_ptr<const State> state_;
  std::shared_ptr<Place> place_;
  std::shared_ptr<const std::vector<int64_t>> order_;  ///< of the epoch's examples
  int64_t batch_ = 0;
  int64_t batch_count_ = 0;
  mutable bool fetched_ = false;
  mutable Batch current_;
};

}  // namespace lucid::data
