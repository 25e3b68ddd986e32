#include "lucid/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "lucid/error.h"
#include "lucid/float_control.h"

namespace lucid {
namespace {

// 0 until it is first asked for: OpenMP then says what OMP_NUM_THREADS or the processors give.
std::atomic<int> thread_count{0};

// More threads than this would only cost memory; it also keeps products with sizes small.
constexpr int kMaxThreads = 1024;

}  // namespace

void set_num_threads(int count) {
  if (count < 0) {
    throw ValueError("set_num_threads: count is " + std::to_string(count) +
                     ", expected at least 1, or 0 for one thread per processor");
  }
  if (count == 0) count = omp_get_num_procs();
  thread_count.store(std::clamp(count, 1, kMaxThreads), std::memory_order_relaxed);
}

int get_num_threads() noexcept {
  int count = thread_count.load(std::memory_order_relaxed);
  if (count > 0) return count;
  int unset = 0;
  const int initial = std::clamp(omp_get_max_threads(), 1, kMaxThreads);
  return thread_count.compare_exchange_strong(unset, initial) ? initial : unset;
}

namespace detail {

constinit thread_local FloatControl::Word flush_added = 0;

void parallel_ranges(int64_t count, int64_t grain, RangeFunction function, void* context) noexcept {
  if (count <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  // Asking OpenMP costs more than the division, so small work never does.
  const int64_t ranges =
      count < 2 * grain || omp_in_parallel()
          ? 1
          : std::min<int64_t>(count / grain, static_cast<int64_t>(get_num_threads()));
  if (ranges == 1) {
    function(context, 0, count);
    return;
  }
  // All compute as the caller does. Threads that begin here keep what they begin with, in other
  // programs' loops too: that must not be what a kernel has set for its duration.
  const FloatControl::Word control = FloatControl::read();
  const FloatControlScope outside(control & ~flush_added);
  const int64_t share = count / ranges;
  const int64_t rest = count % ranges;
  // A loop over ranges, so that all are run even if OpenMP grants fewer threads.
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(ranges))
  for (int64_t i = 0; i < ranges; ++i) {
    const FloatControlScope scope(control);
    const int64_t begin = i * share + std::min(i, rest);
    function(context, begin, begin + share + (i < rest ? 1 : 0));
  }
}

}  // namespace detail
}  // namespace lucid
