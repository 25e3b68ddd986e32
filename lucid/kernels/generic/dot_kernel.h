// Tiles of dot products: c[i][j] = sum over q of a[i][q] * b[offsets[j] + q], lanes along q.
//
// Where both operands are contiguous along the sum nothing needs to be packed: the weight gradient
// of a convolution, and the forward of a linear layer.
#pragma once

#include <utility>

#include "lucid/kernels/generic/micro_kernel.h"

namespace lucid::kernels::generic {

/// The positions q that are summed over: `length` consecutive ones, in several runs (rows of a
/// plane), in several images.
struct DotSpan {
  int64_t images, a_image, b_image;
  int64_t runs, a_run, b_run;
  int64_t length;
};

/// One vector of every row and column. Loads go through f, so that the last one may be partial; a
/// column is used up before the next one is loaded, as registers are few.
template <class Arch, class T, int M, int N, class F>
LUCID_INLINE void dot_step(Vec<Arch, T> (&sums)[M][N], const T* a, int64_t a_pitch,
                           const T* const (&b)[N], int64_t q, F load) {
  Vec<Arch, T> left[M];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) left[i] = load(a + i * a_pitch + q);
#pragma GCC unroll 16
  for (int j = 0; j < N; ++j) {
    const Vec<Arch, T> right = load(b[j] + q);
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) sums[i][j] = multiply_add<Arch, T>(left[i], right, sums[i][j]);
  }
}

/// One run: whole vectors, then a partial one filled up with zeros.
template <class Arch, class T, int M, int N>
LUCID_INLINE void dot_run(Vec<Arch, T> (&sums)[M][N], int64_t length, const T* a, int64_t a_pitch,
                          const T* const (&b)[N]) {
  constexpr int lanes = kLanes<Arch, T>;
  int64_t q = 0;
  if constexpr (Lanes<Arch, T>::has_masks) {
    for (; q < length; q += lanes) {
      dot_step<Arch, T>(sums, a, a_pitch, b, q,
                        [some = lesser<Arch>(lanes, length - q)](const T* p) {
                          return Lanes<Arch, T>::load_first(p, some, T(0));
                        });
    }
    return;
  }
  for (; q + lanes <= length; q += lanes) {
    dot_step<Arch, T>(sums, a, a_pitch, b, q, [](const T* p) { return load<Arch, T>(p); });
  }
  if (q < length) {
    dot_step<Arch, T>(sums, a, a_pitch, b, q, [rest = length - q](const T* p) {
      return Lanes<Arch, T>::load_first(p, rest, T(0));
    });
  }
}

template <class Arch, class T, int M, int N>
void dot_kernel(const DotSpan& span, const T* a, int64_t a_pitch, const T* b,
                const int64_t* offsets, T* c, int64_t ldc, bool accumulate) {
  using V = Vec<Arch, T>;
  V sums[M][N];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < N; ++j) sums[i][j] = V(T(0));
  }
  for (int64_t image = 0; image < span.images; ++image) {
    for (int64_t run = 0; run < span.runs; ++run) {
      const T* right[N];
      for (int j = 0; j < N; ++j) {
        right[j] = b + offsets[j] + image * span.b_image + run * span.b_run;
      }
      dot_run<Arch, T>(sums, span.length, a + image * span.a_image + run * span.a_run, a_pitch,
                       right);
    }
  }
  // From memory, one by one in a loop: unrolled this would be most of the code.
  constexpr int lanes = kLanes<Arch, T>;
  alignas(64) T finished[M * N * lanes];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < N; ++j) sums[i][j].store_aligned(finished + (i * N + j) * lanes);
  }
#pragma GCC unroll 1
  for (int i = 0; i < M; ++i) {
#pragma GCC unroll 1
    for (int j = 0; j < N; ++j) {
      const T total = Lanes<Arch, T>::sum(V::load_aligned(finished + (i * N + j) * lanes));
      c[i * ldc + j] = accumulate ? c[i * ldc + j] + total : total;
    }
  }
}

template <class Arch, class T>
using DotKernel = void (*)(const DotSpan&, const T*, int64_t, const T*, const int64_t*, T*, int64_t,
                           bool);

/// The dot kernel for each size of a tile, from 1 x 1 to dot_m x dot_n.
template <class Arch, class T>
struct DotKernels {
  static constexpr int m = Blocks<Arch, T>::dot_m;
  static constexpr int n = Blocks<Arch, T>::dot_n;

  template <int... I>
  static constexpr DotKernel<Arch, T> choose(int at, std::integer_sequence<int, I...>) {
    constexpr DotKernel<Arch, T> kernels[] = {dot_kernel<Arch, T, I / n + 1, I % n + 1>...};
    return kernels[at];
  }
  static DotKernel<Arch, T> at(int64_t rows, int64_t columns) {
    return choose(static_cast<int>((rows - 1) * n + columns - 1),
                  std::make_integer_sequence<int, m * n>());
  }
};

}  // namespace lucid::kernels::generic
