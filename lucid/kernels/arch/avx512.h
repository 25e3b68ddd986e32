// AVX-512 as the kernels use it: masks for partial vectors, and the fused multiplication that
// xsimd 8 does not have for it.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

using Avx512 = xsimd::avx512bw;

template <>
struct Lanes<Avx512, float> : PlainLanes<Avx512, float> {
  static constexpr bool has_masks = true;

  static LUCID_INLINE Vec fma(const Vec& a, const Vec& b, const Vec& c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  static LUCID_INLINE Vec load_first(const float* p, int64_t n, float fill) {
    const __mmask16 mask = static_cast<__mmask16>((1u << n) - 1);
    return _mm512_mask_loadu_ps(_mm512_set1_ps(fill), mask, p);
  }
  static LUCID_INLINE void store_range(float* p, const Vec& v, int64_t begin, int64_t end) {
    const __mmask16 mask = static_cast<__mmask16>(((1u << end) - 1) & ~((1u << begin) - 1));
    _mm512_mask_storeu_ps(p, mask, v);
  }
  static LUCID_INLINE float sum(const Vec& v) { return _mm512_reduce_add_ps(v); }
  static LUCID_INLINE void interleave(const Vec& a, const Vec& b, Vec& first, Vec& second) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    first = _mm512_permutex2var_ps(a, low, b);
    second = _mm512_permutex2var_ps(a, _mm512_add_epi32(low, _mm512_set1_epi32(8)), b);
  }
  static LUCID_INLINE void separate(Vec& a, Vec& b) {
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512 left = _mm512_permutex2var_ps(a, even, b);
    b = _mm512_permutex2var_ps(a, _mm512_add_epi32(even, _mm512_set1_epi32(1)), b);
    a = left;
  }
  /// 4 x 4 within each quarter of the registers, then the quarters.
  static LUCID_INLINE void transpose(Vec (&rows)[16]) {
    __m512 quads[16], halves[16];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
      const __m512 a = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
      const __m512 b = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
      const __m512 c = _mm512_unpacklo_ps(rows[i + 2], rows[i + 3]);
      const __m512 d = _mm512_unpackhi_ps(rows[i + 2], rows[i + 3]);
      quads[i] = _mm512_shuffle_ps(a, c, 0x44);
      quads[i + 1] = _mm512_shuffle_ps(a, c, 0xEE);
      quads[i + 2] = _mm512_shuffle_ps(b, d, 0x44);
      quads[i + 3] = _mm512_shuffle_ps(b, d, 0xEE);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      halves[i] = _mm512_shuffle_f32x4(quads[i], quads[i + 4], 0x88);
      halves[i + 4] = _mm512_shuffle_f32x4(quads[i], quads[i + 4], 0xDD);
      halves[i + 8] = _mm512_shuffle_f32x4(quads[i + 8], quads[i + 12], 0x88);
      halves[i + 12] = _mm512_shuffle_f32x4(quads[i + 8], quads[i + 12], 0xDD);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      rows[i] = _mm512_shuffle_f32x4(halves[i], halves[i + 8], 0x88);
      rows[i + 4] = _mm512_shuffle_f32x4(halves[i + 4], halves[i + 12], 0x88);
      rows[i + 8] = _mm512_shuffle_f32x4(halves[i], halves[i + 8], 0xDD);
      rows[i + 12] = _mm512_shuffle_f32x4(halves[i + 4], halves[i + 12], 0xDD);
    }
  }
};

template <>
struct Lanes<Avx512, double> : PlainLanes<Avx512, double> {
  static constexpr bool has_masks = true;

  static LUCID_INLINE Vec fma(const Vec& a, const Vec& b, const Vec& c) {
    return _mm512_fmadd_pd(a, b, c);
  }
  static LUCID_INLINE Vec load_first(const double* p, int64_t n, double fill) {
    const __mmask8 mask = static_cast<__mmask8>((1u << n) - 1);
    return _mm512_mask_loadu_pd(_mm512_set1_pd(fill), mask, p);
  }
  static LUCID_INLINE void store_range(double* p, const Vec& v, int64_t begin, int64_t end) {
    const __mmask8 mask = static_cast<__mmask8>(((1u << end) - 1) & ~((1u << begin) - 1));
    _mm512_mask_storeu_pd(p, mask, v);
  }
  static LUCID_INLINE double sum(const Vec& v) { return _mm512_reduce_add_pd(v); }
};

}  // namespace lucid::kernels::generic
