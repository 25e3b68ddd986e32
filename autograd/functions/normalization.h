// Normalisation over batches, layers, groups and instances.
#pragma once

#include <optional>

#include "lucid/tensor.h"

namespace lucid {

struct BatchNormOptions {
  bool training = false;  ///< normalise with the batch's own statistics and update the running ones
  double momentum = 0.1;  ///< weight of the batch in the running statistics
  double eps = 1e-5;      ///< added to the variance
};

/// (x - mean) / sqrt(variance + eps) * weight + bias for each channel of x (N, C) or (N, C, ...)
/// (Ioffe and Szegedy, 2015;
/// https://pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html).
///
/// weight, bias (C) may be undefined; so may the running statistics (C), which are written to in
/// training (the variance with Bessel's correction). Without them the batch's own are used.
/// @throws ValueError in training with a single value per channel, or if eps is not positive.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                  const Tensor& weight, const Tensor& bias, const BatchNormOptions& options = {});

/// (x - mean) / sqrt(variance + eps) * weight + bias, with the mean and the biased variance of the
/// last dimensions of x, which must have the sizes normalized_shape (Ba, Kiros and Hinton, 2016;
/// https://pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html).
/// weight and bias, of shape normalized_shape, may be undefined.
/// @throws ShapeError, DTypeError for arguments that do not fit; ValueError unless eps is positive.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);

/// The same with mean and variance of num_groups groups of channels of each example, x (N, C, ...);
/// weight and bias (C) scale and shift channels (Wu and He, 2018;
/// https://pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html).
/// @throws ValueError unless num_groups divides C, or if every group of a batch of one is a single
/// value.
Tensor group_norm(const Tensor& x, int64_t num_groups, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);

/// x / sqrt(mean(x^2) + eps) * weight, with the mean over the last dimensions of x, which must have
/// the sizes normalized_shape (Zhang and Sennrich, 2019;
/// https://pytorch.org/docs/stable/generated/torch.nn.functional.rms_norm.html). weight, of shape
/// normalized_shape, may be undefined. Without eps it is the distance of 1 to the next number of
/// x's type.
/// @throws ShapeError, DTypeError for arguments that do not fit; ValueError unless eps is positive.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                std::optional<double> eps = std::nullopt);

/// x / (k + alpha * mean)^beta for x (N, C, ...), with the mean of the squares of `size`
/// neighbouring channels, those beyond the first and last being 0 (Krizhevsky, Sutskever and
/// Hinton, 2012; https://pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html).
/// @throws ShapeError for less than three dimensions; ValueError unless size is positive.
Tensor local_response_norm(const Tensor& x, int64_t size, double alpha = 1e-4, double beta = 0.75,
                           double k = 1);

struct InstanceNormOptions {
  bool use_input_stats = true;  ///< else normalise with the running statistics
  double momentum = 0.1;        ///< weight of the batch in the running statistics
  double eps = 1e-5;            ///< added to the variance
};

/// The same with mean and variance of each channel of each example, x (N, C, ...); all others are
/// (C) or undefined (Ulyanov, Vedaldi and Lempitsky, 2016;
/// https://pytorch.org/docs/stable/generated/torch.nn.functional.instance_norm.html).
///
/// Running statistics are updated with the input's, averaged over the batch (the variances with
/// Bessel's correction); without use_input_stats they are needed, and not written to.
/// @throws ValueError with use_input_stats and a single value per channel, or without them and
/// without running statistics.
Tensor instance_norm(const Tensor& x, const Tensor& running_mean = {},
                     const Tensor& running_var = {}, const Tensor& weight = {},
                     const Tensor& bias = {}, const InstanceNormOptions& options = {});

}  // namespace lucid
