// Convolution (cross-correlation, as in every deep-learning framework) in one, two or three
// dimensions and its two gradients, each an operation of its own.
#pragma once

#include "lucid/ops/conv_geometry.h"
#include "lucid/tensor.h"

namespace lucid::ops {

/// What errors and the tape call the operations: "conv2d" for x of shape (N, C, H, W) and so on.
struct ConvNames {
  const char *forward, *input_gradient, *weight_gradient, *forward_relu;
};
ConvNames conv_names(const Shape& x_shape) noexcept;
/// "L", "H, W" or "D, H, W" for errors about shapes with 1, 2 or 3 spatial dimensions.
const char* spatial_dims(size_t rank) noexcept;

/// x (N, C, L), (N, C, H, W) or (N, C, D, H, W); weight (K, C / groups, ...) with as many kernel
/// sizes; bias (K) or undefined; gives (N, K, ...).
/// @param relu the relu of all that, in the same pass
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit.
Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvGeometry& geometry,
            bool relu = false);
/// The gradient with respect to x, of shape x_shape.
Tensor conv_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                           const ConvGeometry& geometry);
/// The gradient with respect to weight, of shape weight_shape.
Tensor conv_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                            const ConvGeometry& geometry);

}  // namespace lucid::ops
