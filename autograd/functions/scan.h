// Sums and products that run along a dimension, and the product itself, whose gradient is one of
// them (https://pytorch.org/docs/stable/generated/torch.cumprod.html). Integers and bools give
// int64. Gradients are exact at zeros too, since nothing is divided.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// The sum of all elements of a dimension up to each one. @throws IndexError
Tensor cumsum(const Tensor& x, int64_t dim);
/// The product of all elements of a dimension up to each one. @throws IndexError
Tensor cumprod(const Tensor& x, int64_t dim);
/// The product over dimensions; no dimension named means all of them, and keepdim leaves them
/// behind with size 1 (https://pytorch.org/docs/stable/generated/torch.prod.html). Of nothing it
/// is 1.
Tensor prod(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// y[k] = factors[k] * y[k - 1] + terms[k] along a dimension, with y[-1] = 0; with `reverse` from
/// the end, y[k] = factors[k] * y[k + 1] + terms[k]. Gradients of running products are of this kind
/// (Blelloch, 1990, "Prefix sums and their applications", section 1.4).
/// @throws ShapeError, DTypeError unless both are floating-point, of one shape and type.
Tensor linear_recurrence(const Tensor& factors, const Tensor& terms, int64_t dim,
                         bool reverse = false);

}  // namespace lucid
