// Functions without kernels of their own: one value after the other, by the C++ library.
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// softplus is log(1 + exp(x)), also where exp(x) overflows.
enum class UnaryFunction : uint8_t {
  expm1,
  log1p,
  log2,
  log10,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  erf,
  erfc,
  floor,
  ceil,
  round,
  softplus
};

/// fmod has the sign of the dividend, remainder that of the divisor.
enum class BinaryFunction : uint8_t { pow, atan2, fmod, remainder };

const char* name(UnaryFunction op) noexcept;
const char* name(BinaryFunction op) noexcept;

/// The type a function computes in: floor, ceil and round keep integers, the others turn them into
/// float32. @throws DTypeError for floor, ceil and round of bools.
DType result_type(UnaryFunction op, DType dtype);
/// atan2 turns integers into float32. @throws DTypeError for bool where numbers are needed.
DType result_type(BinaryFunction op, DType dtype);

Tensor apply(UnaryFunction op, const Tensor& x);
/// @throws ValueError if an integer would be divided by zero.
Tensor apply(BinaryFunction op, const Tensor& a, const Tensor& b);

/// @throws ValueError for integers to the power of a negative one.
Tensor pow(const Tensor& x, Scalar exponent);

}  // namespace lucid::ops
