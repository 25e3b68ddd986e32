// Products of vectors, matrices and tensors.
#pragma once

#include <string_view>
#include <vector>

#include "lucid/tensor.h"

namespace lucid {

/// The matrix product by NumPy's rules: vectors, matrices, and stacks of matrices whose leading
/// dimensions broadcast (https://pytorch.org/docs/stable/generated/torch.matmul.html).
/// Both of one type; integers wrap around. @throws ShapeError if the inner sizes differ, DTypeError
/// for two types and for bools.
Tensor matmul(const Tensor& a, const Tensor& b);

/// The product of two matrices (https://pytorch.org/docs/stable/generated/torch.mm.html).
/// @throws ShapeError for anything else.
Tensor mm(const Tensor& a, const Tensor& b);
/// The products of two stacks of matrices, (B, n, m) and (B, m, p), without broadcasting
/// (https://pytorch.org/docs/stable/generated/torch.bmm.html). @throws ShapeError
Tensor bmm(const Tensor& a, const Tensor& b);
/// beta * x + alpha * (a times b), x of a shape that broadcasts to the product. With beta = 0 the
/// values of x do not count, not even NaN, and it gets no gradient
/// (https://pytorch.org/docs/stable/generated/torch.addmm.html). Integers take integers for both.
Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, Scalar beta = 1, Scalar alpha = 1);
/// out[i][j] = a[i] * b[j] (https://pytorch.org/docs/stable/generated/torch.outer.html).
/// @throws ShapeError unless both are vectors.
Tensor outer(const Tensor& a, const Tensor& b);
/// The sum of the products of two vectors of one length and type
/// (https://pytorch.org/docs/stable/generated/torch.dot.html).
Tensor dot(const Tensor& a, const Tensor& b);
/// Sums of products as an equation says them, such as "bij,bjk->bik"
/// (https://pytorch.org/docs/stable/generated/torch.einsum.html): a letter for each dimension, the
/// same where indices are the same, summed over unless named after the arrow; a letter twice in one
/// term is a diagonal, "..." any further dimensions, which broadcast. Without an arrow the result
/// has the ellipsis and the letters that occur once, in alphabetical order. Operands are multiplied
/// from left to right, as matrices of one type.
/// @throws ValueError for an equation that makes no sense, ShapeError for sizes that do not fit.
Tensor einsum(std::string_view equation, const std::vector<Tensor>& tensors);

/// x times the transpose of weight, plus bias: x (..., in), weight (out, in), bias (out) or
/// undefined; or weight (in) and a scalar as bias, which leave out the last dimension
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.linear.html). All of one type;
/// integers wrap around. @throws ShapeError for other shapes, DTypeError for bools.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace lucid
