// One piece of memory for a computation that asks for the same blocks every time.
#include "lucid/arena.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "lucid/allocator.h"
#include "lucid/lucid.h"

using namespace lucid;
using detail::Arena;
using detail::Scratch;

namespace {

constexpr int64_t kilobyte = 1024;

// Two values that live at the same time, then a third; returns where they were.
std::vector<const void*> run(Arena& arena, int64_t bytes) {
  const Arena::Run running(&arena);
  std::vector<const void*> places;
  {
    const Scratch a(bytes), b(2 * bytes);
    places = {a.as<void>(), b.as<void>()};
  }
  const Scratch c(3 * bytes);
  places.push_back(c.as<void>());
  return places;
}

TEST_CASE("arena: later runs find their blocks in one piece, without asking for any") {
  const Arena::Owner arena = Arena::make();
  CHECK(arena->bytes() == 0);
  run(*arena, kilobyte);
  // All that lives at the same time: a and b, or c in their place.
  CHECK(arena->bytes() == 3 * kilobyte);
  const int64_t allocations = memory_statistics().allocations;
  const auto first = run(*arena, kilobyte);
  const auto second = run(*arena, kilobyte);
  CHECK(first == second);
  CHECK(memory_statistics().allocations == allocations);
  const auto at = [](const void* place) { return reinterpret_cast<uintptr_t>(place); };
  for (const void* place : first) CHECK(at(place) % memory_alignment == 0);
  CHECK((at(first[0]) >= at(first[1]) + 2 * kilobyte || at(first[1]) >= at(first[0]) + kilobyte));
  CHECK(Arena::current() == nullptr);
}

TEST_CASE("arena: a run that asks for something else gets it, and is planned for the next time") {
  const Arena::Owner arena = Arena::make();
  run(*arena, kilobyte);
  for (const int64_t bytes : {4 * kilobyte, 4 * kilobyte, 4 * kilobyte}) run(*arena, bytes);
  CHECK(arena->bytes() == 12 * kilobyte);
  const int64_t allocations = memory_statistics().allocations;
  run(*arena, 4 * kilobyte);
  CHECK(memory_statistics().allocations == allocations);
}

TEST_CASE("arena: what outlives a run is from the allocator") {
  const Arena::Owner arena = Arena::make();
  std::vector<Tensor> results;
  for (int i = 0; i < 4; ++i) {
    const Arena::Run running(arena.get());
    const Tensor a = full({100}, i);
    results.push_back(a + 1);
  }
  CHECK(arena->idle());
  for (int i = 0; i < 4; ++i) CHECK(results[static_cast<size_t>(i)][99].item<int>() == i + 1);
}

TEST_CASE("arena: a block that lives longer than planned keeps its place") {
  const Arena::Owner arena = Arena::make();
  Tensor kept;
  for (int i = 0; i < 3; ++i) {
    const Arena::Run running(arena.get());
    Tensor a = full({100}, 7.0);
    if (i == 1) kept = a;
    a = Tensor();
    const Tensor b = full({100}, 8.0);  // planned for the place of a
    CHECK(b[0].item<int>() == 8);
    if (i == 1) CHECK_FALSE(b.data<float>() == kept.data<float>());
    if (i == 1) break;
  }
  CHECK_FALSE(arena->idle());
  CHECK(kept[50].item<int>() == 7);
  kept = Tensor();
  CHECK(arena->idle());
}

TEST_CASE("arena: blocks may outlive it, and be given back by another thread") {
  Tensor watched, planned;
  {
    const Arena::Owner arena = Arena::make();
    {
      const Arena::Run running(arena.get());
      watched = full({100}, 1);
      full({100}, 2);
    }
    const Arena::Run running(arena.get());
    full({100}, 1);
    planned = full({100}, 2);
  }
  const int64_t in_use = memory_statistics().in_use;
  std::thread([one = std::exchange(watched, {}), two = std::exchange(planned, {})] {}).join();
  CHECK(memory_statistics().in_use < in_use);
}

TEST_CASE("arena: no run, and a run without an arena within another") {
  const Arena::Owner arena = Arena::make();
  const Arena::Run running(arena.get());
  CHECK(Arena::current() == arena.get());
  {
    const Arena::Run none(nullptr);
    CHECK(Arena::current() == nullptr);
    const Scratch block(kilobyte);
  }
  CHECK(Arena::current() == arena.get());
}

}  // namespace
