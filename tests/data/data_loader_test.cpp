// Batches, their order, and loops within loops.
#include "data/data_loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "data/tensor_dataset.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"

namespace lucid::data {
namespace {

using test::contains;
using test::message_of;

TensorDataset numbers(int64_t count) {
  return {arange(count).reshape({count, 1}), arange(count)};
}

std::vector<int64_t> targets_of(const DataLoader& loader) {
  std::vector<int64_t> seen;
  for (auto& [data, target] : loader) {
    CHECK(data.shape(0) == target.shape(0));
    for (int64_t value : target.to_vector<int64_t>()) seen.push_back(value);
  }
  return seen;
}

std::vector<int64_t> sorted(std::vector<int64_t> values) {
  std::sort(values.begin(), values.end());
  return values;
}

const std::vector<int64_t> ten{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST_CASE("a loader walks in order and ends with what is left") {
  const DataLoader loader(numbers(10), {.batch_size = 4});
  CHECK(loader.size() == 3);
  std::vector<int64_t> sizes;
  for (auto& [data, target] : loader) sizes.push_back(data.shape(0));
  CHECK(sizes == std::vector<int64_t>{4, 4, 2});
  CHECK(targets_of(loader) == ten);
}

TEST_CASE("drop_last leaves the short batch out") {
  const DataLoader loader(numbers(10), {.batch_size = 4, .drop_last = true});
  CHECK(loader.size() == 2);
  CHECK(targets_of(loader) == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
  const DataLoader exact(numbers(8), {.batch_size = 4, .drop_last = true});
  CHECK(exact.size() == 2);
  CHECK(targets_of(exact).size() == 8);
  CHECK(targets_of(DataLoader(numbers(3), {.batch_size = 4, .drop_last = true})).empty());
}

TEST_CASE("without options a batch is one example") {
  const DataLoader loader(numbers(3));
  CHECK(loader.size() == 3);
  CHECK(loader.batch_size() == 1);
  for (auto& [data, target] : loader) CHECK(data.shape() == Shape{1, 1});
}

TEST_CASE("a batch size above the data set's gives one batch") {
  const DataLoader loader(numbers(3), {.batch_size = int64_t{1} << 62});
  CHECK(loader.size() == 1);
  CHECK(targets_of(loader).size() == 3);
}

TEST_CASE("an empty data set gives no batch") {
  const DataLoader loader(numbers(0), {.batch_size = 4, .shuffle = true});
  CHECK(loader.size() == 0);
  CHECK(targets_of(loader).empty());
}

TEST_CASE("shuffling visits everything once, in another order every epoch") {
  const DataLoader loader(numbers(100), {.batch_size = 7, .shuffle = true});
  const auto first = targets_of(loader);
  const auto second = targets_of(loader);
  std::vector<int64_t> all(100);
  std::iota(all.begin(), all.end(), 0);
  CHECK(sorted(first) == all);
  CHECK(sorted(second) == all);
  CHECK(first != all);
  CHECK(first != second);
}

TEST_CASE("the order is a function of seed and epoch") {
  const DataLoaderOptions options{.batch_size = 3, .shuffle = true, .seed = 5};
  DataLoader a(numbers(10), options);
  const DataLoader b(numbers(10), options);
  const auto epoch0 = targets_of(a);
  const auto epoch1 = targets_of(a);
  CHECK(a.epoch() == 2);
  CHECK(targets_of(b) == epoch0);
  CHECK(targets_of(b) == epoch1);
  a.set_epoch(1);
  CHECK(a.epoch() == 1);
  CHECK(targets_of(a) == epoch1);
  CHECK(targets_of(DataLoader(numbers(10), {.batch_size = 3, .shuffle = true, .seed = 6})) !=
        epoch0);
}

TEST_CASE("every order is equally likely") {
  // 6 orders of 3, 6000 epochs: each about 1000 times, standard deviation 29.
  const RandomSampler sampler(3);
  std::vector<int> counts(27, 0);
  for (int64_t epoch = 0; epoch < 6000; ++epoch) {
    const auto order = sampler.indices(3, epoch);
    ++counts[static_cast<size_t>(order[0] * 9 + order[1] * 3 + order[2])];
  }
  int orders = 0;
  for (int count : counts) {
    if (count == 0) continue;
    ++orders;
    CHECK(count > 850);
    CHECK(count < 1150);
  }
  CHECK(orders == 6);
}

TEST_CASE("the first places of odd and even sizes are fair") {
  for (int64_t size : {7, 8}) {
    const RandomSampler sampler(size);
    std::vector<int> counts(static_cast<size_t>(size), 0);
    for (int64_t epoch = 0; epoch < 4000; ++epoch) {
      ++counts[static_cast<size_t>(sampler.indices(size, epoch).back())];
    }
    for (int count : counts) CHECK(count == doctest::Approx(4000.0 / double(size)).epsilon(0.2));
  }
}

TEST_CASE("loops may be nested and interleaved, each with its own order and batch") {
  const DataLoader loader(numbers(6), {.batch_size = 2, .shuffle = true});
  std::vector<int64_t> outer_seen;
  for (auto& [data, target] : loader) {
    const auto before = target.to_vector<int64_t>();
    CHECK(sorted(targets_of(loader)) == std::vector<int64_t>{0, 1, 2, 3, 4, 5});
    CHECK(target.to_vector<int64_t>() == before);
    for (int64_t value : before) outer_seen.push_back(value);
  }
  CHECK(sorted(outer_seen) == std::vector<int64_t>{0, 1, 2, 3, 4, 5});
  CHECK(loader.epoch() == 4);
}

TEST_CASE("an iterator copy goes on by itself, and outlives the loader") {
  DataLoader::Iterator a;
  {
    const DataLoader loader(numbers(4), {.batch_size = 2});
    a = loader.begin();
  }
  DataLoader::Iterator b = a++;
  CHECK((*a).target.to_vector<int64_t>() == std::vector<int64_t>{2, 3});
  CHECK(b->target.to_vector<int64_t>() == std::vector<int64_t>{0, 1});
  ++a;
  CHECK(a == std::default_sentinel);
  CHECK(b != std::default_sentinel);
  CHECK(contains(message_of<IndexError>([&] { *a; }), "the epoch is over after 2 batches"));
  CHECK(DataLoader::Iterator() == std::default_sentinel);
}

TEST_CASE("tensors of a batch may be kept") {
  const DataLoader loader(numbers(4), {.batch_size = 2});
  std::vector<Tensor> kept;
  for (auto& [data, target] : loader) kept.push_back(target);
  CHECK(kept[0].to_vector<int64_t>() == std::vector<int64_t>{0, 1});
  CHECK(kept[1].to_vector<int64_t>() == std::vector<int64_t>{2, 3});
}

TEST_CASE("a copied loader is a handle to the same one") {
  const DataLoader loader(numbers(4), {.shuffle = true});
  DataLoader copy = loader;
  targets_of(copy);
  CHECK(loader.epoch() == 1);
}

class EvenOnes : public Sampler {
 public:
  int64_t size(int64_t dataset_size) const override { return (dataset_size + 1) / 2; }
  std::vector<int64_t> indices(int64_t dataset_size, int64_t) const override {
    std::vector<int64_t> result;
    for (int64_t i = 0; i < dataset_size; i += 2) result.push_back(i);
    return result;
  }
};

TEST_CASE("a sampler of one's own decides the examples") {
  const auto sampler = std::make_shared<const EvenOnes>();
  const DataLoader loader(numbers(9), {.batch_size = 2, .sampler = sampler});
  CHECK(loader.size() == 3);
  CHECK(targets_of(loader) == std::vector<int64_t>{0, 2, 4, 6, 8});
}

class Wild : public Sampler {
 public:
  std::vector<int64_t> indices(int64_t, int64_t) const override { return {0, 99}; }
};

TEST_CASE("a sampler's wrong index is an error, not a read out of bounds") {
  const DataLoader loader(numbers(2), {.batch_size = 2, .sampler = std::make_shared<const Wild>()});
  CHECK_THROWS_AS(targets_of(loader), IndexError);
}

TEST_CASE("a data set whose type is only known at run time") {
  const std::shared_ptr<const Dataset> set = std::make_shared<const TensorDataset>(numbers(3));
  const DataLoader loader(set, {.batch_size = 2});
  CHECK(&loader.dataset() == set.get());
  CHECK(targets_of(loader) == std::vector<int64_t>{0, 1, 2});
}

TEST_CASE("a loader refuses wrong options") {
  CHECK(contains(message_of<ValueError>([] { DataLoader(numbers(3), {.batch_size = 0}); }),
                 "batch_size is 0, expected at least 1"));
  CHECK_THROWS_AS(DataLoader(numbers(3), {.batch_size = -4}), ValueError);
  CHECK_THROWS_AS(DataLoader(std::shared_ptr<const Dataset>()), ValueError);
  CHECK_THROWS_AS(
      DataLoader(numbers(3), {.shuffle = true, .sampler = std::make_shared<const EvenOnes>()}),
      ValueError);
  DataLoader loader(numbers(3));
  CHECK(contains(message_of<ValueError>([&] { loader.set_epoch(-1); }), "epoch is -1"));
  CHECK(loader.epoch() == 0);
}

}  // namespace
}  // namespace lucid::data
