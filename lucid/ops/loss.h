// What losses need logarithms near 1 for, element by element.
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// -(target * log(x) + (1 - target) * log(1 - x)) with logarithms of at least -100.
/// @throws ValueError for an x outside of [0, 1]; ShapeError, DTypeError unless target has x's
/// shape and type.
Tensor binary_cross_entropy(const Tensor& x, const Tensor& target);

}  // namespace lucid::ops
