// Batch normalisation over the channels (dimension 1) of (N, C) or (N, C, ...).
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// Mean and biased variance of each channel.
struct Moments {
  Tensor mean, variance;
};
Moments channel_moments(const Tensor& x);

/// (x - mean) * scale + shift, each of shape (C); with `relu` the relu of that.
Tensor channel_affine(const Tensor& x, const Tensor& mean, const Tensor& scale, const Tensor& shift,
                      bool relu = false);

/// The gradients of y = (x - mean) * inverse_deviation * weight + bias with respect to x, weight
/// and bias; with `batch_statistics` mean and deviation count as functions of x.
struct BatchNormGradients {
  Tensor x, weight, bias;
};
/// @param shift undefined, or the one that channel_affine was called with for the relu of y: then
/// grad is the gradient of that
BatchNormGradients batch_norm_backward(const Tensor& grad, const Tensor& x, const Tensor& mean,
                                       const Tensor& inverse_deviation, const Tensor& weight,
                                       bool batch_statistics, const Tensor& shift = {});

/// relu_backward() of pointwise.h and, of each channel of its result x, the sum: the gradient of a
/// bias that was added before the relu.
struct ReluGradients {
  Tensor x, channel_sums;
};
ReluGradients relu_backward_sums(const Tensor& grad, const Tensor& output, bool overwrite = false);

}  // namespace lucid::ops
