// Matrix products.
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// NumPy's matmul: vectors, matrices, and stacks of matrices that broadcast. Of one type, not bool.
/// @param operation is named in errors.
Tensor matmul(const Tensor& a, const Tensor& b, const char* operation = "matmul");

/// x (N, in) times the transpose of weight (out, in), plus bias (out), which may be undefined.
/// @param relu the relu of all that, in the same pass
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, bool relu = false);

}  // namespace lucid::ops
