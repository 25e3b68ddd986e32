// The 2-d kernels of the convolution on tensors whose memory is what the shape says: nothing is
// checked here, and the tensors' own shapes are not looked at.
#pragma once

#include "lucid/conv_mode.h"
#include "lucid/kernels/shapes.h"
#include "lucid/tensor.h"

namespace lucid::ops {

/// All tensors are contiguous, of one floating-point type and not meta; bias may be undefined. With
/// shape.prepared the algorithm is the one that the weights were prepared for.
void conv_planes(const kernels::Conv2dShape& shape, ConvMode mode, const Tensor& x,
                 const Tensor& weight, const Tensor& bias, const Tensor& result);
void conv_planes_input_gradient(const kernels::Conv2dShape& shape, ConvMode mode,
                                const Tensor& grad, const Tensor& weight, const Tensor& result);
void conv_planes_weight_gradient(const kernels::Conv2dShape& shape, ConvMode mode,
                                 const Tensor& grad, const Tensor& x, const Tensor& result);

}  // namespace lucid::ops
