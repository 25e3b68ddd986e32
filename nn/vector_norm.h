// Internal: lengths of vectors, as losses and normalize() measure them.
#pragma once

#include "lucid/tensor.h"

namespace lucid::nn {

/// (sum of |x|^p)^(1/p) along a dimension; p may be infinite. The gradient of a zero vector's is
/// 0. PyTorch's torch.linalg.vector_norm.
Tensor vector_norm(const Tensor& x, double p, int64_t dim, bool keepdim);

}  // namespace lucid::nn
