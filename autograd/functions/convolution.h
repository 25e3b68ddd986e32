// Convolution in two dimensions and its two gradients, each differentiable in turn.
#pragma once

#include "lucid/ops/conv.h"
#include "lucid/tensor.h"

namespace lucid {

/// The cross-correlation of x (N, C, H, W) with weight (K, C / groups, R, S), plus bias (K), which
/// may be undefined: (N, K, P, Q) with P = floor((H + pad - dilation * (R - 1) - 1) / stride + 1)
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html).
/// nn::functional::conv2d is the form with PyTorch's arguments.
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit each other.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dGeometry& geometry);

/// The gradient of conv2d with respect to x (a transposed convolution), of shape x_shape.
Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                             const Conv2dGeometry& geometry);

/// The gradient of conv2d with respect to weight, of shape weight_shape.
Tensor conv2d_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                              const Conv2dGeometry& geometry);

}  // namespace lucid
