// Losses of single elements, whose gradients are better than those of their parts.
// nn::functional has them with weights and reductions.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// -(target * log(x) + (1 - target) * log(1 - x)), with logarithms of at least -100
/// (https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html). The gradient is that without
/// the limit, divided by at least 1e-12.
/// @throws ValueError for an x outside of [0, 1]; ShapeError, DTypeError unless target has x's
/// shape and type.
Tensor binary_cross_entropy(const Tensor& x, const Tensor& target);

}  // namespace lucid
