// Pooling in one, two or three dimensions over (N, C, L), (N, C, H, W) or (N, C, D, H, W).
// nn::functional has the forms with PyTorch's arguments.
#pragma once

#include "lucid/ops/pool.h"
#include "lucid/tensor.h"

namespace lucid {

/// The greatest value of each window
/// (https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html) and its position in the
/// flattened spatial dimensions of the input (int64), -1 for a window wholly in the padding. The
/// gradient goes there.
/// @throws ShapeError, ValueError for a geometry that does not fit x; DTypeError unless x is
/// floating-point. So for all below.
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, const Pool1dGeometry& geometry);
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const Pool2dGeometry& geometry);
ValuesAndIndices max_pool3d_with_indices(const Tensor& x, const Pool3dGeometry& geometry);
Tensor max_pool1d(const Tensor& x, const Pool1dGeometry& geometry);
Tensor max_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
Tensor max_pool3d(const Tensor& x, const Pool3dGeometry& geometry);

/// The mean of each window (https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
Tensor avg_pool1d(const Tensor& x, const Pool1dGeometry& geometry);
Tensor avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
Tensor avg_pool3d(const Tensor& x, const Pool3dGeometry& geometry);

/// Means over windows that divide the input into as many parts as there are outputs, from
/// floor(i * in / out) to ceil((i + 1) * in / out)
/// (https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html).
Tensor adaptive_avg_pool1d(const Tensor& x, int64_t out_length);
Tensor adaptive_avg_pool2d(const Tensor& x, int64_t out_height, int64_t out_width);
Tensor adaptive_avg_pool3d(const Tensor& x, int64_t out_depth, int64_t out_height,
                           int64_t out_width);

/// Maxima over the same windows, with positions as for max_pool2d_with_indices
/// (https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html).
ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, int64_t out_length);
ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, int64_t out_height,
                                                  int64_t out_width);
ValuesAndIndices adaptive_max_pool3d_with_indices(const Tensor& x, int64_t out_depth,
                                                  int64_t out_height, int64_t out_width);

}  // namespace lucid
