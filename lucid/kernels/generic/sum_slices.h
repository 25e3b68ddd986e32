// Sums of sums: how long ones are cut, whatever the number of threads.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

/// A sum over many steps in a few slices, which are added up in order: their number depends on the
/// shape alone, so that any number of threads gives the same bits.
template <class Arch>
struct SumSlices {
  int64_t steps, count;

  int64_t first(int64_t slice) const { return slice * steps / count; }
  int64_t last(int64_t slice) const { return (slice + 1) * steps / count; }

  /// @param most slices
  static SumSlices of(int64_t steps, int64_t most) { return {steps, lesser<Arch>(most, steps)}; }
  /// Where a slice's sums take much memory: fewer, and a power of two, which threads share evenly.
  /// @param size numbers of one slice's sums
  static SumSlices of_large(int64_t steps, int64_t size) {
    constexpr int64_t most = 8;
    constexpr int64_t budget = 1 << 21;  // numbers
    const int64_t fitting = lesser<Arch>(steps, budget / greater<Arch>(1, size));
    int64_t count = 1;
    while (count < most && 2 * count <= fitting) count *= 2;
    return {steps, count};
  }
  /// Threads share out slices if there are enough for half of them, else what there is to do in a
  /// step: that takes two meetings a step, and what one has written is read by the others.
  int64_t workers(int64_t threads) const {
    return 2 * count >= threads ? lesser<Arch>(count, threads) : 1;
  }

  /// Adds the results of the other slices, which follow one another, to those of the first.
  template <class T>
  void add(int64_t size, T* sums, const T* others, int64_t pitch) const {
    if (count == 1) return;
    parallel_for(size, kCheapGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = 1; i < count; ++i) {
        map_range<Arch, T>(
            begin, end, sums, [](auto a, auto b) { return a + b; }, sums, others + (i - 1) * pitch);
      }
    });
  }
};

}  // namespace lucid::kernels::generic
