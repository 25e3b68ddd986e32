// Non-linearities.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// max(x, 0) (https://pytorch.org/docs/stable/generated/torch.nn.functional.relu.html).
Tensor relu(const Tensor& x);
/// 1 / (1 + exp(-x))
Tensor sigmoid(const Tensor& x);
/// exp(x) / sum(exp(x)) along a dimension, computed without overflow. Floating-point only.
Tensor softmax(const Tensor& x, int64_t dim);
/// log(softmax(x)), more exact than the logarithm of the result.
Tensor log_softmax(const Tensor& x, int64_t dim);

}  // namespace lucid
