// Matrix products.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// The matrix product by NumPy's rules: vectors, matrices, and stacks of matrices whose leading
/// dimensions broadcast (https://pytorch.org/docs/stable/generated/torch.matmul.html).
/// Both floating-point and of one type. @throws ShapeError if the inner sizes differ.
Tensor matmul(const Tensor& a, const Tensor& b);

/// x times the transpose of weight, plus bias: x (..., in), weight (out, in), bias (out) or
/// undefined (https://pytorch.org/docs/stable/generated/torch.nn.functional.linear.html).
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace lucid
