// The table that finds a backward pass's slots, beside a std::map.
#include "autograd/slot_index.h"

#include <doctest/doctest.h>

#include <map>
#include <vector>

namespace lucid::autograd {
namespace {

TEST_CASE("slot index: what goes in comes out, in any order") {
  std::vector<int> objects(1000);
  SlotIndex index;
  std::map<const void*, uint32_t> expected;
  uint64_t state = 1;
  const auto next = [&state](uint64_t bound) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % bound;
  };
  for (uint32_t step = 0; step < 20000; ++step) {
    // Now growing, now shrinking.
    const bool grows = step / 2500 % 2 == 0;
    const void* key = &objects[next(objects.size())];
    if (!expected.contains(key) && (grows || next(4) == 0)) {
      index.insert(key, step);
      expected[key] = step;
    } else if (expected.contains(key) && (!grows || next(4) == 0)) {
      index.erase(key);
      expected.erase(key);
    }
    if (step % 97 != 0) continue;
    bool same = true;
    for (const int& object : objects) {
      const auto found = expected.find(&object);
      same = same &&
             index.find(&object) == (found == expected.end() ? SlotIndex::none : found->second);
    }
    REQUIRE(same);
  }
}

}  // namespace
}  // namespace lucid::autograd
