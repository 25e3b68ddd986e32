// Sums and extrema over the middle of (outer, count, inner).
#pragma once

#include "lucid/kernels/generic/accumulate.h"
#include "lucid/kernels/reference/reduce.h"

namespace lucid::kernels::generic {

/// inner == 1: every line lies in one piece.
template <class Arch, class T>
void sum_lines(const ReduceShape& shape, const T* x, T* y) {
  using V = Vec<Arch, T>;
  const int64_t count = shape.count;
  const int64_t parts = count < 65536 ? 1 : kMaxParts;
  const int64_t length = round_up<Arch>(ceil_div<Arch>(count, parts), 2048);
  in_parts<Arch, double>(
      shape.outer, parts, greater<Arch>(1, kCheapGrain / greater<Arch>(count, 1)),
      [&](int64_t line, int64_t p, double& result) {
        const int64_t begin = p * length;
        const int64_t n = lesser<Arch>(length, count - begin);
        result = accumulate<Arch, T>(
            n, [](const V& v) { return v; }, x + line * count + begin);
      },
      [&](int64_t line, const double* results) {
        double total = 0;
        for (int64_t p = 0; p < parts; ++p) total += results[p];
        y[line] = static_cast<T>(total);
      });
}

/// inner > 1: a few vectors of columns at a time go down the rows.
template <class Arch, class T>
struct ColumnSum {
  using V = Vec<Arch, T>;
  static constexpr int width = 4;
  static constexpr int lanes = kLanes<Arch, T>;
  struct Result {
    V sums[width];
  };

  static void part(const T* x, int64_t pitch, int64_t columns, int64_t begin, int64_t end,
                   Result& result) {
    if (columns == width * lanes) {
      accumulate_rows<Arch, T>(begin, end, result.sums, [&](int64_t row, V(&run)[width]) {
#pragma GCC unroll 4
        for (int j = 0; j < width; ++j) run[j] += load<Arch, T>(x + row * pitch + j * lanes);
      });
      return;
    }
    accumulate_rows<Arch, T>(begin, end, result.sums, [&](int64_t row, V(&run)[width]) {
      for (int j = 0; j * lanes < columns; ++j) {
        const T* p = x + row * pitch + j * lanes;
        const int64_t n = columns - j * lanes;
        run[j] += n >= lanes ? load<Arch, T>(p) : Lanes<Arch, T>::load_first(p, n, T(0));
      }
    });
  }
};

template <class Arch, class T>
void sum(const ReduceShape& shape, const T* x, T* y) {
  using Column = ColumnSum<Arch, T>;
  constexpr int64_t block = Column::width * Column::lanes;
  if (shape.inner == 1) return sum_lines<Arch, T>(shape, x, y);
  const int64_t blocks = ceil_div<Arch>(shape.inner, block);
  const int64_t parts = shape.count < 2048 ? 1 : kMaxParts;
  const int64_t length = round_up<Arch>(ceil_div<Arch>(shape.count, parts), 256);
  in_parts<Arch, typename Column::Result>(
      shape.outer * blocks, parts,
      greater<Arch>(1, kCheapGrain / (greater<Arch>(shape.count, 1) * block)),
      [&](int64_t task, int64_t p, typename Column::Result& result) {
        const int64_t column = task % blocks * block;
        Column::part(x + task / blocks * shape.count * shape.inner + column, shape.inner,
                     lesser<Arch>(block, shape.inner - column), p * length,
                     lesser<Arch>((p + 1) * length, shape.count), result);
      },
      [&](int64_t task, typename Column::Result* results) {
        const int64_t column = task % blocks * block;
        T* out = y + task / blocks * shape.inner + column;
        const int64_t columns = lesser<Arch>(block, shape.inner - column);
        for (int j = 0; j * Column::lanes < columns; ++j) {
          auto total = results[0].sums[j];
          for (int64_t p = 1; p < parts; ++p) total += results[p].sums[j];
          const int64_t n = lesser<Arch>(Column::lanes, columns - j * Column::lanes);
          Lanes<Arch, T>::store_range(out + j * Column::lanes, total, 0, n);
        }
      });
}

/// The extremum of one line: first its value, then the first place where that stands.
template <bool greatest, class Arch, class T>
void line_extremum(int64_t count, const T* x, T* y, int64_t* index) {
  using V = Vec<Arch, T>;
  constexpr int lanes = kLanes<Arch, T>;
  if (count < 2 * lanes) {
    return reference::extremum<greatest, T, Arch>({1, count, 1}, x, y, index);
  }
  V best = load<Arch, T>(x);
  auto nan = is_nan<Arch, T>(best);
  auto take = [&](const V& v) {
    best = greatest ? xsimd::max(best, v) : xsimd::min(best, v);
    nan = nan | is_nan<Arch, T>(v);
  };
  for (int64_t i = lanes; i + lanes <= count; i += lanes) take(load<Arch, T>(x + i));
  take(load<Arch, T>(x + count - lanes));
  alignas(64) T values[lanes];
  best.store_aligned(values);
  T value = values[0];
  for (T v : values) value = (greatest ? v > value : v < value) ? v : value;
  if (xsimd::any(nan)) return reference::extremum<greatest, T, Arch>({1, count, 1}, x, y, index);
  *y = value;
  if (index == nullptr) return;
  int64_t i = 0;
  while (i + lanes <= count && !xsimd::any(load<Arch, T>(x + i) == V(value))) i += lanes;
  while (x[i] != value) ++i;
  *index = i;
}

/// The extrema of up to 64 neighbouring columns.
template <bool greatest, class Arch, class T>
void column_extrema(int64_t count, int64_t pitch, int64_t columns, const T* x, T* y,
                    int64_t* indices) {
  T best[64];
  int64_t position[64];
  for (int64_t j = 0; j < columns; ++j) best[j] = x[j], position[j] = 0;
  for (int64_t row = 1; row < count; ++row) {
    const T* line = x + row * pitch;
    for (int64_t j = 0; j < columns; ++j) {
      const bool beyond = greatest ? line[j] > best[j] : line[j] < best[j];
      const bool take = beyond | ((line[j] != line[j]) & (best[j] == best[j]));
      best[j] = take ? line[j] : best[j];
      position[j] = take ? row : position[j];
    }
  }
  for (int64_t j = 0; j < columns; ++j) y[j] = best[j];
  if (indices == nullptr) return;
  for (int64_t j = 0; j < columns; ++j) indices[j] = position[j];
}

template <bool greatest, class Arch, class T>
void extremum(const ReduceShape& shape, const T* x, T* y, int64_t* indices) {
  const int64_t blocks = ceil_div<Arch>(shape.inner, 64);
  const int64_t grain = greater<Arch>(
      1, kCostlyGrain / greater<Arch>(1, shape.count * lesser<Arch>(shape.inner, 64)));
  parallel_for(shape.outer * blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t outer = task / blocks;
      const int64_t column = task % blocks * 64;
      const T* from = x + outer * shape.count * shape.inner + column;
      const int64_t at = outer * shape.inner + column;
      int64_t* index = indices == nullptr ? nullptr : indices + at;
      if (shape.inner == 1) {
        line_extremum<greatest, Arch, T>(shape.count, from, y + at, index);
      } else {
        column_extrema<greatest, Arch, T>(
            shape.count, shape.inner, lesser<Arch>(64, shape.inner - column), from, y + at, index);
      }
    }
  });
}

}  // namespace lucid::kernels::generic
