#include "data/data_loader.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::data {

using lucid::detail::message;

struct DataLoader::State {
  std::shared_ptr<const Dataset> dataset;
  std::shared_ptr<const Sampler> sampler;
  int64_t batch_size;
  bool drop_last;
  std::atomic<int64_t> epoch{0};

  int64_t batch_count(int64_t examples) const noexcept {
    return examples / batch_size + (!drop_last && examples % batch_size != 0 ? 1 : 0);
  }
};

namespace {

std::shared_ptr<const Sampler> sampler_of(const DataLoaderOptions& options) {
  if (options.sampler) return options.sampler;
  if (options.shuffle) return std::make_shared<const RandomSampler>(options.seed);
  return std::make_shared<const SequentialSampler>();
}

}  // namespace

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, const DataLoaderOptions& options) {
  if (!dataset) throw ValueError("DataLoader: dataset is null");
  if (options.batch_size < 1) {
    throw ValueError(
        message("DataLoader: batch_size is ", options.batch_size, ", expected at least 1"));
  }
  if (options.sampler && options.shuffle) {
    throw ValueError("DataLoader: both shuffle and sampler are given; a sampler decides the order");
  }
  state_ = std::make_shared<State>();
  state_->dataset = std::move(dataset);
  state_->sampler = sampler_of(options);
  state_->batch_size = options.batch_size;
  state_->drop_last = options.drop_last;
}

int64_t DataLoader::size() const {
  return state_->batch_count(state_->sampler->size(state_->dataset->size()));
}

const Dataset& DataLoader::dataset() const noexcept {
  return *state_->dataset;
}

int64_t DataLoader::batch_size() const noexcept {
  return state_->batch_size;
}

int64_t DataLoader::epoch() const noexcept {
  return state_->epoch.load();
}

void DataLoader::set_epoch(int64_t epoch) {
  if (epoch < 0) {
    throw ValueError(message("DataLoader: set_epoch: epoch is ", epoch, ", expected at least 0"));
  }
  state_->epoch.store(epoch);
}

DataLoader::Iterator DataLoader::begin() const {
  const int64_t examples = state_->dataset->size();
  const int64_t epoch = state_->epoch.fetch_add(1);
  Iterator result;
  result.state_ = state_;
  result.order_ =
      std::make_shared<const std::vector<int64_t>>(state_->sampler->indices(examples, epoch));
  result.batch_count_ = state_->batch_count(static_cast<int64_t>(result.order_->size()));
  return result;
}

Batch& DataLoader::Iterator::operator*() const {
  if (batch_ >= batch_count_) {
    throw IndexError(message("DataLoader: the epoch is over after ", batch_count_, " batches"));
  }
  if (!fetched_) {
    const auto total = static_cast<int64_t>(order_->size());
    const int64_t first = batch_ * state_->batch_size;
    const int64_t last = first + std::min(state_->batch_size, total - first);
    current_ = state_->dataset->get_batch({order_->begin() + first, order_->begin() + last});
    fetched_ = true;
  }
  return current_;
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  ++batch_;
  fetched_ = false;
  current_ = {};
  return *this;
}

DataLoader::Iterator DataLoader::Iterator::operator++(int) {
  Iterator before = *this;
  ++*this;
  return before;
}

}  // namespace lucid::data
