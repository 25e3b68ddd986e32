// Threads: one way to split work, so that results never depend on how many threads there are.
#pragma once

#include <cstdint>
#include <type_traits>

namespace lucid {

/// Sets how many threads kernels may use. @param count at least 1, or 0 for one per processor.
/// @throws ValueError if count is negative.
void set_num_threads(int count);

/// The number of threads kernels may use; at first OMP_NUM_THREADS, or one per processor.
int get_num_threads() noexcept;

namespace detail {

using RangeFunction = void (*)(void* context, int64_t begin, int64_t end);

/// Splits [0, count) into contiguous ranges, one a thread, none smaller than grain (but the last).
/// Nested calls run serially. The body must not throw.
void parallel_ranges(int64_t count, int64_t grain, RangeFunction function, void* context) noexcept;

}  // namespace detail

/// Calls `body(begin, end)` on disjoint ranges that cover [0, count), several at once.
///
/// What a range computes must not depend on where it begins or ends: split over outputs, or over
/// chunks of a fixed size, and the result is the same at any number of threads. All threads round,
/// and treat denormal numbers, as the caller's does at that moment.
/// @param grain the least number of items that is worth a thread of its own.
template <class Body>
inline void parallel_for(int64_t count, int64_t grain, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  detail::parallel_ranges(
      count, grain,
      [](void* context, int64_t begin, int64_t end) {
        (*static_cast<Plain*>(context))(begin, end);
      },
      const_cast<void*>(static_cast<const void*>(&body)));
}

}  // namespace lucid
