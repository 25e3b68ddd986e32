// The methods of Tensor beside the functions of the same name, each with inputs to try.
#pragma once

#include <vector>

#include "tests/autograd/cases.h"

namespace lucid::test {

/// Arguments that are not differentiated are written out in the calls.
struct Method {
  using Call = Tensor (*)(const Tensor& x, const Tensor& y, const Tensor& z);
  const char* signature;  ///< without "Tensor."
  Tensors inputs;         ///< x, y and z as far as there are any
  Call method;            ///< of an in-place method: writes to x and returns it
  Call function;
};

std::vector<Method> in_place_methods();

}  // namespace lucid::test
