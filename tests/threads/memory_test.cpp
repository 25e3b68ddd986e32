// Memory that threads share: blocks, handles, versions, files.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <utility>

#include "lucid/lucid.h"
#include "tests/support/at_once.h"
#include "tests/support/temporary_folder.h"

using namespace lucid;
using namespace lucid::test;

namespace {

// Sizes that share some classes of the allocator, below and above a huge page.
int64_t size_of(int i) {
  constexpr std::array<int64_t, 6> sizes{1, 16, 17, 1000, 5000, 600000};
  return sizes[static_cast<size_t>(i) % sizes.size()];
}

bool is_full_of(const Tensor& tensor, double value) {
  return equal(tensor, full(tensor.shape(), value));
}

}  // namespace

TEST_CASE("memory: what one thread allocates others read and free") {
  const int64_t before = memory_statistics().in_use;
  {
    std::array<std::mutex, 5> mutexes;
    std::array<std::pair<Tensor, double>, 5> places;
    std::atomic<int> wrong{0};
    at_once(4, [&](int i) {
      for (int round = 0; round < 200; ++round) {
        const double value = i * 1000 + round;
        std::pair<Tensor, double> mine{full({size_of(round * 7 + i)}, value), value};
        const auto place = static_cast<size_t>(round + i) % places.size();
        {
          const std::lock_guard lock(mutexes[place]);
          std::swap(places[place], mine);
        }
        if (mine.first.defined() && !is_full_of(mine.first, mine.second)) ++wrong;
        if (round % 50 == 49) i == 0 ? empty_cache() : reset_peak_memory();
        if (memory_statistics().in_use < before) ++wrong;
      }
    });
    CHECK(wrong == 0);
  }
  CHECK(memory_statistics().in_use == before);
}

TEST_CASE("memory: threads together stay below the cap") {
  constexpr int64_t block = 1 << 16;
  empty_cache();
  reset_peak_memory();
  const int64_t before = memory_statistics().in_use;
  const int64_t cap = before + 4 * block;
  set_memory_limit(cap);
  std::atomic<int> refused{0};
  std::atomic<int> wrong{0};
  at_once(4, [&](int i) {
    for (int round = 0; round < 100; ++round) {
      try {
        // Two blocks each: there is room for two of the four threads.
        const Tensor a = full({block / 4}, i);
        const Tensor b = full({block / 4}, i + 0.5);
        if (a.to_vector<float>().back() != static_cast<float>(i)) ++wrong;
        if (b.to_vector<float>().back() != static_cast<float>(i) + 0.5f) ++wrong;
      } catch (const OutOfMemoryError&) {
        ++refused;
      }
    }
  });
  set_memory_limit(0);
  CHECK(memory_statistics().peak_in_use <= cap);
  CHECK(memory_statistics().in_use == before);
  CHECK(wrong == 0);
  CHECK(refused < 400);
}

TEST_CASE("memory: the last of many handles frees, once") {
  std::atomic<int> freed{0};
  std::array<float, 4> values{1, 2, 3, 4};
  for (int round = 0; round < 20; ++round) {
    Tensor shared = from_blob(
        values.data(), {4}, {},
        [](void*, void* context) { ++*static_cast<std::atomic<int>*>(context); }, &freed);
    std::vector<Tensor> handles(4, shared);
    shared = Tensor();
    std::atomic<int> wrong{0};
    at_once(4, [&](int i) {
      Tensor mine = std::move(handles[static_cast<size_t>(i)]);
      for (int k = 0; k < 100; ++k) {
        const Tensor copy = mine;
        const Tensor view = copy.select(0, i);
        if (view.item<float>() != static_cast<float>(i + 1)) ++wrong;
        mine = copy.reshape({2, 2}).flatten();
      }
    });
    CHECK(wrong == 0);
    CHECK(freed == round + 1);
  }
}

TEST_CASE("memory: no write is forgotten when threads fill the rows of one tensor") {
  const Tensor whole = zeros({4, 300});
  const uint64_t version = whole.version();
  at_once(4, [&](int i) {
    const Tensor row = whole.select(0, i);
    for (int k = 0; k < 500; ++k) row.add_(i + 1);
  });
  CHECK(whole.version() == version + 4 * 500);
  for (int i = 0; i < 4; ++i) CHECK(is_full_of(whole.select(0, i), 500 * (i + 1)));
}

TEST_CASE("memory: a write on another thread is noticed by the tape") {
  const Tensor x = ones({4}, {.requires_grad = true});
  const Tensor factor = full({4}, 3.0);
  const Tensor y = (x * factor).sum();
  at_once(2, [&](int i) { factor.narrow(0, 2 * i, 2).fill_(7); });
  CHECK_THROWS_AS(y.backward(), AutogradError);
}

TEST_CASE("memory: threads save to one file, and what is there is whole") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  std::atomic<int> wrong{0};
  at_once(3, [&](int i) {
    for (int round = 0; round < 10; ++round) {
      save(StateDict{{"a", full({50}, i)}, {"b", full({50}, i)}}, path);
      const StateDict found = load(path);
      if (!equal(found.at("a"), found.at("b"))) ++wrong;
    }
  });
  CHECK(wrong == 0);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
