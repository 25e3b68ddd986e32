// Data that several threads read.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "lucid/lucid.h"
#include "tests/support/at_once.h"

using namespace lucid;
using namespace lucid::data;
using namespace lucid::test;

TEST_CASE("loader: workers share out the batches of one loop") {
  constexpr int64_t examples = 203;
  const TensorDataset dataset(arange(examples).reshape({examples, 1}), arange(examples));
  DataLoader loader(dataset, {.batch_size = 8, .shuffle = true, .seed = 2});
  std::mutex mutex;
  auto next = loader.begin();
  std::vector<std::vector<int64_t>> taken(4);
  std::atomic<int> wrong{0};
  at_once(4, [&](int i) {
    for (;;) {
      DataLoader::Iterator mine;
      {
        const std::lock_guard lock(mutex);
        if (next == loader.end()) return;
        mine = next;
        ++next;
      }
      const Batch& batch = *mine;  // fetched by the worker
      const std::vector<int64_t> values = batch.data.flatten().to(int64).to_vector<int64_t>();
      if (values != batch.target.to_vector<int64_t>()) ++wrong;
      auto& all = taken[static_cast<size_t>(i)];
      all.insert(all.end(), values.begin(), values.end());
    }
  });
  std::vector<int64_t> all;
  for (const auto& some : taken) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  CHECK(all == arange(examples).to_vector<int64_t>());
  CHECK(wrong == 0);
}

TEST_CASE("loader: threads have loaders of their own on one data set") {
  const SyntheticDigits digits({.size = 60, .seed = 3});
  const auto epoch_of = [&](int seed) {
    DataLoader loader(digits,
                      {.batch_size = 16, .shuffle = true, .seed = static_cast<uint64_t>(seed)});
    std::vector<float> all;
    for (auto& [images, labels] : loader) {
      const std::vector<float> values = images.mean({1, 2, 3}).to_vector<float>();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  std::vector<std::vector<float>> results(4);
  at_once(4, [&](int i) { results[static_cast<size_t>(i)] = epoch_of(i / 2); });
  for (int i = 0; i < 4; ++i) CHECK(results[static_cast<size_t>(i)] == epoch_of(i / 2));
  CHECK(results[0] != results[2]);
}
