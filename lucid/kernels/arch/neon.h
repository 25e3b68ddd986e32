// 64-bit ARM as the kernels use it: xsimd 8 approximates the division and the square root of
// floats.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

using Neon = xsimd::neon64;

template <>
struct Lanes<Neon, float> : PlainLanes<Neon, float> {
  static LUCID_INLINE Vec divide(const Vec& a, const Vec& b) { return vdivq_f32(a, b); }
  static LUCID_INLINE Vec sqrt(const Vec& a) { return vsqrtq_f32(a); }
  static LUCID_INLINE float sum(const Vec& v) { return vaddvq_f32(v); }
};

template <>
struct Lanes<Neon, double> : PlainLanes<Neon, double> {
  static LUCID_INLINE double sum(const Vec& v) { return vaddvq_f64(v); }
};

}  // namespace lucid::kernels::generic
