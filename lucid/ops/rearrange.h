// Values moved to other places along dimensions.
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// A copy with the named dimensions (none: none) in reverse order.
Tensor flip(const Tensor& x, const Dims& dims);
/// A copy with index i of a dimension moved to i + shift, modulo its size.
Tensor roll(const Tensor& x, const Shape& shifts, const Dims& dims);
/// A copy with zeros where column - row > diagonal (tril), or < diagonal (triu).
Tensor tril(const Tensor& x, int64_t diagonal);
Tensor triu(const Tensor& x, int64_t diagonal);

}  // namespace lucid::ops
