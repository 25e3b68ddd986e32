// Sums and extremes over dimensions (https://pytorch.org/docs/stable/torch.html#reduction-ops).
// No dimension named means all of them; keepdim leaves them behind with size 1.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// Integers and bools are summed as int64.
Tensor sum(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// Floating-point only.
Tensor mean(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// The variance with Bessel's correction: divided by n - correction.
Tensor var(const Tensor& x, const Dims& dims = {}, int64_t correction = 1, bool keepdim = false);

/// The greatest value of all, or along a dimension together with where it first occurs; the
/// gradient goes there. @throws ShapeError if there is none.
Tensor max(const Tensor& x);
ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim = false);
Tensor min(const Tensor& x);
ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim = false);
/// The position of the first greatest (least) value, int64; without dim in the flattened tensor.
Tensor argmax(const Tensor& x);
Tensor argmax(const Tensor& x, int64_t dim, bool keepdim = false);
Tensor argmin(const Tensor& x);
Tensor argmin(const Tensor& x, int64_t dim, bool keepdim = false);

}  // namespace lucid
