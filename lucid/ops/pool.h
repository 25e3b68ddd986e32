// Two-dimensional pooling over (N, C, H, W).
#pragma once

#include "lucid/tensor.h"

namespace lucid {

struct Pool2dGeometry {
  int64_t kernel[2] = {1, 1};
  int64_t stride[2] = {1, 1};
  int64_t padding[2] = {0, 0};
  int64_t dilation[2] = {1, 1};  ///< maximum pooling only
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< average pooling only
};

}  // namespace lucid

namespace lucid::ops {

/// The maxima and their positions (row * width + column) in each input plane.
ValuesAndIndices max_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
/// Each value of grad added at its index, in a tensor of x_shape.
Tensor max_pool2d_backward(const Tensor& grad, const Tensor& indices, const Shape& x_shape);
Tensor avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
Tensor avg_pool2d_backward(const Tensor& grad, const Shape& x_shape,
                           const Pool2dGeometry& geometry);
Tensor adaptive_avg_pool2d(const Tensor& x, int64_t out_height, int64_t out_width);
Tensor adaptive_avg_pool2d_backward(const Tensor& grad, const Shape& x_shape);

}  // namespace lucid::ops
