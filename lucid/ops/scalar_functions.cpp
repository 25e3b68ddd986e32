#include "lucid/ops/scalar_functions.h"

#include <cmath>
#include <concepts>

#include "lucid/ops/broadcast.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/reduce.h"

namespace lucid::ops {

const char* name(UnaryFunction op) noexcept {
  static constexpr const char* names[] = {"expm1", "log1p", "log2",  "log10",   "tan", "asin",
                                          "acos",  "atan",  "sinh",  "cosh",    "erf", "erfc",
                                          "floor", "ceil",  "round", "softplus"};
  return names[static_cast<size_t>(op)];
}

const char* name(BinaryFunction op) noexcept {
  static constexpr const char* names[] = {"pow", "atan2", "fmod", "remainder"};
  return names[static_cast<size_t>(op)];
}

DType result_type(UnaryFunction op, DType dtype) {
  const bool keeps_integers =
      op == UnaryFunction::floor || op == UnaryFunction::ceil || op == UnaryFunction::round;
  if (keeps_integers) require_numbers(name(op), dtype, "convert it with to()");
  return is_floating_point(dtype) || keeps_integers ? dtype : float32;
}

DType result_type(BinaryFunction op, DType dtype) {
  if (op == BinaryFunction::atan2) return is_floating_point(dtype) ? dtype : float32;
  require_numbers(name(op), dtype, "convert one with to()");
  return dtype;
}

namespace {

// Pointers, so that there is one loop for all of them; what they call takes far longer than a call.
template <std::floating_point T>
using UnaryPointer = T (*)(T);

template <std::floating_point T>
UnaryPointer<T> function_of(UnaryFunction op) noexcept {
  static constexpr UnaryPointer<T> functions[] = {
      [](T x) { return std::expm1(x); },
      [](T x) { return std::log1p(x); },
      [](T x) { return std::log2(x); },
      [](T x) { return std::log10(x); },
      [](T x) { return std::tan(x); },
      [](T x) { return std::asin(x); },
      [](T x) { return std::acos(x); },
      [](T x) { return std::atan(x); },
      [](T x) { return std::sinh(x); },
      [](T x) { return std::cosh(x); },
      [](T x) { return std::erf(x); },
      [](T x) { return std::erfc(x); },
      [](T x) { return std::floor(x); },
      [](T x) { return std::ceil(x); },
      // Halves go to the even neighbour: nobody changes the rounding mode.
      [](T x) { return std::nearbyint(x); },
      [](T x) { return (x < 0 ? T{0} : x) + std::log1p(std::exp(-std::abs(x))); },
  };
  return functions[static_cast<size_t>(op)];
}

template <std::floating_point T>
T float_remainder(T a, T b) noexcept {
  const T rest = std::fmod(a, b);
  return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
}

template <std::floating_point T>
T compute(BinaryFunction op, T a, T b) noexcept {
  switch (op) {
    case BinaryFunction::pow:
      return std::pow(a, b);
    case BinaryFunction::atan2:
      return std::atan2(a, b);
    case BinaryFunction::fmod:
      return std::fmod(a, b);
    default:
      return float_remainder(a, b);
  }
}

// By squaring, wrapping around like every integer operation.
uint64_t power(uint64_t base, int64_t exponent) noexcept {
  uint64_t product = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if (exponent & 1) product *= base;
  }
  return product;
}

template <std::integral T>
T integer_pow(T base, T exponent) noexcept {
  // What is left of a fraction without its digits behind the point.
  if (exponent < 0) {
    if (base == 1) return 1;
    if (base != static_cast<T>(-1)) return 0;
    return exponent % 2 ? base : T{1};
  }
  return static_cast<T>(power(static_cast<uint64_t>(base), static_cast<int64_t>(exponent)));
}

template <std::integral T>
T compute(BinaryFunction op, T a, T b) noexcept {
  if constexpr (std::same_as<T, bool>) {
    return false;  // result_type() refuses it
  } else {
    if (op == BinaryFunction::pow) return integer_pow(a, b);
    // The least integer divided by -1 would trap.
    if (b == static_cast<T>(-1) && std::is_signed_v<T>) return 0;
    const T rest = static_cast<T>(a % b);
    const bool other_side = rest != 0 && (b < 0) != (rest < 0);
    return op == BinaryFunction::remainder && other_side ? static_cast<T>(rest + b) : rest;
  }
}

void require_no_zero(BinaryFunction op, const Tensor& a, const Tensor& b) {
  if (op == BinaryFunction::pow || is_floating_point(b.dtype()) || b.is_meta()) return;
  // Where the other operand is empty, nothing is divided.
  if (broadcast_shapes(name(op), a.shape(), b.shape()).numel() == 0) return;
  if (!all(b)) throw ValueError(message(name(op), ": integer division by zero"));
}

}  // namespace

Tensor apply(UnaryFunction op, const Tensor& x) {
  const DType dtype = result_type(op, x.dtype());
  if (!is_floating_point(dtype)) return clone(x);  // floor, ceil and round of integers
  Tensor result = allocate(x.shape(), dtype, x.device());
  if (result.is_meta() || x.numel() == 0) return result;
  const Tensor input = contiguous(to(x, dtype));
  visit_floating(dtype, [&]<class T>(Tag<T>) {
    map(x.numel(), input.data<T>(), result.data<T>(), function_of<T>(op));
  });
  return result;
}

Tensor apply(BinaryFunction op, const Tensor& a, const Tensor& b) {
  const DType dtype = result_type(op, promote(a, b));
  const Tensor x = to(a, dtype);
  const Tensor y = to(b, dtype);
  require_no_zero(op, x, y);
  const Shape shape = broadcast_shapes(name(op), a.shape(), b.shape());
  Tensor result = allocate(shape, dtype, common_device({&a, &b}));
  if (result.is_meta() || result.numel() == 0) return result;
  // Copies cost little beside these functions.
  const Tensor left = contiguous(expand(x, shape));
  const Tensor right = contiguous(expand(y, shape));
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    pairwise(shape.numel(), left.data<T>(), right.data<T>(), result.data<T>(),
             kernels::Operands::both_full, [op](T v, T w) { return compute(op, v, w); });
  });
  return result;
}

Tensor pow(const Tensor& x, Scalar exponent) {
  const DType dtype = exponent.promote(x.dtype());
  if (!is_floating_point(dtype) && exponent.to<int64_t>() < 0) {
    throw ValueError(message("pow: an integer tensor to the power of ", exponent.to<int64_t>(),
                             " is no integer; convert it with to(float32)"));
  }
  Tensor result = allocate(x.shape(), dtype, x.device());
  if (result.is_meta() || x.numel() == 0) return result;
  const Tensor input = contiguous(to(x, dtype));
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    if constexpr (std::floating_point<T>) {
      const T power = exponent.to<T>();
      map(x.numel(), input.data<T>(), result.data<T>(),
          [power](T v) { return std::pow(v, power); });
    } else {
      map(x.numel(), input.data<T>(), result.data<T>(), [n = exponent.to<int64_t>()](T v) {
        return static_cast<T>(power(static_cast<uint64_t>(v), n));
      });
    }
  });
  return result;
}

}  // namespace lucid::ops
