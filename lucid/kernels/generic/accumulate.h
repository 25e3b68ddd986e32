// Sums along lines and down columns, in an order that only the sizes decide.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

/// totals[i] += the sum over n consecutive elements of what add(run, x[j]...) adds to run[i].
/// Blocks are summed in T and added up in double, so that the error does not grow with n.
template <class Arch, class T, int count, class Add, class... X>
LUCID_INLINE void accumulate(int64_t n, double (&totals)[count], Add add, const X*... x) {
  using V = Vec<Arch, T>;
  constexpr int lanes = kLanes<Arch, T>;
  constexpr int64_t block = 2048;
  for (int64_t start = 0; start < n; start += block) {
    const int64_t end = lesser<Arch>(start + block, n);
    V sums[4][count];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      for (V& sum : sums[j]) sum = V(T(0));
    }
    int64_t i = start;
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) add(sums[j], load<Arch, T>(x + i + j * lanes)...);
    }
    for (; i + lanes <= end; i += lanes) add(sums[0], load<Arch, T>(x + i)...);
    if (i < end) {
      V terms[count];
      for (V& term : terms) term = V(T(0));
      add(terms, Lanes<Arch, T>::load_first(x + i, end - i, T(0))...);
      for (int k = 0; k < count; ++k) {
        alignas(64) T rest[lanes] = {};
        Lanes<Arch, T>::store_range(rest, terms[k], 0, end - i);
        sums[1][k] += V::load_aligned(rest);
      }
    }
    for (int k = 0; k < count; ++k) {
      totals[k] += Lanes<Arch, T>::sum((sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]));
    }
  }
}

/// Sum of f(x[i]...) over n consecutive elements.
template <class Arch, class T, class F, class... X>
LUCID_INLINE double accumulate(int64_t n, F f, const X*... x) {
  double total[1] = {0};
  accumulate<Arch, T>(
      n, total, [&f](Vec<Arch, T>(&run)[1], const auto&... v) { run[0] += f(v...); }, x...);
  return total[0];
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
