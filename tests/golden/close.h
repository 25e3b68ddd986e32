// Comparing with what PyTorch computed.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::test {

/// The greatest error allowed, relative to the root of the mean square of the expected tensor.
inline double tolerance(DType dtype) {
  // Both sides compute in float64, in different orders: sums of some hundred terms, then 1e-14 or
  // so.
  if (dtype == float64) return 1e-10;
  // lucid computes in float32, 6e-8 a step, from inputs that float32 holds exactly.
  return 1e-5;
}

inline double relative_error(const Tensor& actual, const Tensor& expected) {
  const std::vector<double> a = actual.to_vector<double>();
  const std::vector<double> e = expected.to_vector<double>();
  double squares = 0;
  double greatest = 0;
  size_t finite = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    if (!std::isfinite(e[i])) {
      const bool same = a[i] == e[i] || (std::isnan(a[i]) && std::isnan(e[i]));
      if (!same) return INFINITY;
      continue;
    }
    squares += e[i] * e[i];
    ++finite;
    if (!std::isfinite(a[i])) return INFINITY;
    greatest = std::max(greatest, std::abs(a[i] - e[i]));
  }
  // A tensor of zeros must be met exactly.
  if (squares == 0) return greatest == 0 ? 0 : INFINITY;
  return greatest / std::sqrt(squares / static_cast<double>(finite));
}

inline void check_close(const Tensor& actual, const Tensor& expected, DType dtype) {
  REQUIRE(actual.defined());
  REQUIRE(actual.shape() == expected.shape());
  CHECK(actual.dtype() == dtype);
  CHECK(relative_error(actual, expected) <= tolerance(dtype));
}

}  // namespace lucid::test
