// Denormal numbers never slow a kernel down: those that compute take them for zero.
#pragma once

#include "lucid/float_control.h"
#include "lucid/kernels/shapes.h"

namespace lucid::kernels {

/// Whether a kernel computes anything. Those that only choose among their operands, or change a
/// sign, keep denormal numbers: they are as fast with them, and exact.
constexpr bool computes(Unary op) {
  return op != Unary::neg && op != Unary::abs && op != Unary::relu && op != Unary::sign;
}
constexpr bool computes(Binary op) {
  return op != Binary::maximum && op != Binary::minimum;
}

template <auto kernel>
struct Flushing;

template <class Result, class... Arguments, Result (*kernel)(Arguments...)>
struct Flushing<kernel> {
  static Result run(Arguments... arguments) {
    const detail::FlushDenormals scope;
    return kernel(arguments...);
  }
};

/// The kernel inside of a scope that flushes denormal numbers to zero, if `flushes`.
template <auto kernel, bool flushes = true>
constexpr auto flushing() {
  if constexpr (flushes) {
    return &Flushing<kernel>::run;
  } else {
    return kernel;
  }
}

}  // namespace lucid::kernels
