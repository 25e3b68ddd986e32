// Convolutions and transposed convolutions.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "lucid/ops/common.h"
#include "nn/batched.h"
#include "nn/conv_geometry.h"
#include "nn/functional.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

// The sizes of the kernel. @param channels what the first two dimensions of the weight are
template <size_t Rank>
Size<Rank> kernel_of(const char* operation, const Tensor& weight, const char* channels) {
  if (weight.dim() != static_cast<int64_t>(Rank) + 2) {
    throw ShapeError(message(operation, ": expected weight of shape (", channels, ", ",
                             ops::spatial_dims(Rank), "), got ", weight.shape()));
  }
  Size<Rank> kernel = 1;
  for (size_t i = 0; i < Rank; ++i) kernel[i] = weight.shape()[2 + i];
  return kernel;
}

template <size_t Rank>
Tensor convolve(const char* operation, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const ConvFunctionOptions<Rank>& options) {
  ops::require_defined(operation, "weight", weight);
  const auto kernel = kernel_of<Rank>(operation, weight, "out_channels, in_channels / groups");
  const ConvGeometry geometry = conv_geometry(operation, kernel, options.stride, options.padding,
                                              options.dilation, options.groups, options.mode);
  return batched<Rank>(operation, x, [&](const Tensor& images) {
    return lucid::conv(images, weight, bias, geometry);
  });
}

// y (N, K, ...) with bias (K) added.
Tensor with_bias(const char* operation, const Tensor& y, const Tensor& bias) {
  if (!bias.defined()) return y;
  ops::require_same_dtype(operation, y, "x", bias, "bias");
  ops::require_shape(operation, "bias", bias, {y.shape(1)});
  Shape shape = Shape::filled(y.shape().size(), 1);
  shape[1] = y.shape(1);
  return y + reshape(bias, shape);
}

template <size_t Rank>
Tensor convolve_transposed(const char* operation, const Tensor& x, const Tensor& weight,
                           const Tensor& bias, const ConvTransposeFunctionOptions<Rank>& options) {
  ops::require_floating(operation, "x", x);
  ops::require_defined(operation, "weight", weight);
  ops::require_same_dtype(operation, x, "x", weight, "weight");
  ops::data_device(operation, x, {&weight, &bias});
  const auto kernel = kernel_of<Rank>(operation, weight, "in_channels, out_channels / groups");
  const ConvGeometry geometry = conv_transpose_geometry(
      operation, kernel, options.stride, options.padding, options.output_padding, options.dilation,
      options.groups, options.mode);
  return batched<Rank>(operation, x, [&](const Tensor& images) {
    const Shape shape =
        conv_transpose_shape<Rank>(operation, images.shape(), weight.shape(), geometry);
    return with_bias(operation, lucid::conv_input_gradient(images, weight, shape, geometry), bias);
  });
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv1dFunctionOptions& options) {
  return convolve("conv1d", x, weight, bias, options);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dFunctionOptions& options) {
  return convolve("conv2d", x, weight, bias, options);
}

Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv3dFunctionOptions& options) {
  return convolve("conv3d", x, weight, bias, options);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose1dFunctionOptions& options) {
  return convolve_transposed("conv_transpose1d", x, weight, bias, options);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dFunctionOptions& options) {
  return convolve_transposed("conv_transpose2d", x, weight, bias, options);
}

Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose3dFunctionOptions& options) {
  return convolve_transposed("conv_transpose3d", x, weight, bias, options);
}

}  // namespace lucid::nn::functional
