// Convolution in three dimensions by way of two: unfolding the depth makes every output depth an
// image, whose channels are the (channel, depth of the kernel) pairs. Depths outside of the input
// are left out, so that padding and dilation cost neither memory nor work.
#pragma once

#include "lucid/ops/conv_sizes.h"

namespace lucid::ops {

/// All tensors are contiguous, of one floating-point type and not meta, in shapes that fit `sizes`;
/// bias may be undefined. Overwrites result.
void conv_depth(const ConvSizes& sizes, const Tensor& x, const Tensor& weight, const Tensor& bias,
                bool relu, const Tensor& result);
void conv_depth_input_gradient(const ConvSizes& sizes, const Tensor& grad, const Tensor& weight,
                               const Tensor& result);
void conv_depth_weight_gradient(const ConvSizes& sizes, const Tensor& grad, const Tensor& x,
                                const Tensor& result);

}  // namespace lucid::ops
