// The one inner loop of matrix products and convolutions: a tile of the output in registers.
//
// tile[i][j] = sum over p of a[p][i] * b[offsets[p] + j]. The left operand is packed into panels of
// MR rows; the right one is read in place through a table of offsets, so that a convolution needs
// no copy per kernel position. After the micro-kernel of BLIS (Van Zee and van de Geijn, 2015).
#pragma once

#include <utility>

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

/// Block sizes, given beside each instruction set: mr x (nv vectors) is the tile in registers, kc
/// and mc the blocks of a matrix product, dot_m x dot_n the tile of dot products, dot_length how
/// long these should be, block_bytes what of their right operand stays in the cache.
template <class Arch, class T>
struct Blocks;

template <class Arch, class T>
inline constexpr int kTileWidth = Blocks<Arch, T>::nv* kLanes<Arch, T>;

/// What happens to a finished tile: one of the first four things, and then maybe its relu.
enum class Finish : uint8_t { store, add_to_output, add_row_bias, add_column_bias, relu = 4 };

template <class Arch>
LUCID_INLINE Finish with_relu(Finish finish, bool relu) {
  return relu ? static_cast<Finish>(static_cast<int>(finish) | static_cast<int>(Finish::relu))
              : finish;
}

/// Sums side by side in each element of a tile of so many vectors, for enough chains of additions
/// to hide their latency.
inline constexpr int chains_for(int vectors) {
  return vectors >= 8 ? 1 : vectors >= 4 ? 2 : 4;
}

template <class Arch, class T, int MR>
void micro_kernel(int64_t k, const T* a, const T* b, const int64_t* offsets, T* c, int64_t ldc,
                  Finish how, const T* bias) {
  using V = Vec<Arch, T>;
  constexpr int NV = Blocks<Arch, T>::nv;
  constexpr int lanes = kLanes<Arch, T>;
  constexpr int chains = chains_for(MR * NV);
  V chain[chains][MR][NV];
#pragma GCC unroll 4
  for (auto& some : chain) {
#pragma GCC unroll 32
    for (int i = 0; i < MR; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < NV; ++j) some[i][j] = V(T(0));
    }
  }
  const auto step = [&](V(&to)[MR][NV], int64_t p) {
    const T* row = b + offsets[p];
    V right[NV];
#pragma GCC unroll 8
    for (int j = 0; j < NV; ++j) right[j] = load<Arch, T>(row + j * lanes);
#pragma GCC unroll 32
    for (int i = 0; i < MR; ++i) {
      const V left(a[i]);
#pragma GCC unroll 8
      for (int j = 0; j < NV; ++j) to[i][j] = multiply_add<Arch, T>(left, right[j], to[i][j]);
    }
    a += MR;
  };
  int64_t p = 0;
  for (; p + chains <= k; p += chains) {
#pragma GCC unroll 4
    for (int c = 0; c < chains; ++c) step(chain[c], p + c);
  }
  for (; chains > 1 && p < k; ++p) step(chain[0], p);
  V(&sums)[MR][NV] = chain[0];
#pragma GCC unroll 4
  for (int c = 1; c < chains; ++c) {
#pragma GCC unroll 32
    for (int i = 0; i < MR; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < NV; ++j) sums[i][j] += chain[c][i][j];
    }
  }
  if (how == Finish::store) {
#pragma GCC unroll 32
    for (int i = 0; i < MR; ++i) {
#pragma GCC unroll 8
      for (int j = 0; j < NV; ++j) sums[i][j].store_unaligned(c + i * ldc + j * lanes);
    }
    return;
  }
  // From memory, row by row in a loop: unrolled this would be most of the code.
  alignas(64) T finished[MR][NV * lanes];
#pragma GCC unroll 32
  for (int i = 0; i < MR; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < NV; ++j) sums[i][j].store_aligned(finished[i] + j * lanes);
  }
  const auto finish = static_cast<Finish>(static_cast<int>(how) % static_cast<int>(Finish::relu));
  const V least = least_output<Arch, T>(how >= Finish::relu);
#pragma GCC unroll 1
  for (int i = 0; i < MR; ++i) {
    T* out = c + i * ldc;
#pragma GCC unroll 8
    for (int j = 0; j < NV; ++j) {
      V sum = V::load_aligned(finished[i] + j * lanes);
      if (finish == Finish::add_to_output) sum += load<Arch, T>(out + j * lanes);
      if (finish == Finish::add_row_bias) sum += V(bias[i]);
      if (finish == Finish::add_column_bias) sum += load<Arch, T>(bias + j * lanes);
      at_least<Arch, T>(least, sum).store_unaligned(out + j * lanes);
    }
  }
}

template <class Arch, class T>
using MicroKernel = void (*)(int64_t, const T*, const T*, const int64_t*, T*, int64_t, Finish,
                             const T*);

/// The micro-kernel for each height of a panel: at(1) ... at(mr).
template <class Arch, class T>
struct MicroKernels {
  template <int... I>
  static constexpr MicroKernel<Arch, T> choose(int height, std::integer_sequence<int, I...>) {
    constexpr MicroKernel<Arch, T> kernels[] = {micro_kernel<Arch, T, I + 1>...};
    return kernels[height - 1];
  }
  static MicroKernel<Arch, T> at(int64_t height) {
    return choose(static_cast<int>(height), std::make_integer_sequence<int, Blocks<Arch, T>::mr>());
  }
};

/// Divides `total` evenly into parts of at most `greatest`: 64 rows into 5 x 11 + 9 rather than
/// 5 x 12 + 4.
template <class Arch>
struct EvenParts {
  int64_t total, size, count;

  static EvenParts of(int64_t total, int64_t greatest) {
    if (total <= 0) return {0, 1, 0};
    const int64_t size = ceil_div<Arch>(total, ceil_div<Arch>(total, greatest));
    return {total, size, ceil_div<Arch>(total, size)};
  }
  int64_t first(int64_t part) const { return part * size; }
  int64_t size_of(int64_t part) const { return lesser<Arch>(size, total - part * size); }
};

}  // namespace lucid::kernels::generic
