// The heap of large blocks, alone and as the allocator uses it.
#include "lucid/block_heap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "lucid/poison.h"
#include "lucid/random.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

using detail::BlockHeap;

constexpr int64_t mega = int64_t{1} << 20;

void* take(BlockHeap& heap, int64_t bytes) {
  const int64_t size = BlockHeap::block_bytes(bytes);
  BlockHeap::Place place = heap.find(size);
  if (!place.block) {
    REQUIRE(heap.grow(size));
    place = heap.find(size);
  }
  REQUIRE(place.block != nullptr);
  void* const data = heap.take(place, size);
  ASAN_UNPOISON_MEMORY_REGION(data, bytes);  // as the allocator does
  return data;
}

int64_t untouched(const BlockHeap& heap, int64_t bytes) {
  return heap.find(BlockHeap::block_bytes(bytes)).untouched;
}

TEST_CASE("block heap: a block serves smaller requests, and is whole again") {
  BlockHeap heap;
  void* const whole = take(heap, 8 * mega);
  CHECK(heap.give_back(whole) == BlockHeap::block_bytes(8 * mega));
  CHECK(heap.cached() == BlockHeap::block_bytes(8 * mega));
  std::vector<void*> parts;
  for (int i = 0; i < 4; ++i) {
    CHECK(untouched(heap, 2 * mega - 64) == 0);
    parts.push_back(take(heap, 2 * mega - 64));
    CHECK(reinterpret_cast<uintptr_t>(parts.back()) % memory_alignment == 0);
  }
  CHECK(parts[0] == whole);
  for (const int i : {1, 3, 0, 2}) heap.give_back(parts[static_cast<size_t>(i)]);
  CHECK(untouched(heap, 8 * mega) == 0);
  CHECK(take(heap, 8 * mega) == whole);
  heap.give_back(whole);
  // One that is larger takes what is there along.
  CHECK(untouched(heap, 9 * mega) == mega);
  CHECK(take(heap, 9 * mega) == whole);
  heap.give_back(whole);
  heap.release();
  CHECK(heap.cached() == 0);
  CHECK(heap.find(mega).block == nullptr);  // nothing is left, no address space either
}

TEST_CASE("block heap: the lowest place with room is taken") {
  BlockHeap heap;
  std::vector<void*> blocks;
  for (int i = 0; i < 6; ++i) blocks.push_back(take(heap, mega));
  heap.give_back(blocks[4]);
  heap.give_back(blocks[1]);
  CHECK(take(heap, mega / 2) == blocks[1]);
  CHECK(take(heap, mega) == blocks[4]);
  for (const int i : {0, 2, 3, 5}) heap.give_back(blocks[static_cast<size_t>(i)]);
  heap.give_back(blocks[1]);
  heap.give_back(blocks[4]);
  heap.release();
  CHECK(heap.find(mega).block == nullptr);
}

TEST_CASE("block heap: memory is given back around what is in use") {
  BlockHeap heap;
  std::vector<void*> blocks;
  for (int i = 0; i < 5; ++i) {
    blocks.push_back(take(heap, mega));
    std::memset(blocks.back(), i + 1, mega);
  }
  heap.give_back(blocks[1]);
  heap.give_back(blocks[3]);
  heap.release();
  CHECK(heap.cached() == 0);
  CHECK(untouched(heap, mega) == BlockHeap::block_bytes(mega));
  for (const int i : {0, 2, 4}) {
    const auto* bytes = static_cast<const unsigned char*>(blocks[static_cast<size_t>(i)]);
    CHECK(std::all_of(bytes, bytes + mega, [i](unsigned char byte) { return byte == i + 1; }));
  }
  CHECK(take(heap, mega) == blocks[1]);
  std::memset(blocks[1], 9, mega);
  for (const int i : {0, 1, 2, 4}) heap.give_back(blocks[static_cast<size_t>(i)]);
  heap.release();
  CHECK(heap.find(mega).block == nullptr);
}

TEST_CASE("block heap: blocks of any size in any order") {
  BlockHeap heap;
  Generator generator(5);
  std::map<char*, int64_t> blocks;  // by address, with what block_bytes() says
  const std::vector<int64_t> draws =
      randint(0, int64_t{1} << 40, {4000}, generator).to_vector<int64_t>();
  bool intact = true;
  for (size_t i = 0; i < draws.size(); ++i) {
    const int64_t draw = draws[i];
    // More and more, then fewer and fewer.
    if (blocks.empty() || draw % 100 < (i < draws.size() / 2 ? 60 : 40)) {
      const int64_t bytes = 1 + draw / 100 % (draw % 7 == 0 ? 3000000 : 100000);
      const int64_t size = BlockHeap::block_bytes(bytes);
      auto* const block = static_cast<char*>(take(heap, bytes));
      const auto after = blocks.lower_bound(block);
      if (after != blocks.end()) intact = intact && block + size <= after->first;
      if (after != blocks.begin()) {
        const auto before = std::prev(after);
        intact = intact && before->first + before->second <= block;
      }
      blocks.emplace(block, size);
      block[0] = block[bytes - 1] = 1;
    } else {
      const auto which =
          std::next(blocks.begin(), draw / 100 % static_cast<int64_t>(blocks.size()));
      intact = intact && heap.give_back(which->first) == which->second;
      blocks.erase(which);
    }
    if (i % 1500 == 1499) {
      heap.release();
      CHECK(heap.cached() == 0);
    }
  }
  CHECK(intact);
  for (const auto& block : blocks) heap.give_back(block.first);
  heap.release();
  CHECK(heap.find(1).block == nullptr);
}

TEST_CASE("block heap: more than one region, and more than there is") {
  BlockHeap heap;
  CHECK_FALSE(heap.grow(int64_t{1} << 50));
  // Address space alone.
  void* const first = take(heap, 700 * mega);
  void* const second = take(heap, 700 * mega);
  CHECK(first != second);
  void* const third = take(heap, 100 * mega);
  heap.give_back(first);
  heap.give_back(third);
  heap.give_back(second);
  heap.release();
  CHECK(heap.find(1).block == nullptr);
}

}  // namespace
}  // namespace lucid::test
