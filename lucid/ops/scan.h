// Running along a dimension: every result is made of the one before and the next element. Sums and
// products are kept in float64 on the way, of integers and bools in int64.
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// The sums of all elements up to each one, or with `reverse` from each one on.
Tensor cumsum(const Tensor& x, int64_t dim, bool reverse = false);
Tensor cumprod(const Tensor& x, int64_t dim);
/// The products along the last dimension, which disappears.
Tensor prod(const Tensor& x);
/// y[k] = factors[k] * y[k - 1] + terms[k] along dim, with y[-1] = 0; with `reverse` from the end.
/// @throws ShapeError, DTypeError unless both are floating-point and alike.
Tensor linear_recurrence(const Tensor& factors, const Tensor& terms, int64_t dim, bool reverse);

}  // namespace lucid::ops
