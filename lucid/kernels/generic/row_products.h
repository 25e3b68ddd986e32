// The inner loops of depthwise convolutions with pixels of a row in the lanes.
//
// They read padded planes (conv_planes.h) whose rows are so long that no vector leaves one.
#pragma once

#include "lucid/kernels/generic/micro_kernel.h"

namespace lucid::kernels::generic {

/// Rows that are computed at a time.
template <class Arch>
inline constexpr int kRowsAtATime = 4;

/// Some rows of a plane: to[i][j] = bias + sum over taps of from[offsets[t] + i * pitch + j] *
/// weights[t].
template <class Arch>
struct RowProducts {
  using V = Vec<Arch, float>;
  static constexpr int lanes = kLanes<Arch, float>;

  int64_t taps;
  const int64_t* offsets;
  const float* weights;
  int64_t pitch, to_pitch, columns;
  float bias;
  bool relu;

  using Function = void (*)(const RowProducts&, const float* from, float* to);

  /// Kernel positions anywhere.
  template <int rows>
  static void any(const RowProducts& p, const float* from, float* to) {
    int64_t x = 0;
    for (; p.columns - x > lanes; x += 2 * lanes) p.tile<rows, 2>(from + x, to + x, p.columns - x);
    if (x < p.columns) p.tile<rows, 1>(from + x, to + x, p.columns - x);
  }

  /// side x side of them next to each other, so that each vector of a row is read once for all rows
  /// of outputs. Weights are in the order of their offsets.
  template <int side, int rows>
  static void square(const RowProducts& p, const float* from, float* to) {
    const V least = least_output<Arch, float>(p.relu);
    from += lesser<Arch>(p.offsets[0], p.offsets[p.taps - 1]);
    V weights[side * side];
#pragma GCC unroll 25
    for (int t = 0; t < side * side; ++t) weights[t] = V(p.weights[t]);
    for (int64_t x = 0; x < p.columns; x += lanes) {
      V acc[rows];
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) acc[i] = V(p.bias);
#pragma GCC unroll 12
      for (int row = 0; row < rows + side - 1; ++row) {
        V read[side];
#pragma GCC unroll 5
        for (int s = 0; s < side; ++s) read[s] = load<Arch, float>(from + row * p.pitch + x + s);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
          if (row < i || row >= i + side) continue;
#pragma GCC unroll 5
          for (int s = 0; s < side; ++s) {
            acc[i] = multiply_add<Arch, float>(read[s], weights[(row - i) * side + s], acc[i]);
          }
        }
      }
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) {
        put(at_least<Arch, float>(least, acc[i]), to + i * p.to_pitch + x, p.columns - x);
      }
    }
  }

  /// Writes the first of the lanes, or all.
  static LUCID_INLINE void put(const V& v, float* to, int64_t some) {
    if (some >= lanes) {
      v.store_unaligned(to);
    } else {
      Lanes<Arch, float>::store_range(to, v, 0, some);
    }
  }

 private:
  template <int rows, int vectors>
  LUCID_INLINE void tile(const float* from, float* to, int64_t some) const {
    const V least = least_output<Arch, float>(relu);
    V acc[rows][vectors];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) acc[i][j] = V(bias);
    }
    for (int64_t t = 0; t < taps; ++t) {
      const V weight(weights[t]);
      const float* at = from + offsets[t];
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i, at += pitch) {
#pragma GCC unroll 2
        for (int j = 0; j < vectors; ++j) {
          acc[i][j] =
              multiply_add<Arch, float>(load<Arch, float>(at + j * lanes), weight, acc[i][j]);
        }
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) {
        put(at_least<Arch, float>(least, acc[i][j]), to + i * to_pitch + j * lanes,
            some - j * lanes);
      }
    }
  }
};

/// sums[t] += lanes of from[offsets[t] + i * pitch + j] * grad[i][j], over some rows.
template <class Arch>
struct RowWeightProducts {
  using V = Vec<Arch, float>;
  static constexpr int lanes = kLanes<Arch, float>;

  const int64_t* offsets;
  int64_t pitch, rows, columns;

  using Function = void (*)(const RowWeightProducts&, const float* from, const float* grad,
                            float* sums);

  /// `taps` kernel positions anywhere.
  template <int taps>
  static void any(const RowWeightProducts& p, const float* from, const float* grad, float* sums) {
    V acc[taps];
#pragma GCC unroll 9
    for (int t = 0; t < taps; ++t) acc[t] = V::load_aligned(sums + t * lanes);
    for (int64_t i = 0; i < p.rows; ++i, from += p.pitch, grad += p.columns) {
      p.row<taps>(from, grad, acc);
    }
#pragma GCC unroll 9
    for (int t = 0; t < taps; ++t) acc[t].store_aligned(sums + t * lanes);
  }

  /// 3 x 3 of them next to each other: each vector of a row is read once for two rows of the
  /// gradient.
  static void square(const RowWeightProducts& p, const float* from, const float* grad,
                     float* sums) {
    constexpr int taps = 9;
    V acc[taps];
#pragma GCC unroll 9
    for (int t = 0; t < taps; ++t) acc[t] = V::load_aligned(sums + t * lanes);
    int64_t i = 0;
    for (; i + 2 <= p.rows; i += 2, from += 2 * p.pitch, grad += 2 * p.columns) {
      for (int64_t x = 0; x < p.columns; x += lanes) {
        const V grads[2] = {get(grad + x, p.columns - x), get(grad + p.columns + x, p.columns - x)};
#pragma GCC unroll 4
        for (int row = 0; row < 4; ++row) {
          V read[3];
#pragma GCC unroll 3
          for (int s = 0; s < 3; ++s) read[s] = load<Arch, float>(from + row * p.pitch + x + s);
#pragma GCC unroll 2
          for (int k = 0; k < 2; ++k) {
            if (row < k || row >= k + 3) continue;
#pragma GCC unroll 3
            for (int s = 0; s < 3; ++s) {
              V& sum = acc[(row - k) * 3 + s];
              sum = multiply_add<Arch, float>(read[s], grads[k], sum);
            }
          }
        }
      }
    }
    if (i < p.rows) p.row<taps>(from, grad, acc);
#pragma GCC unroll 9
    for (int t = 0; t < taps; ++t) acc[t].store_aligned(sums + t * lanes);
  }

 private:
  static LUCID_INLINE V get(const float* from, int64_t some) {
    return some >= lanes ? load<Arch, float>(from)
                         : Lanes<Arch, float>::load_first(from, some, 0.0F);
  }

  template <int taps>
  LUCID_INLINE void row(const float* from, const float* grad, V (&acc)[taps]) const {
    for (int64_t x = 0; x < columns; x += lanes) {
      const V factor = get(grad + x, columns - x);
#pragma GCC unroll 9
      for (int t = 0; t < taps; ++t) {
        acc[t] =
            multiply_add<Arch, float>(load<Arch, float>(from + offsets[t] + x), factor, acc[t]);
      }
    }
  }
};

}  // namespace lucid::kernels::generic
