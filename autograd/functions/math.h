// Functions of one tensor, element by element
// (https://pytorch.org/docs/stable/torch.html#pointwise-ops). neg, abs, sign, square, floor, ceil
// and round keep integers; the others turn them and bools into float32. Of bools, sign keeps them,
// square makes int64, and neg, abs, floor, ceil and round raise DTypeError.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

Tensor neg(const Tensor& x);
/// The gradient at 0 is 0.
Tensor abs(const Tensor& x);
/// -1, 0 or 1. The gradient is zero.
Tensor sign(const Tensor& x);
Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);
/// 1 / sqrt(x)
Tensor rsqrt(const Tensor& x);
/// 1 / x
Tensor reciprocal(const Tensor& x);
Tensor exp(const Tensor& x);
/// exp(x) - 1, exact near 0.
Tensor expm1(const Tensor& x);
/// The natural logarithm.
Tensor log(const Tensor& x);
/// log(1 + x), exact near 0.
Tensor log1p(const Tensor& x);
/// The logarithms to base 2 and 10.
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);

/// Angles are in radians.
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
/// NaN outside of [-1, 1].
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
/// In [-pi/2, pi/2]; atan2() in pairwise.h knows all four quadrants.
Tensor atan(const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor tanh(const Tensor& x);
/// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x
/// (https://pytorch.org/docs/stable/generated/torch.erf.html).
Tensor erf(const Tensor& x);
/// 1 - erf(x), exact for large x.
Tensor erfc(const Tensor& x);

/// The integer below (above). The gradient is zero.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
/// The nearest integer, of two the even one
/// (https://pytorch.org/docs/stable/generated/torch.round.html). The gradient is zero.
Tensor round(const Tensor& x);

/// Which values are NaN, infinite, neither of the two: bool tensors. Integers are finite.
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

inline Tensor operator-(const Tensor& x) {
  return neg(x);
}

}  // namespace lucid
