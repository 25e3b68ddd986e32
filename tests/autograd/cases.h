// Inputs to try, and functions of them whose gradients are checked.
#pragma once

#include <string>
#include <vector>

#include "autograd/functions/arithmetic.h"
#include "autograd/gradcheck.h"
#include "lucid/creation.h"

namespace lucid::test {

using Tensors = std::vector<Tensor>;

/// One function at one set of inputs.
struct GradientCase {
  std::string covers;  ///< the method: "Tensor.mul_(Tensor)"
  std::string what;    ///< what is special about the inputs
  Tensors inputs;
  autograd::Function function;
};

using GradientCases = std::vector<GradientCase>;

/// Standard normal float64 values that require a gradient, the same at every call.
inline Tensor normal(const Shape& shape, uint64_t seed = 1) {
  Generator generator(seed);
  return randn(shape, generator, {.dtype = float64, .requires_grad = true});
}

/// Values in [0.5, 2): for logarithms, roots and divisors.
inline Tensor positive(const Shape& shape, uint64_t seed = 1) {
  Generator generator(seed);
  const Tensor values = rand(shape, generator, {.dtype = float64}) * 1.5 + 0.5;
  return values.requires_grad_();
}

/// Values in random order that are all at least 0.1 apart and away from 0, so that no comparison
/// changes its outcome within a finite difference.
inline Tensor distinct(const Shape& shape, uint64_t seed = 1) {
  Generator generator(seed);
  const int64_t count = shape.numel();
  const Tensor order = randperm(count, generator).to(float64);
  return ((order - static_cast<double>(count / 2)) * 0.1 + 0.05).reshape(shape).requires_grad_();
}

}  // namespace lucid::test
