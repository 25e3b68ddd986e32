// Pooling in two dimensions over (N, C, H, W).
#pragma once

#include "lucid/ops/pool.h"
#include "lucid/tensor.h"

namespace lucid {

/// The greatest value of each window
/// (https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html) and its position, row *
/// width + column, in the input plane (int64). The gradient goes there.
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const Pool2dGeometry& geometry);
Tensor max_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
/// The mean of each window (https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
Tensor avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
/// Means over windows that divide the plane into out_height x out_width
/// (https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html).
Tensor adaptive_avg_pool2d(const Tensor& x, int64_t out_height, int64_t out_width);

}  // namespace lucid
