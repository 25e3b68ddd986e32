// Two-dimensional convolution (cross-correlation, as in every deep-learning framework) and its two
// gradients, each an operation of its own.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// Everything about a convolution that is not a tensor. Zero padding may differ between the sides.
struct Conv2dGeometry {
  int64_t stride[2] = {1, 1};
  int64_t pad_low[2] = {0, 0};   ///< top, left
  int64_t pad_high[2] = {0, 0};  ///< bottom, right
  int64_t dilation[2] = {1, 1};
  int64_t groups = 1;
};

}  // namespace lucid

namespace lucid::ops {

/// x (N, C, H, W), weight (K, C / groups, R, S), bias (K) or undefined; gives (N, K, P, Q).
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dGeometry& geometry);
/// The gradient with respect to x, of shape x_shape.
Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                             const Conv2dGeometry& geometry);
/// The gradient with respect to weight, of shape weight_shape.
Tensor conv2d_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                              const Conv2dGeometry& geometry);

}  // namespace lucid::ops
