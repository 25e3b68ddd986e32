// Sums, extremes and statistics over dimensions
// (https://pytorch.org/docs/stable/torch.html#reduction-ops). No dimension named means all of them;
// keepdim leaves them behind with size 1. prod() is in scan.h.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// Integers and bools are summed as int64.
Tensor sum(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// Floating-point only.
Tensor mean(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// The variance with Bessel's correction: divided by n - correction. Floating-point only.
Tensor var(const Tensor& x, const Dims& dims = {}, int64_t correction = 1, bool keepdim = false);
/// Its root, the standard deviation; where that is 0, so is the gradient
/// (https://pytorch.org/docs/stable/generated/torch.std.html).
Tensor std(const Tensor& x, const Dims& dims = {}, int64_t correction = 1, bool keepdim = false);

/// (sum |x|^p)^(1/p); the number of elements that are not zero for p = 0, the greatest (least) |x|
/// for p = inf (-inf) (https://pytorch.org/docs/stable/generated/torch.norm.html). The gradient at
/// 0 is 0. Floating-point only.
Tensor norm(const Tensor& x, double p = 2, const Dims& dims = {}, bool keepdim = false);
/// log(sum(exp(x))), computed without overflow
/// (https://pytorch.org/docs/stable/generated/torch.logsumexp.html). Integers give float32.
Tensor logsumexp(const Tensor& x, const Dims& dims = {}, bool keepdim = false);

/// The greatest (least) value; a NaN wins. Equal ones share the gradient
/// (https://pytorch.org/docs/stable/generated/torch.amax.html).
/// @throws ShapeError if there is none.
Tensor amax(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor amin(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// The greatest value of all, as amax(), or along a dimension together with where it first occurs;
/// then the gradient goes there alone. @throws ShapeError if there is none.
Tensor max(const Tensor& x);
ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim = false);
Tensor min(const Tensor& x);
ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim = false);
/// The position of the first greatest (least) value, int64; without dim in the flattened tensor.
Tensor argmax(const Tensor& x);
Tensor argmax(const Tensor& x, int64_t dim, bool keepdim = false);
Tensor argmin(const Tensor& x);
Tensor argmin(const Tensor& x, int64_t dim, bool keepdim = false);

/// Whether every (any) element is not zero: bool tensors. all(x) and any(x) in arithmetic.h give a
/// bool of the whole.
Tensor all(const Tensor& x, const Dims& dims, bool keepdim = false);
Tensor any(const Tensor& x, const Dims& dims, bool keepdim = false);

}  // namespace lucid
