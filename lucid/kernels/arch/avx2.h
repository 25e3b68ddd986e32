// AVX2 as the kernels use it: masked access by a sliding table for partial vectors.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

using Avx2 = xsimd::fma3<xsimd::avx2>;

/// Lanes below n all ones: read `lanes` entries from the middle minus n.
template <class Arch, class Int, int lanes>
struct SlidingMask {
  alignas(64) Int values[2 * lanes];

  constexpr SlidingMask() : values{} {
    for (int i = 0; i < lanes; ++i) values[i] = -1;
  }
  const __m256i* below(int64_t n) const {
    return reinterpret_cast<const __m256i*>(values + lanes - n);
  }
  LUCID_INLINE __m256i range(int64_t begin, int64_t end) const {
    return _mm256_andnot_si256(_mm256_loadu_si256(below(begin)), _mm256_loadu_si256(below(end)));
  }
  static const SlidingMask table;
};
template <class Arch, class Int, int lanes>
constexpr SlidingMask<Arch, Int, lanes> SlidingMask<Arch, Int, lanes>::table{};

template <>
struct Lanes<Avx2, float> : PlainLanes<Avx2, float> {
  using Mask = SlidingMask<Avx2, int32_t, 8>;

  static LUCID_INLINE Vec load_first(const float* p, int64_t n, float fill) {
    const __m256i mask = Mask::table.range(0, n);
    return _mm256_blendv_ps(_mm256_set1_ps(fill), _mm256_maskload_ps(p, mask),
                            _mm256_castsi256_ps(mask));
  }
  static LUCID_INLINE void store_range(float* p, const Vec& v, int64_t begin, int64_t end) {
    _mm256_maskstore_ps(p, Mask::table.range(begin, end), v);
  }
  static LUCID_INLINE float sum(const Vec& v) { return xsimd::hadd(v); }
  static LUCID_INLINE void interleave(const Vec& a, const Vec& b, Vec& first, Vec& second) {
    const __m256 low = _mm256_unpacklo_ps(a, b), high = _mm256_unpackhi_ps(a, b);
    first = _mm256_permute2f128_ps(low, high, 0x20);
    second = _mm256_permute2f128_ps(low, high, 0x31);
  }
  static LUCID_INLINE void separate(Vec& a, Vec& b) {
    const __m256d even = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88));
    const __m256d odd = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xDD));
    a = _mm256_castpd_ps(_mm256_permute4x64_pd(even, 0xD8));
    b = _mm256_castpd_ps(_mm256_permute4x64_pd(odd, 0xD8));
  }
  /// By 2 x 2, 4 x 4, then halves.
  static LUCID_INLINE void transpose(Vec (&rows)[8]) {
    __m256 pairs[8], quads[8];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      pairs[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
      pairs[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 4) {
      quads[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
      quads[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xEE);
      quads[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
      quads[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      rows[i] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20);
      rows[i + 4] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31);
    }
  }
};

template <>
struct Lanes<Avx2, double> : PlainLanes<Avx2, double> {
  using Mask = SlidingMask<Avx2, int64_t, 4>;

  static LUCID_INLINE Vec load_first(const double* p, int64_t n, double fill) {
    const __m256i mask = Mask::table.range(0, n);
    return _mm256_blendv_pd(_mm256_set1_pd(fill), _mm256_maskload_pd(p, mask),
                            _mm256_castsi256_pd(mask));
  }
  static LUCID_INLINE void store_range(double* p, const Vec& v, int64_t begin, int64_t end) {
    _mm256_maskstore_pd(p, Mask::table.range(begin, end), v);
  }
  static LUCID_INLINE double sum(const Vec& v) { return xsimd::hadd(v); }
};

}  // namespace lucid::kernels::generic
