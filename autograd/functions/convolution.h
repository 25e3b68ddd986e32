// Convolution in one, two or three dimensions and its two gradients, each differentiable in turn.
#pragma once

#include "lucid/ops/conv_geometry.h"
#include "lucid/tensor.h"

namespace lucid {

/// The cross-correlation of x (N, C, L), (N, C, H, W) or (N, C, D, H, W) with weight
/// (K, C / groups, ...), plus bias (K), which may be undefined: (N, K, ...) with
/// floor((size + pad_low + pad_high - dilation * (kernel - 1) - 1) / stride + 1) in each dimension
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html).
/// nn::functional::conv1d, conv2d and conv3d are the forms with PyTorch's arguments.
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit each other.
Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias,
            const ConvGeometry& geometry);

/// The gradient of conv with respect to x, of shape x_shape: the transposed convolution of grad.
Tensor conv_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                           const ConvGeometry& geometry);

/// The gradient of conv with respect to weight, of shape weight_shape.
Tensor conv_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                            const ConvGeometry& geometry);

}  // namespace lucid
