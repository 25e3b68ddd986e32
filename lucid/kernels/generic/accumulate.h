// Sums along lines and down columns, in an order that only the sizes decide.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

/// Sum of f(x[i]...) over n consecutive elements. Blocks are summed in T and added up in double, so
/// that the error does not grow with n.
template <class Arch, class T, class F, class... X>
LUCID_INLINE double accumulate(int64_t n, F f, const X*... x) {
  using V = Vec<Arch, T>;
  constexpr int lanes = kLanes<Arch, T>;
  constexpr int64_t block = 2048;
  double total = 0;
  for (int64_t start = 0; start < n; start += block) {
    const int64_t end = lesser<Arch>(start + block, n);
    V sums[4] = {V(T(0)), V(T(0)), V(T(0)), V(T(0))};
    int64_t i = start;
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) sums[j] += f(load<Arch, T>(x + i + j * lanes)...);
    }
    for (; i + lanes <= end; i += lanes) sums[0] += f(load<Arch, T>(x + i)...);
    if (i < end) {
      alignas(64) T rest[lanes] = {};
      const V term = f(Lanes<Arch, T>::load_first(x + i, end - i, T(0))...);
      Lanes<Arch, T>::store_range(rest, term, 0, end - i);
      sums[1] += V::load_aligned(rest);
    }
    total += Lanes<Arch, T>::sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
  return total;
}

/// Adds up f(row) for rows [begin, end) as vectors. Runs of 256 rows keep the error small.
template <class Arch, class T, int width, class F>
LUCID_INLINE void accumulate_rows(int64_t begin, int64_t end, Vec<Arch, T> (&totals)[width], F f) {
  using V = Vec<Arch, T>;
  for (V& total : totals) total = V(T(0));
  for (int64_t start = begin; start < end; start += 256) {
    const int64_t stop = lesser<Arch>(start + 256, end);
    V run[width];
    for (V& sum : run) sum = V(T(0));
    for (int64_t row = start; row < stop; ++row) f(row, run);
    for (int j = 0; j < width; ++j) totals[j] += run[j];
  }
}

/// The most parts that one sum is cut into, so that their results fit a stack array.
inline constexpr int64_t kMaxParts = 32;

/// Runs part(line, p, result) for the parts of every line and finish(line, results) on all of them,
/// in order. Threads share out lines when there are enough, else the parts of each line.
template <class Arch, class Result, class Part, class Finish>
LUCID_INLINE void in_parts(int64_t lines, int64_t parts, int64_t grain, Part part, Finish finish) {
  if (parts == 1 || lines >= get_num_threads()) {
    parallel_for(lines, grain, [&](int64_t begin, int64_t end) {
      Result results[kMaxParts];
      for (int64_t line = begin; line < end; ++line) {
        for (int64_t p = 0; p < parts; ++p) part(line, p, results[p]);
        finish(line, results);
      }
    });
    return;
  }
  Result results[kMaxParts];
  for (int64_t line = 0; line < lines; ++line) {
    parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) part(line, p, results[p]);
    });
    finish(line, results);
  }
}

}  // namespace lucid::kernels::generic
