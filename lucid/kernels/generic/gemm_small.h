// Matrix products too small to pay for packing: the left operand is broadcast from where it stands,
// rows of the right one are read as vectors; float32.
#pragma once

#include "lucid/kernels/generic/channel_blocks.h"
#include "lucid/kernels/generic/micro_kernel.h"
#include "lucid/kernels/shapes.h"

namespace lucid::kernels::generic {

/// What comes on top of the sums of a product.
struct GemmEnding {
  bool accumulate;
  const float* bias;  ///< of every row; may be null
  bool relu;

  LUCID_INLINE bool nothing() const { return !accumulate && bias == nullptr && !relu; }
};

/// c[i][j] = sum over p of a[i][p] * b[p][j] and the ending, for MR rows and `columns` columns: NV
/// vectors, the last of them partial if `partial`.
template <class Arch, int MR, int NV, bool partial>
void small_product(int64_t k, const float* a, MatrixStrides strides, const float* b, int64_t ldb,
                   float* c, int64_t ldc, int64_t columns, const GemmEnding& ending) {
  using V = Vec<Arch, float>;
  constexpr int lanes = kLanes<Arch, float>;
  const int64_t rest = columns - (NV - 1) * lanes;
  const auto row_of = [rest](const float* from, int j) {
    if (partial && j == NV - 1) return Lanes<Arch, float>::load_first(from + j * lanes, rest, 0.0F);
    return load<Arch, float>(from + j * lanes);
  };
  const float* rows[MR];
  V sums[MR][NV];
#pragma GCC unroll 32
  for (int i = 0; i < MR; ++i) {
    rows[i] = a + i * strides.row;
#pragma GCC unroll 2
    for (int j = 0; j < NV; ++j) sums[i][j] = V(0.0F);
  }
  for (int64_t p = 0, q = 0; p < k; ++p, q += strides.column, b += ldb) {
    V right[NV];
#pragma GCC unroll 2
    for (int j = 0; j < NV; ++j) {
      right[j] = row_of(b, j);
      // Of the next tile, since a processor does not see far ahead where every row is another page.
      if (NV > 1) __builtin_prefetch(b + (NV + j) * lanes, 0, 2);
    }
#pragma GCC unroll 32
    for (int i = 0; i < MR; ++i) {
      const V left(rows[i][q]);
#pragma GCC unroll 2
      for (int j = 0; j < NV; ++j)
        sums[i][j] = multiply_add<Arch, float>(left, right[j], sums[i][j]);
    }
  }
  const auto put = [rest](float* to, int j, const V& v) {
    if (partial && j == NV - 1) return Lanes<Arch, float>::store_range(to + j * lanes, v, 0, rest);
    v.store_unaligned(to + j * lanes);
  };
  if (ending.nothing()) {
#pragma GCC unroll 32
    for (int i = 0; i < MR; ++i, c += ldc) {
#pragma GCC unroll 2
      for (int j = 0; j < NV; ++j) put(c, j, sums[i][j]);
    }
    return;
  }
  // From memory, row by row in a loop: unrolled this would be most of the code.
  alignas(64) float finished[MR][NV * lanes];
#pragma GCC unroll 32
  for (int i = 0; i < MR; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < NV; ++j) sums[i][j].store_aligned(finished[i] + j * lanes);
  }
  const V least = least_output<Arch, float>(ending.relu);
#pragma GCC unroll 1
  for (int i = 0; i < MR; ++i, c += ldc) {
#pragma GCC unroll 2
    for (int j = 0; j < NV; ++j) {
      V sum = V::load_aligned(finished[i] + j * lanes);
      if (ending.accumulate) sum += row_of(c, j);
      if (ending.bias != nullptr) sum += row_of(ending.bias, j);
      put(c, j, at_least<Arch, float>(least, sum));
    }
  }
}

/// The same for each number of rows from 1 to Blocks::mr and of columns up to two vectors.
template <class Arch>
struct SmallProducts {
  using Function = void (*)(int64_t, const float*, MatrixStrides, const float*, int64_t, float*,
                            int64_t, int64_t, const GemmEnding&);
  static constexpr int64_t width = 2 * kLanes<Arch, float>;

  template <int NV, bool partial, int... I>
  static constexpr Function choose(int64_t rows, std::integer_sequence<int, I...>) {
    constexpr Function functions[] = {small_product<Arch, I + 1, NV, partial>...};
    return functions[rows - 1];
  }
  static Function at(int64_t rows, int64_t columns) {
    constexpr auto heights = std::make_integer_sequence<int, Blocks<Arch, float>::mr>();
    if constexpr (!Lanes<Arch, float>::has_masks) {
      if (columns == width) return choose<2, false>(rows, heights);
    }
    return columns > kLanes<Arch, float> ? choose<2, true>(rows, heights)
                                         : choose<1, true>(rows, heights);
  }
};

inline constexpr int64_t kSmallOperand = 64 * 1024;  ///< numbers that stay in the cache

/// True where the right operand may be read where it stands: it stays in the cache, or few rows
/// pass by it. Or where it is soon turned.
template <class Arch>
LUCID_INLINE bool suits_small_product(int64_t m, int64_t n, int64_t k, MatrixStrides b) {
  const bool small = n <= kSmallOperand && k <= kSmallOperand && k * n <= kSmallOperand;
  if (b.row == 1 && n < kLanes<Arch, float> / 2) return false;  // dot products fill their vectors
  if (b.column == 1) return small ? m <= 1024 || k <= 64 : m <= 256;
  return b.row == 1 && m >= 16 && m <= 1024 && small && k * n <= kSmallOperand / 2;
}

/// Elements of the right operand, where it is to be turned.
template <class Arch>
LUCID_INLINE int64_t small_product_scratch(int64_t n, int64_t k, MatrixStrides b) {
  return b.column == 1 ? 0 : k * round_up<Arch>(n, kLanes<Arch, float>);
}

/// turned[p][j] = b[j][p], in rows of `pitch`.
template <class Arch>
void turn_right_operand(int64_t n, int64_t k, const float* b, int64_t ldb, float* turned,
                        int64_t pitch) {
  constexpr int64_t lanes = kLanes<Arch, float>;
  PixelSquare<Arch> square;
  for (int64_t j = 0; j < n; j += lanes) {
    for (int64_t p = 0; p < k; p += lanes) {
      const int64_t wide = lesser<Arch>(lanes, k - p);
      square.read(b + j * ldb + p, ldb, lesser<Arch>(lanes, n - j), wide);
      for (int64_t i = 0; i < wide; ++i) {
        square.rows[i].store_unaligned(turned + (p + i) * pitch + j);
      }
    }
  }
}

/// The tiles of c, rows by columns, and the order in which they are computed.
template <class Arch>
struct SmallTiles {
  using Products = SmallProducts<Arch>;
  static constexpr int64_t width = Products::width;

  EvenParts<Arch> rows;
  int64_t columns;  ///< tiles
  int64_t depth;    ///< of a block of the sum
  bool row_by_row;  ///< or column by column

  static SmallTiles of(int64_t m, int64_t n, int64_t k) {
    constexpr int64_t block = 256;
    const bool fits = k * n <= kSmallOperand;
    // A short sum writes more than it reads, so that it should write one place after the other.
    return {EvenParts<Arch>::of(m, Blocks<Arch, float>::mr), ceil_div<Arch>(n, width),
            fits ? k : block, fits && k <= 64};
  }
  int64_t count() const { return rows.count * columns; }
};

template <class Arch>
void gemm_small(int64_t m, int64_t n, int64_t k, const float* a, MatrixStrides a_strides,
                const float* b, MatrixStrides b_strides, float* c, int64_t ldc,
                const GemmEnding& ending, float* scratch) {
  int64_t ldb = b_strides.row;
  if (b_strides.column != 1) {
    ldb = round_up<Arch>(n, kLanes<Arch, float>);
    turn_right_operand<Arch>(n, k, b, b_strides.column, scratch, ldb);
    b = scratch;
  }
  if (m <= Blocks<Arch, float>::mr && n <= SmallProducts<Arch>::width && k <= kSmallOperand / n) {
    return SmallProducts<Arch>::at(m, n)(k, a, a_strides, b, ldb, c, ldc, n, ending);
  }
  const auto tiles = SmallTiles<Arch>::of(m, n, k);
  constexpr int64_t worthwhile = 1 << 18;  // multiplications
  const int64_t grain = 1 + worthwhile / (k * tiles.rows.size * tiles.width);
  parallel_for(tiles.count(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t p = 0; p < k; p += tiles.depth) {
      const int64_t depth = lesser<Arch>(tiles.depth, k - p);
      const bool last = p + depth == k;
      for (int64_t tile = begin; tile < end; ++tile) {
        const int64_t row = tiles.row_by_row ? tile / tiles.columns : tile % tiles.rows.count;
        const int64_t column = tiles.row_by_row ? tile % tiles.columns : tile / tiles.rows.count;
        const int64_t i = tiles.rows.first(row), j = column * tiles.width;
        const int64_t some = lesser<Arch>(tiles.width, n - j);
        const GemmEnding here{ending.accumulate || p > 0,
                              last && ending.bias != nullptr ? ending.bias + j : nullptr,
                              last && ending.relu};
        SmallProducts<Arch>::at(tiles.rows.size_of(row), some)(
            depth, a + i * a_strides.row + p * a_strides.column, a_strides, b + p * ldb + j, ldb,
            c + i * ldc + j, ldc, some, here);
      }
    }
  });
}

}  // namespace lucid::kernels::generic
