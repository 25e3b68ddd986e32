// The position of a loader: saved in the middle of an epoch, and taken up again.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "data/data_loader.h"
#include "data/tensor_dataset.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/state_values.h"
#include "tests/support/check.h"

namespace lucid::data {
namespace {

using test::wrong_error;

// Counts what is fetched.
class Numbers : public Dataset {
 public:
  explicit Numbers(int64_t count) : size_(count) {}
  int64_t size() const override { return size_; }
  Batch get(int64_t index) const override { return {tensor(index), tensor(index)}; }
  Batch get_batch(const std::vector<int64_t>& indices) const override {
    fetches->fetch_add(1);
    return {tensor(indices), tensor(indices)};
  }

  std::shared_ptr<std::atomic<int>> fetches = std::make_shared<std::atomic<int>>(0);

 private:
  int64_t size_;
};

using Seen = std::vector<std::vector<int64_t>>;

void see_rest(const DataLoader& loader, Seen& seen) {
  for (auto& batch : loader) seen.push_back(batch.target.to_vector<int64_t>());
}

std::pair<int64_t, int64_t> position(const DataLoader& loader) {
  const StateDict state = loader.state_dict();
  return {state.at("epoch").item<int64_t>(), state.at("batch").item<int64_t>()};
}

using Position = std::pair<int64_t, int64_t>;

const DataLoaderOptions shuffled{.batch_size = 3, .shuffle = true, .seed = 5};

TEST_CASE("loader state: a stop after any batch is not seen in what follows") {
  const DataLoader whole(Numbers(10), shuffled);
  Seen expected;
  for (int epoch = 0; epoch < 3; ++epoch) see_rest(whole, expected);
  REQUIRE(expected.size() == 12);
  for (size_t stop = 1; stop <= expected.size(); ++stop) {
    CAPTURE(stop);
    const DataLoader before(Numbers(10), shuffled);
    Seen seen;
    StateDict state;
    while (seen.size() < stop) {
      for (auto& batch : before) {
        seen.push_back(batch.target.to_vector<int64_t>());
        state = before.state_dict();
        if (seen.size() == stop) break;
      }
    }
    DataLoader after(Numbers(10), shuffled);
    after.load_state_dict(state);
    while (after.epoch() < 3) see_rest(after, seen);
    CHECK(seen == expected);
  }
}

TEST_CASE("loader state: the position before, in and after a loop") {
  DataLoader loader(Numbers(7), shuffled);
  CHECK(position(loader) == Position{0, 0});
  int64_t batch = 0;
  for (auto it = loader.begin(); it != loader.end(); ++it) {
    CHECK(position(loader) == Position{0, batch});
    *it;
    CHECK(position(loader) == Position{0, ++batch});
    CHECK(loader.epoch() == 1);
  }
  CHECK(position(loader) == Position{1, 0});
  loader.set_epoch(4);
  CHECK(position(loader) == Position{4, 0});
  loader.begin();
  CHECK(position(loader) == Position{4, 0});
  loader.set_epoch(2);
  CHECK(position(loader) == Position{2, 0});
}

TEST_CASE("loader state: in the last batch the epoch is not over, and its rest is empty") {
  DataLoader loader(Numbers(6), shuffled);
  StateDict last;
  for (auto& batch : loader) {
    CHECK(batch.target.numel() == 3);
    last = loader.state_dict();
  }
  loader.load_state_dict(last);
  CHECK(loader.epoch() == 0);
  CHECK(position(loader) == Position{0, 2});
  Seen seen;
  see_rest(loader, seen);
  CHECK(seen.empty());
  CHECK(position(loader) == Position{1, 0});
  CHECK(loader.epoch() == 1);
}

TEST_CASE("loader state: batches that are skipped are not fetched") {
  const Numbers numbers(100);
  DataLoader loader(numbers, {.batch_size = 2});
  auto it = loader.begin();
  for (int i = 0; i < 48; ++i) ++it;
  CHECK(position(loader) == Position{0, 48});
  loader.load_state_dict(loader.state_dict());
  CHECK(*numbers.fetches == 0);
  Seen seen;
  see_rest(loader, seen);
  CHECK(seen == Seen{{96, 97}, {98, 99}});
  CHECK(*numbers.fetches == 2);
}

TEST_CASE("loader state: the iterator that began last counts; others go on") {
  DataLoader loader(Numbers(9), {.batch_size = 3});
  auto first = loader.begin();
  *first;
  auto second = loader.begin();
  CHECK(position(loader) == Position{1, 0});
  *++first;
  CHECK(position(loader) == Position{1, 0});
  auto copy = second;
  ++copy;
  *copy;
  CHECK(position(loader) == Position{1, 2});
  *second;  // the copy is ahead
  CHECK(position(loader) == Position{1, 2});
  loader.load_state_dict(loader.state_dict());
  CHECK(first->target.to_vector<int64_t>() == std::vector<int64_t>{3, 4, 5});
  *++first;
  ++copy;
  CHECK(position(loader) == Position{1, 2});
  auto third = loader.begin();
  CHECK(third->target.to_vector<int64_t>() == std::vector<int64_t>{6, 7, 8});
  CHECK(loader.epoch() == 2);
}

TEST_CASE("loader state: a copy is a handle to the same position") {
  DataLoader loader(Numbers(9), {.batch_size = 3});
  const DataLoader copy = loader;
  auto it = copy.begin();
  *it;
  CHECK(position(loader) == Position{0, 1});
  loader.set_epoch(3);
  CHECK(position(copy) == Position{3, 0});
}

TEST_CASE("loader state: an empty epoch is over when it begins") {
  const DataLoader loader(Numbers(0), shuffled);
  CHECK(position(loader) == Position{0, 0});
  loader.begin();
  CHECK(position(loader) == Position{1, 0});
}

TEST_CASE("loader state: everything wrong is in one error, and nothing changes") {
  DataLoader loader(Numbers(10), shuffled);
  auto it = loader.begin();
  *it;
  const auto refuses = [&](const DataLoader& other, std::initializer_list<const char*> parts) {
    const std::string wrong =
        wrong_error<ValueError>([&] { loader.load_state_dict(other.state_dict()); }, parts);
    CHECK(position(loader) == Position{0, 1});
    return wrong;
  };
  CHECK(refuses(DataLoader(Numbers(11),
                           {.batch_size = 4, .shuffle = true, .drop_last = true, .seed = 6}),
                {"load_state_dict of DataLoader failed, nothing was changed",
                 "batch_size: this loader has 3, the state 4",
                 "drop_last: this loader has false, the state true",
                 "examples: this loader has 10, the state 11",
                 "sampler.seed: this loader has 5, the state 6"}) == "");
  CHECK(refuses(DataLoader(Numbers(10), {.batch_size = 3}), {"sampler.seed: missing"}) == "");
  DataLoader straight(Numbers(10), {.batch_size = 3});
  CHECK(wrong_error<ValueError>([&] { straight.load_state_dict(loader.state_dict()); },
                                {"sampler.seed: unexpected"}) == "");
  StateDict state = loader.state_dict();
  state.set("epoch", tensor(-1));
  state.set("batch", tensor(5));
  CHECK(wrong_error<ValueError>([&] { loader.load_state_dict(state); },
                                {"epoch: expected 0 to 9007199254740992, got -1",
                                 "batch: an epoch has 4 batches, got 5"}) == "");
  state.set("epoch", state_value(INT64_MAX));
  CHECK(wrong_error<ValueError>([&] { loader.load_state_dict(state); },
                                {"epoch: expected 0 to 9007199254740992, got 9223372036854775807",
                                 "batch: an epoch has 4 batches, got 5"}) == "");
  state.set("batch", tensor(-1));
  CHECK(wrong_error<ValueError>([&] { loader.load_state_dict(state); }, {"batch: ", "-1"}) == "");
  state.erase("batch");
  state.insert("nonsense", tensor(1));
  CHECK(wrong_error<ValueError>([&] { loader.load_state_dict(state); },
                                {"batch: missing", "nonsense: unexpected"}) == "");
  { const CommitLoad dropped = loader.prepare_load(loader.state_dict()); }
  CHECK(position(loader) == Position{0, 1});
}

TEST_CASE("loader state: the last epoch that counts can be saved and begun") {
  constexpr int64_t last = int64_t{1} << 53;
  DataLoader loader(Numbers(10), shuffled);
  for (const int64_t epoch : {int64_t{-1}, last + 1, INT64_MAX}) {
    CHECK(wrong_error<ValueError>([&] { loader.set_epoch(epoch); },
                                  {"set_epoch: epoch is ", "expected 0 to 9007199254740992"}) ==
          "");
  }
  CHECK(loader.epoch() == 0);
  loader.set_epoch(last);
  loader.load_state_dict(loader.state_dict());
  CHECK(position(loader) == Position{last, 0});
  auto it = loader.begin();
  *it;
  CHECK(position(loader) == Position{last, 1});
}

class Windows : public Sampler {
 public:
  explicit Windows(std::vector<int64_t> starts) : starts_(std::move(starts)) {}
  std::vector<int64_t> indices(int64_t size, int64_t) const override {
    std::vector<int64_t> order(static_cast<size_t>(size));
    for (size_t i = 0; i < order.size(); ++i) order[i] = starts_[i % starts_.size()];
    return order;
  }
  StateDict state_dict() const override { return {{"starts", tensor(starts_)}}; }

 private:
  std::vector<int64_t> starts_;
};

TEST_CASE("loader state: a sampler of one's own says what must be equal") {
  const auto loader = [](std::vector<int64_t> starts) {
    return DataLoader(Numbers(4), {.sampler = std::make_shared<const Windows>(std::move(starts))});
  };
  DataLoader target = loader({0, 2});
  target.load_state_dict(loader({0, 2}).state_dict());
  CHECK(wrong_error<ValueError>(
            [&] {
              target.load_state_dict(loader({0, 3}).state_dict());
            },
            {"sampler.starts", "[0, 2]", "[0, 3]"}) == "");
  CHECK(wrong_error<ValueError>([&] { target.load_state_dict(loader({0}).state_dict()); },
                                {"sampler.starts", "[2]", "[1]"}) == "");
}

TEST_CASE("loader state: may be asked for by one thread while others loop") {
  DataLoader loader(Numbers(64), {.batch_size = 4, .shuffle = true});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&loader] {
      for (int epoch = 0; epoch < 20; ++epoch) {
        int64_t batches = 0;
        for (auto& batch : loader) batches += batch.target.numel() / 4;
        if (batches > 16) throw std::logic_error("too many batches");
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    const auto [epoch, batch] = position(loader);
    CHECK((epoch >= 0 && epoch <= 80));
    CHECK((batch >= 0 && batch <= 16));
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(loader.epoch() == 80);
}

}  // namespace
}  // namespace lucid::data
