// Functions of one tensor, element by element
// (https://pytorch.org/docs/stable/torch.html#pointwise-ops). neg, abs, sign and square keep
// integers; the others turn them into float32.
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
/// The natural logarithm.
Tensor log(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tanh(const Tensor& x);
/// x to the power of a number. @throws ValueError for a negative power of integers.
Tensor pow(const Tensor& x, Scalar exponent);
/// x limited to [low, high]; outside of it the gradient is 0. Floating-point only.
Tensor clamp(const Tensor& x, double low, double high);

inline Tensor operator-(const Tensor& x) {
  return neg(x);
}

}  // namespace lucid
