#include "lucid/parallel.h"

#include <omp.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "lucid/error.h"
#include "support.h"

namespace lucid {
namespace {

struct Ranges {
  std::mutex lock;
  std::vector<std::pair<int64_t, int64_t>> seen;

  static Ranges* of(int64_t count, int64_t grain, Ranges* all) {
    parallel_for(count, grain, [&](int64_t begin, int64_t end) {
      const std::lock_guard<std::mutex> guard(all->lock);
      all->seen.emplace_back(begin, end);
    });
    return all;
  }
};

struct ThreadCount {
  int before = get_num_threads();
  explicit ThreadCount(int count) { set_num_threads(count); }
  ~ThreadCount() { set_num_threads(before); }
};

TEST_CASE("parallel: ranges cover everything once, evenly, and none is below the grain") {
  for (int threads : {1, 2, 3, 7}) {
    const ThreadCount guard(threads);
    for (int64_t count : {0, 1, 2, 5, 64, 100, 1001}) {
      for (int64_t grain : {0, 1, 3, 50, 2000}) {
        Ranges ranges;
        Ranges::of(count, grain, &ranges);
        std::vector<int> hits(static_cast<size_t>(count), 0);
        int64_t least = count, most = 0;
        for (const auto& [begin, end] : ranges.seen) {
          REQUIRE(begin < end);
          for (int64_t i = begin; i < end; ++i) ++hits[static_cast<size_t>(i)];
          least = std::min(least, end - begin);
          most = std::max(most, end - begin);
        }
        for (int hit : hits) REQUIRE(hit == 1);
        CHECK(static_cast<int>(ranges.seen.size()) <= threads);
        if (ranges.seen.size() > 1) {
          CHECK(least >= grain);
          CHECK(most - least <= 1);
        }
        if (count >= threads * std::max<int64_t>(grain, 1)) {
          CHECK(static_cast<int>(ranges.seen.size()) == threads);
        }
      }
    }
  }
}

TEST_CASE("parallel: ranges run on several threads, and on one if the work is small") {
  const ThreadCount guard(2);
  std::atomic<int> others{0};
  const auto count_others = [&](int64_t, int64_t) { others += omp_get_thread_num() != 0; };
  parallel_for(100, 1, count_others);
  CHECK(others == 1);
  others = 0;
  parallel_for(100, 51, count_others);
  CHECK(others == 0);
}

TEST_CASE("parallel: a nested call runs serially") {
  const ThreadCount guard(2);
  std::atomic<int> calls{0};
  parallel_for(2, 1, [&](int64_t, int64_t) {
    parallel_for(100, 1, [&](int64_t begin, int64_t end) {
      CHECK(begin == 0);
      CHECK(end == 100);
      ++calls;
    });
  });
  CHECK(calls == 2);
}

TEST_CASE("parallel: the number of threads") {
  const ThreadCount guard(5);
  CHECK(get_num_threads() == 5);
  set_num_threads(0);
  CHECK(get_num_threads() == omp_get_num_procs());
  set_num_threads(3);
  CHECK_THROWS_AS(set_num_threads(-1), ValueError);
  CHECK(get_num_threads() == 3);
}

}  // namespace
}  // namespace lucid
