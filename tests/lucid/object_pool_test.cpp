// The free lists of small objects.
#include "lucid/object_pool.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "lucid/intrusive_ptr.h"

namespace lucid::test {
namespace {

struct Counted : RefCounted {
  explicit Counted(int& alive) : alive(alive) { ++alive; }
  ~Counted() override { --alive; }
  int& alive;
  char payload[100] = {};
};

using Blocks = std::vector<std::pair<void*, size_t>>;

Blocks filled_blocks() {
  Blocks blocks;
  for (size_t bytes = 1; bytes <= 700; bytes += 13) {
    for (int copy = 0; copy < 3; ++copy) {
      void* block = detail::pool_allocate(bytes);
      std::memset(block, static_cast<int>(blocks.size()), bytes);
      blocks.emplace_back(block, bytes);
    }
  }
  return blocks;
}

bool intact(const Blocks& blocks) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto* bytes = static_cast<const uint8_t*>(blocks[i].first);
    for (size_t k = 0; k < blocks[i].second; ++k) {
      if (bytes[k] != static_cast<uint8_t>(i)) return false;
    }
  }
  return true;
}

void free_all(const Blocks& blocks) {
  for (const auto& block : blocks) detail::pool_deallocate(block.first, block.second);
}

TEST_CASE("object pool: blocks of all sizes are aligned and their own") {
  for (int round = 0; round < 3; ++round) {  // from the system, then from the lists
    const Blocks blocks = filled_blocks();
    CHECK(intact(blocks));
    for (const auto& block : blocks) CHECK(reinterpret_cast<uintptr_t>(block.first) % 16 == 0);
    free_all(blocks);
  }
}

TEST_CASE(
    "object pool: a thread frees what another one allocated, and goes on when that has ended") {
  Blocks made;
  std::thread([&] {
    free_all(filled_blocks());
    made = filled_blocks();
  }).join();
  CHECK(intact(made));
  std::thread([&] { free_all(made); }).join();
  const Blocks own = filled_blocks();
  CHECK(intact(own));
  free_all(own);
}

// One made before its thread first uses the pool is destroyed after the pool's lists.
thread_local std::vector<IntrusivePtr<Counted>> late;

TEST_CASE("object pool: objects that outlive the thread's lists") {
  int alive = 0;
  std::thread([&alive] {
    late.reserve(4);
    for (int i = 0; i < 4; ++i) late.push_back(make_intrusive<Counted>(alive));
    CHECK(alive == 4);
  }).join();
  CHECK(alive == 0);
}

TEST_CASE("intrusive pointers: one reference, several, and none") {
  int alive = 0;
  {
    auto first = make_intrusive<Counted>(alive);
    CHECK(first->use_count() == 1);
    const IntrusivePtr<Counted> second = first;
    CHECK(first->use_count() == 2);
    IntrusivePtr<RefCounted> base = std::move(first);
    CHECK(alive == 1);
    CHECK(second->use_count() == 2);
    base = {};
    CHECK(second->use_count() == 1);
  }
  CHECK(alive == 0);
}

}  // namespace
}  // namespace lucid::test
