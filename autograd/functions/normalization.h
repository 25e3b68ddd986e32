// Batch normalisation and dropout.
#pragma once

#include "lucid/random.h"
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

/// Each element is zero with probability p, else divided by 1 - p
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html).
/// x itself if not training. @throws ValueError unless p lies in [0, 1].
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               Generator& generator = default_generator());

}  // namespace lucid
