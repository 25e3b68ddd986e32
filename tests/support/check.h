// Comparing tensors and expecting errors. Both helpers return "" or what is wrong, so that doctest
// shows it at the line of the check: CHECK(mismatch(x, {2}, {1, 2}) == "").
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <string>
#include <typeinfo>
#include <vector>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/tensor.h"

namespace lucid::test {

/// What differs between a tensor and the shape and values expected of it; NaN equals NaN.
inline std::string mismatch(const Tensor& got, const Shape& shape,
                            const std::vector<double>& values, double tolerance = 0) {
  if (got.shape() != shape) return "shape " + got.shape().str() + ", expected " + shape.str();
  const std::vector<double> found = got.to_vector<double>();
  if (found.size() != values.size()) return "the test expects the wrong number of values";
  for (size_t i = 0; i < values.size(); ++i) {
    if (found[i] == values[i] || (std::isnan(found[i]) && std::isnan(values[i]))) continue;
    if (std::abs(found[i] - values[i]) <= tolerance) continue;
    return "element " + std::to_string(i) + " is " + std::to_string(found[i]) + ", expected " +
           std::to_string(values[i]) + " in " + got.str();
  }
  return "";
}

/// The same with a dtype.
inline std::string mismatch(const Tensor& got, DType dtype, const Shape& shape,
                            const std::vector<double>& values, double tolerance = 0) {
  if (got.dtype() != dtype) return std::string("dtype ") + name(got.dtype());
  return mismatch(got, shape, values, tolerance);
}

/// What is wrong with the error of `function`: it must be an E, not of a class derived from it, and
/// its message must contain all the parts.
template <class E, class F>
std::string wrong_error(F&& function, std::initializer_list<const char*> parts) {
  try {
    function();
  } catch (const Error& error) {
    const std::string message = error.what();
    if (typeid(error) != typeid(E)) return "another class of error: " + message;
    for (const char* part : parts) {
      if (message.find(part) == std::string::npos)
        return "no \"" + std::string(part) + "\" in: " + message;
    }
    return "";
  }
  return "nothing was thrown";
}

/// Numbers that look random and are the same in every run: multiples of 1/64 in [-1, 1].
inline Tensor pattern(const Shape& shape, DType dtype = float64, uint64_t seed = 1) {
  std::vector<double> values(static_cast<size_t>(shape.numel()));
  uint64_t state = seed * 0x9E3779B97F4A7C15u;
  for (double& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<double>(static_cast<int64_t>(state >> 33) % 129 - 64) / 64;
  }
  return tensor(values).to(dtype).reshape(shape);
}

/// 0, 1, 2, ... in the given shape.
inline Tensor counting(const Shape& shape, DType dtype = float64) {
  return arange(shape.numel(), {.dtype = dtype}).reshape(shape);
}

}  // namespace lucid::test
