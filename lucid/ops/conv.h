// Convolution (cross-correlation, as in every deep-learning framework) in one, two or three
// dimensions and its two gradients, each an operation of its own.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// Everything about a convolution that is not a tensor. Entry i is for the i-th spatial dimension;
/// only as many entries count as there are spatial dimensions.
struct ConvGeometry {
  int64_t stride[3] = {1, 1, 1};
  int64_t pad_low[3] = {0, 0, 0};  ///< zeros before the first element: front, top, left
  /// Zeros after the last element. If negative, so many elements at the end are seen by no window
  /// (a transposed convolution has such, if its output_padding exceeds its padding).
  int64_t pad_high[3] = {0, 0, 0};
  int64_t dilation[3] = {1, 1, 1};
  int64_t groups = 1;
};

}  // namespace lucid

namespace lucid::ops {

/// What errors and the tape call the three operations: "conv2d" for x of shape (N, C, H, W) and so
/// on.
struct ConvNames {
  const char *forward, *input_gradient, *weight_gradient;
};
ConvNames conv_names(const Shape& x_shape) noexcept;
/// "L", "H, W" or "D, H, W" for errors about shapes with 1, 2 or 3 spatial dimensions.
const char* spatial_dims(size_t rank) noexcept;

/// x (N, C, L), (N, C, H, W) or (N, C, D, H, W); weight (K, C / groups, ...) with as many kernel
/// sizes; bias (K) or undefined; gives (N, K, ...).
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit.
Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias,
            const ConvGeometry& geometry);
/// The gradient with respect to x, of shape x_shape.
Tensor conv_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                           const ConvGeometry& geometry);
/// The gradient with respect to weight, of shape weight_shape.
Tensor conv_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                            const ConvGeometry& geometry);

}  // namespace lucid::ops
