// Matrix product of rows with rows, as in x W^T of a linear layer: dot products, nothing packed.
#pragma once

#include "lucid/kernels/generic/dot_kernel.h"
#include "lucid/kernels/shapes.h"

namespace lucid::kernels::generic {

/// True where both operands are contiguous along the sum, and too little of the work would share
/// packed panels to pay for packing them.
template <class Arch, class T>
LUCID_INLINE bool suits_dot_products(int64_t m, int64_t n, int64_t k, MatrixStrides a,
                                     MatrixStrides b) {
  return a.column == 1 && b.row == 1 && k >= 4 * kLanes<Arch, T> && lesser<Arch>(m, n) <= 128;
}

/// The tiles [begin, end) of c. Positions are cut so that the rows of a tile stay in the cache.
template <class Arch, class T>
void gemm_dot_tiles(int64_t begin, int64_t end, const EvenParts<Arch>& rows,
                    const EvenParts<Arch>& columns, int64_t k, const T* a, int64_t lda, const T* b,
                    int64_t ldb, T* c, int64_t ldc, bool accumulate) {
  using Kernels = DotKernels<Arch, T>;
  int64_t offsets[Kernels::n];
  for (int j = 0; j < Kernels::n; ++j) offsets[j] = j * ldb;
  const auto parts = EvenParts<Arch>::of(k, 2 * Blocks<Arch, T>::dot_length);
  const int64_t length = round_up<Arch>(parts.size, kLanes<Arch, T>);
  // All of one operand passes by each tile of the other one: if both are great, the smaller.
  const bool by_column =
      columns.total > rows.total &&
      columns.total * length * static_cast<int64_t>(sizeof(T)) > 2 * Blocks<Arch, T>::block_bytes;
  for (int64_t p = 0; p < k; p += length) {
    const DotSpan span{1, 0, 0, 1, 0, 0, lesser<Arch>(length, k - p)};
    for (int64_t i = begin; i < end; ++i) {
      const int64_t row = by_column ? i % rows.count : i / columns.count;
      const int64_t column = by_column ? i / rows.count : i % columns.count;
      Kernels::at(rows.size_of(row), columns.size_of(column))(
          span, a + rows.first(row) * lda + p, lda, b + columns.first(column) * ldb + p, offsets,
          c + rows.first(row) * ldc + columns.first(column), ldc, accumulate || p > 0);
    }
  }
}

/// Adds the bias (may be null) to every row of c, and takes the relu.
template <class Arch, class T>
void finish_rows(int64_t m, int64_t n, T* c, int64_t ldc, const T* bias, bool relu) {
  if (bias == nullptr && !relu) return;
  const auto least = least_output<Arch, T>(relu);
  parallel_for(m, 1 + kCheapGrain / n, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      T* row = c + i * ldc;
      const T* sums = row;
      if (bias == nullptr) {
        map_range<Arch, T>(
            0, n, row, [&](const auto& u) { return at_least<Arch, T>(least, u); }, sums);
      } else {
        map_range<Arch, T>(
            0, n, row,
            [&](const auto& u, const auto& v) { return at_least<Arch, T>(least, u + v); }, sums,
            bias);
      }
    }
  });
}

template <class Arch, class T>
void gemm_dot(int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb,
              T* c, int64_t ldc, bool accumulate, const T* bias, bool relu) {
  using Kernels = DotKernels<Arch, T>;
  const auto rows = EvenParts<Arch>::of(m, Kernels::m);
  const auto columns = EvenParts<Arch>::of(n, Kernels::n);
  constexpr int64_t worthwhile = 1 << 19;  // multiplications
  const int64_t grain = 1 + worthwhile / (k * Kernels::m * Kernels::n);
  parallel_for(rows.count * columns.count, grain, [&](int64_t begin, int64_t end) {
    gemm_dot_tiles<Arch, T>(begin, end, rows, columns, k, a, lda, b, ldb, c, ldc, accumulate);
  });
  finish_rows<Arch, T>(m, n, c, ldc, bias, relu);
}

}  // namespace lucid::kernels::generic
