// The layers' computations as functions, with PyTorch's arguments
// (https://pytorch.org/docs/stable/nn.functional.html).
#pragma once

#include "autograd/functions/activation.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/normalization.h"
#include "lucid/tensor.h"
#include "nn/geometry.h"

namespace lucid::nn::functional {

using lucid::batch_norm;
using lucid::dropout;
using lucid::linear;
using lucid::log_softmax;
using lucid::relu;
using lucid::sigmoid;
using lucid::softmax;
using lucid::tanh;

struct Conv2dFunctionOptions {
  Size2d stride = 1;
  Padding2d padding = 0;
  Size2d dilation = 1;
  int64_t groups = 1;
};

/// Convolution of x (N, C, H, W) or (C, H, W) with weight (K, C / groups, R, S) and bias (K) or
/// undefined. "same" padding demands stride 1 and pads an even kernel one more on the high side.
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dFunctionOptions& options = {});

struct MaxPool2dFunctionOptions {
  OptionalSize2d stride = std::nullopt;  ///< the kernel size unless given
  Size2d padding = 0;                    ///< at most half of the kernel size
  Size2d dilation = 1;
  bool ceil_mode = false;
};

/// Maxima over windows of x (N, C, H, W) or (C, H, W).
Tensor max_pool2d(const Tensor& x, Size2d kernel_size,
                  const MaxPool2dFunctionOptions& options = {});

struct AvgPool2dFunctionOptions {
  OptionalSize2d stride = std::nullopt;  ///< the kernel size unless given
  Size2d padding = 0;                    ///< at most half of the kernel size
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< padding counts in the divisor
};

/// Means over windows of x (N, C, H, W) or (C, H, W).
Tensor avg_pool2d(const Tensor& x, Size2d kernel_size,
                  const AvgPool2dFunctionOptions& options = {});

/// Means over windows that divide the image into output_size.
Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size);

/// How much to add at each edge of the last two dimensions.
struct PadSizes {
  int64_t left = 0, right = 0, top = 0, bottom = 0;
};

/// Padding of (..., H, W) with zeros or by the image itself.
/// @throws ValueError if a size is negative, or exceeds what the mode allows: reflect less than the
/// image, circular at most the image.
Tensor pad(const Tensor& x, const PadSizes& sizes, PaddingMode mode = PaddingMode::zeros);

enum class Reduction : uint8_t { none, mean, sum };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

/// The negative log likelihood of target classes: -input[n, target[n]] for log-probabilities
/// (N, C) and classes (N), or (N, C, d1, ...) and (N, d1, ...), or (C) and a scalar.
/// @throws IndexError for a class outside of [0, C); DTypeError unless target is int64.
Tensor nll_loss(const Tensor& input, const Tensor& target, const LossOptions& options = {});
/// nll_loss of log_softmax over the classes: input holds unnormalised scores.
Tensor cross_entropy(const Tensor& input, const Tensor& target, const LossOptions& options = {});
/// (input - target)^2. @throws ShapeError unless both have one shape.
Tensor mse_loss(const Tensor& input, const Tensor& target, const LossOptions& options = {});

}  // namespace lucid::nn::functional
