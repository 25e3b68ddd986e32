// The caching allocator and the storage on top of it.
#include "lucid/allocator.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "autograd/functions/arithmetic.h"
#include "lucid/storage.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

// Gives back what earlier tests left, and the cap.
struct FreshAllocator {
  FreshAllocator() { empty_cache(); }
  ~FreshAllocator() {
    set_memory_limit(0);
    empty_cache();
  }
};

bool aligned(const void* data) {
  return reinterpret_cast<uintptr_t>(data) % memory_alignment == 0;
}

TEST_CASE("allocator: blocks of every size are aligned and large enough") {
  static_assert(memory_alignment == 64);
  const FreshAllocator fresh;
  for (int round = 0; round < 2; ++round) {  // from the system, then from the cache
    for (int64_t bytes :
         {1, 63, 64, 65, 100, 129, 1000, 4097, 70000, 1 << 21, (1 << 21) + 1, 5000000}) {
      void* block = detail::allocate(bytes);
      CHECK(aligned(block));
      std::memset(block, 0xA5, static_cast<size_t>(bytes));
      detail::deallocate(block, bytes);
    }
  }
  CHECK(detail::allocate(0) == nullptr);
  detail::deallocate(nullptr, 0);
  for (DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    CHECK(aligned(zeros({3}, {.dtype = dtype}).impl()->storage->data()));
  }
}

TEST_CASE("allocator: two blocks never overlap") {
  const FreshAllocator fresh;
  std::vector<std::pair<uint8_t*, int64_t>> blocks;
  for (int64_t i = 1; i <= 200; ++i) {
    auto* block = static_cast<uint8_t*>(detail::allocate(i * 7));
    std::memset(block, static_cast<int>(i), static_cast<size_t>(i * 7));
    blocks.emplace_back(block, i * 7);
    if (i % 3 == 0) {
      detail::deallocate(blocks.front().first, blocks.front().second);
      blocks.erase(blocks.begin());
    }
  }
  bool intact = true;
  for (const auto& [block, bytes] : blocks) {
    for (int64_t i = 0; i < bytes; ++i)
      intact = intact && block[i] == static_cast<uint8_t>(bytes / 7);
    detail::deallocate(block, bytes);
  }
  CHECK(intact);
}

TEST_CASE("allocator: statistics follow what happens") {
  const FreshAllocator fresh;
  const MemoryStatistics before = memory_statistics();
  CHECK(before.cached == 0);
  {
    const Tensor x = empty({1000});
    const MemoryStatistics held = memory_statistics();
    CHECK(held.allocations == before.allocations + 1);
    CHECK(held.cache_misses == before.cache_misses + 1);
    CHECK(held.in_use - before.in_use >= 4000);
    CHECK(held.in_use - before.in_use <= 4000 * 5 / 4);  // at most a fifth of a block is wasted
    CHECK(held.peak_in_use >= held.in_use);
  }
  const MemoryStatistics freed = memory_statistics();
  CHECK(freed.in_use == before.in_use);
  CHECK(freed.cached >= 4000);
  {
    const Tensor again = empty({990});  // fits the same block
    CHECK(memory_statistics().cache_misses == before.cache_misses + 1);
    CHECK(memory_statistics().cached == 0);
    CHECK(memory_statistics().allocations == before.allocations + 2);
  }
  empty_cache();
  CHECK(memory_statistics().cached == 0);
  CHECK(memory_statistics().in_use == before.in_use);
}

TEST_CASE("allocator: the peak") {
  const FreshAllocator fresh;
  reset_peak_memory();
  const int64_t start = memory_statistics().in_use;
  CHECK(memory_statistics().peak_in_use == start);
  { const Tensor x = empty({100000}); }
  const int64_t peak = memory_statistics().peak_in_use;
  CHECK(peak >= start + 400000);
  { const Tensor x = empty({1000}); }
  CHECK(memory_statistics().peak_in_use == peak);
  reset_peak_memory();
  CHECK(memory_statistics().peak_in_use == start);
}

TEST_CASE("allocator: a loop of the same work asks the system once") {
  const FreshAllocator fresh;
  const auto step = [] {
    const Tensor x = ones({64, 100});
    const Tensor y = x * 2 + x.t().reshape({64, 100});
    return y.sum().item<float>();
  };
  CHECK(step() == 64 * 100 * 3);
  const int64_t misses = memory_statistics().cache_misses;
  const int64_t cached = memory_statistics().cached;
  for (int i = 0; i < 20; ++i) step();
  CHECK(memory_statistics().cache_misses == misses);
  CHECK(memory_statistics().cached == cached);
}

TEST_CASE("allocator: the limit refuses, and work goes on below it") {
  const FreshAllocator fresh;
  const int64_t start = memory_statistics().in_use;
  set_memory_limit(start + 1000000);
  const Tensor kept = full({100}, 7.0);
  CHECK(wrong_error<OutOfMemoryError>([] { empty({1000000}); },
                                      {"cannot allocate", "set_memory_limit", "in use"}) == "");
  CHECK(mismatch(kept + 1, {100}, std::vector<double>(100, 8)) == "");
  // What is cached makes room: each of these fits alone, all of them together do not.
  for (int64_t elements : {100000, 150000, 200000, 120000}) {
    CHECK(empty({elements}).numel() == elements);
    const MemoryStatistics now = memory_statistics();
    CHECK(now.in_use + now.cached <= start + 1000000);
  }
  const Tensor most = empty({150000});
  CHECK(wrong_error<OutOfMemoryError>([] { empty({150000}); }, {"cannot allocate"}) == "");
  set_memory_limit(0);
  CHECK(empty({1000000}).numel() == 1000000);
  CHECK(wrong_error<ValueError>([] { set_memory_limit(-1); }, {"set_memory_limit", "-1", ">= 0"}) ==
        "");
}

TEST_CASE("allocator: a limit set below what is held counts from the next request on") {
  const FreshAllocator fresh;
  { const Tensor x = empty({250000}); }
  CHECK(memory_statistics().cached >= 1000000);
  const int64_t start = memory_statistics().in_use;
  set_memory_limit(start + 500000);
  CHECK(wrong_error<OutOfMemoryError>([] { empty({250000}); }, {"cannot allocate"}) == "");
  CHECK(empty({1000}).numel() == 1000);
  const MemoryStatistics now = memory_statistics();
  CHECK(now.in_use + now.cached <= start + 500000);
}

TEST_CASE("allocator: sizes no system has are refused, and nothing is counted") {
  const FreshAllocator fresh;
  reset_peak_memory();
  const MemoryStatistics before = memory_statistics();
  for (int64_t bytes : {int64_t{1} << 50, int64_t{1} << 60, (int64_t{1} << 62) - 1,
                        int64_t{1} << 62, (int64_t{1} << 62) + 1, INT64_MAX}) {
    CHECK(wrong_error<OutOfMemoryError>([&] { detail::allocate(bytes); },
                                        {"cannot allocate", "bytes"}) == "");
  }
  CHECK(wrong_error<OutOfMemoryError>([] { zeros({int64_t{1} << 50}); }, {"cannot allocate"}) ==
        "");
  const MemoryStatistics after = memory_statistics();
  CHECK(after.in_use == before.in_use);
  CHECK(after.peak_in_use == before.peak_in_use);
  CHECK(ones({3}).sum().item<float>() == 3);
}

TEST_CASE("allocator: threads may use it together") {
  const FreshAllocator fresh;
  const int64_t start = memory_statistics().in_use;
  bool intact[4] = {true, true, true, true};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &intact] {
      for (int64_t i = 0; i < 2000; ++i) {
        const int64_t bytes = 1 + i * 37 % 5000;
        auto* block = static_cast<uint8_t*>(detail::allocate(bytes));
        std::memset(block, t, static_cast<size_t>(bytes));
        for (int64_t b = 0; b < bytes; b += 61) intact[t] = intact[t] && block[b] == t;
        detail::deallocate(block, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (bool one : intact) CHECK(one);
  CHECK(memory_statistics().in_use == start);
}

TEST_CASE("Scratch gives its block back") {
  const FreshAllocator fresh;
  const int64_t start = memory_statistics().in_use;
  {
    const detail::Scratch scratch(1000);
    scratch.as<double>()[124] = 1;
    CHECK(aligned(scratch.as<float>()));
    CHECK(memory_statistics().in_use >= start + 1000);
    CHECK(detail::Scratch(0).as<char>() == nullptr);
  }
  CHECK(memory_statistics().in_use == start);
}

const void* told_block = nullptr;
int64_t told_in_use = -1;

TEST_CASE("an observer is told of every block, cached or not, until there is none") {
  const FreshAllocator fresh;
  const int64_t start = memory_statistics().in_use;
  detail::set_allocation_observer([](const void* block, int64_t in_use_before) noexcept {
    told_block = block;
    told_in_use = in_use_before;
  });
  const void* first = nullptr;
  for (int i = 0; i < 2; ++i) {
    told_block = nullptr;
    const detail::Scratch scratch(1000);
    first = scratch.as<void>();
    CHECK(told_block == first);
    CHECK(told_in_use == start);
  }
  const detail::Scratch none(0);
  CHECK(told_block == first);
  detail::set_allocation_observer(nullptr);
  const detail::Scratch unseen(2000);
  CHECK(told_block == first);
}

TEST_CASE("Storage: versions and recorded writes") {
  Storage storage(100);
  CHECK(storage.bytes() == 100);
  CHECK(aligned(storage.data()));
  CHECK(storage.version() == 0);
  CHECK(storage.recorded_write() == 0);
  storage.bump_version("test");
  storage.bump_version("test");
  CHECK(storage.version() == 2);
  CHECK(storage.recorded_write() == 0);
  storage.mark_recorded_write();
  CHECK(storage.recorded_write() == 2);
  CHECK(Storage(0).data() == nullptr);
}

}  // namespace
}  // namespace lucid::test
