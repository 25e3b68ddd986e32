// The layers' computations as functions, with PyTorch's arguments
// (https://pytorch.org/docs/stable/nn.functional.html).
#pragma once

#include <vector>

#include "autograd/functions/activation.h"
#include "autograd/functions/dropout.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/normalization.h"
#include "lucid/conv_mode.h"
#include "lucid/tensor.h"
#include "nn/functional_distance.h"
#include "nn/functional_image.h"
#include "nn/functional_loss.h"
#include "nn/functional_pool.h"
#include "nn/geometry.h"

namespace lucid::nn::functional {

using lucid::alpha_dropout;
using lucid::batch_norm;
using lucid::celu;
using lucid::dropout;
using lucid::dropout1d;
using lucid::dropout2d;
using lucid::dropout3d;
using lucid::elu;
using lucid::gelu;
using lucid::glu;
using lucid::group_norm;
using lucid::hardsigmoid;
using lucid::hardswish;
using lucid::hardtanh;
using lucid::instance_norm;
using lucid::layer_norm;
using lucid::leaky_relu;
using lucid::linear;
using lucid::local_response_norm;
using lucid::log_softmax;
using lucid::logsigmoid;
using lucid::mish;
using lucid::prelu;
using lucid::relu;
using lucid::relu6;
using lucid::rms_norm;
using lucid::selu;
using lucid::sigmoid;
using lucid::silu;
using lucid::softmax;
using lucid::softmin;
using lucid::softplus;
using lucid::softsign;
using lucid::tanh;
using lucid::threshold;

template <size_t Rank>
struct ConvFunctionOptions {
  Size<Rank> stride = 1;
  Padding<Rank> padding = 0;  ///< size, or "same" (stride 1 only), or "valid"
  Size<Rank> dilation = 1;
  int64_t groups = 1;
  std::optional<ConvMode> mode = std::nullopt;  ///< how exact: conv_mode() unless given
};
using Conv1dFunctionOptions = ConvFunctionOptions<1>;
using Conv2dFunctionOptions = ConvFunctionOptions<2>;
using Conv3dFunctionOptions = ConvFunctionOptions<3>;

/// Convolution of x (N, C, L), (N, C, H, W) or (N, C, D, H, W), or one example without N, with
/// weight (K, C / groups, ...) and bias (K) or undefined. "same" padding demands stride 1 and pads
/// an even kernel one more on the high side.
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv1dFunctionOptions& options = {});
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dFunctionOptions& options = {});
Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv3dFunctionOptions& options = {});

template <size_t Rank>
struct ConvTransposeFunctionOptions {
  Size<Rank> stride = 1;
  Size<Rank> padding = 0;         ///< taken off the output on both sides
  Size<Rank> output_padding = 0;  ///< added on the high side; less than stride or dilation
  int64_t groups = 1;
  Size<Rank> dilation = 1;
  std::optional<ConvMode> mode = std::nullopt;  ///< how exact: conv_mode() unless given
};
using ConvTranspose1dFunctionOptions = ConvTransposeFunctionOptions<1>;
using ConvTranspose2dFunctionOptions = ConvTransposeFunctionOptions<2>;
using ConvTranspose3dFunctionOptions = ConvTransposeFunctionOptions<3>;

/// Transposed convolution, the gradient of a convolution with respect to its input: x (N, C, ...)
/// or (C, ...) with weight (C, K / groups, ...) and bias (K) or undefined gives (N, K, ...) with
/// (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 in each
/// dimension (https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html).
/// @throws ShapeError, ValueError, DTypeError for arguments that do not fit.
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose1dFunctionOptions& options = {});
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dFunctionOptions& options = {});
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose3dFunctionOptions& options = {});

/// x with a value, or its own elements as the mode says, added at the edges of its last dimensions:
/// sizes are pairs, before and after, from the last dimension on, {left, right, top, bottom, ...}.
/// PaddingMode::zeros pads with `value`. A negative size cuts off as much
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html).
/// @throws ValueError if sizes cut off more than there is, or exceed what the mode allows: reflect
/// less than the size of the dimension, circular at most what is left of it; ShapeError for more
/// pairs than dimensions.
Tensor pad(const Tensor& x, const std::vector<int64_t>& sizes,
           PaddingMode mode = PaddingMode::zeros, Scalar value = 0);

}  // namespace lucid::nn::functional
