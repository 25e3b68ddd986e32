#include "data/data_loader.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "autograd/functions/arithmetic.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/state_values.h"

namespace lucid::data {

using lucid::detail::message;

struct DataLoader::State {
  std::shared_ptr<const Dataset> dataset;
  std::shared_ptr<const Sampler> sampler;
  int64_t batch_size;
  bool drop_last;

  mutable std::mutex mutex;      // of what follows
  int64_t epoch = 0;             // where the next begin() starts, and
  int64_t batch = 0;             // at which of its batches
  std::shared_ptr<Place> place;  // of the iterator that began last; null if what is above counts

  int64_t batch_count(int64_t examples) const noexcept {
    return examples / batch_size + (!drop_last && examples % batch_size != 0 ? 1 : 0);
  }
};

// How far an iterator and its copies have come.
struct DataLoader::Place {
  int64_t epoch;
  int64_t batch_count;
  std::atomic<int64_t> next;  // batch; beyond batch_count when the loop is over

  Place(int64_t epoch, int64_t first, int64_t batch_count)
      : epoch(epoch), batch_count(batch_count), next(0) {
    first < batch_count ? advance(first) : finish();
  }

  void advance(int64_t to) noexcept {
    int64_t now = next.load();
    while (now < to && !next.compare_exchange_weak(now, to)) continue;
  }
  void finish() noexcept { advance(batch_count + 1); }
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
  const std::lock_guard lock(state_->mutex);
  return state_->epoch;
}

void DataLoader::set_epoch(int64_t epoch) {
  if (epoch < 0 || epoch > StateReader::max_count) {
    throw ValueError(message("DataLoader: set_epoch: epoch is ", epoch, ", expected 0 to ",
                             StateReader::max_count));
  }
  const std::lock_guard lock(state_->mutex);
  state_->epoch = epoch;
  state_->batch = 0;
  state_->place = nullptr;
}

DataLoader::Iterator DataLoader::begin() const {
  const int64_t examples = state_->dataset->size();
  const std::lock_guard lock(state_->mutex);
  Iterator result;
  result.state_ = state_;
  result.order_ = std::make_shared<const std::vector<int64_t>>(
      state_->sampler->indices(examples, state_->epoch));
  result.batch_count_ = state_->batch_count(static_cast<int64_t>(result.order_->size()));
  result.batch_ = state_->batch;
  result.place_ = std::make_shared<Place>(state_->epoch, state_->batch, result.batch_count_);
  state_->place = result.place_;
  ++state_->epoch;
  state_->batch = 0;
  return result;
}

StateDict DataLoader::state_dict() const {
  const int64_t examples = state_->dataset->size();
  const std::lock_guard lock(state_->mutex);
  int64_t epoch = state_->epoch;
  int64_t batch = state_->batch;
  if (const auto& place = state_->place) {
    const int64_t next = place->next.load();
    const bool over = next > place->batch_count;
    epoch = place->epoch + (over ? 1 : 0);
    batch = over ? 0 : next;
  }
  StateDict state{{"epoch", state_value(epoch)},
                  {"batch", state_value(batch)},
                  {"batch_size", state_value(state_->batch_size)},
                  {"drop_last", state_value(state_->drop_last)},
                  {"examples", state_value(examples)}};
  for (const auto& [name, value] : state_->sampler->state_dict()) {
    state.insert(message("sampler.", name), value);
  }
  return state;
}

namespace {

template <class T>
void require_equal(StateReader& reader, const std::string& name, T expected) {
  T value = expected;
  reader.read(name, value);
  if (value != expected) {
    reader.refuse(name, message("this loader has ", expected, ", the state ", value));
  }
}

// A sampler's options are compared as they are: what they mean is its own affair.
void require_equal(StateReader& reader, const std::string& name, const Tensor& expected) {
  const Tensor value = reader.read_tensor(name, expected.shape(), expected.dtype());
  if (value.defined() && !equal(value, expected)) {
    reader.refuse(name, message("this loader has ", expected.str(), ", the state ", value.str()));
  }
}

}  // namespace

CommitLoad DataLoader::prepare_load(const StateDict& state) {
  StateReader reader(state);
  require_equal(reader, "batch_size", state_->batch_size);
  require_equal(reader, "drop_last", state_->drop_last);
  require_equal(reader, "examples", state_->dataset->size());
  for (const auto& [name, value] : state_->sampler->state_dict()) {
    require_equal(reader, message("sampler.", name), value);
  }
  int64_t epoch = 0;
  int64_t batch = 0;
  reader.read_count("epoch", epoch);
  reader.read("batch", batch);
  const int64_t batches = size();
  if (batch < 0 || batch > batches) {
    reader.refuse("batch", message("an epoch has ", batches, " batches, got ", batch));
  }
  reader.finish("DataLoader");
  return [state = state_, epoch, batch] {
    const std::lock_guard lock(state->mutex);
    state->epoch = epoch;
    state->batch = batch;
    state->place = nullptr;
  };
}

void DataLoader::load_state_dict(const StateDict& state) {
  prepare_load(state)();
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
    place_->advance(batch_ + 1);
  }
  return current_;
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  ++batch_;
  fetched_ = false;
  current_ = {};
  if (place_) batch_ < batch_count_ ? place_->advance(batch_) : place_->finish();
  return *this;
}

DataLoader::Iterator DataLoader::Iterator::operator++(int) {
  Iterator before = *this;
  ++*this;
  return before;
}

}  // namespace lucid::data
