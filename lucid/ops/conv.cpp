#include "lucid/ops/conv.h"

#include "lucid/ops/common.h"
#include "lucid/ops/conv_depth.h"
#include "lucid/ops/conv_planes.h"
#include "lucid/ops/conv_sizes.h"
#include "lucid/ops/copy.h"

namespace lucid::ops {

ConvNames conv_names(const Shape& x_shape) noexcept {
  switch (x_shape.size()) {
    case 3:
      return {"conv1d", "conv1d_input_gradient", "conv1d_weight_gradient", "conv1d_relu"};
    case 4:
      return {"conv2d", "conv2d_input_gradient", "conv2d_weight_gradient", "conv2d_relu"};
    case 5:
      return {"conv3d", "conv3d_input_gradient", "conv3d_weight_gradient", "conv3d_relu"};
    default:
      return {"conv", "conv_input_gradient", "conv_weight_gradient", "conv_relu"};
  }
}

const char* spatial_dims(size_t rank) noexcept {
  static constexpr const char* names[] = {"L", "H, W", "D, H, W"};
  return names[rank - 1];
}

Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvGeometry& geometry,
            bool relu) {
  require_defined("conv", "x", x);
  const char* const name = conv_names(x.shape()).forward;
  require_floating(name, "x", x);
  require_defined(name, "weight", weight);
  require_same_dtype(name, x, "x", weight, "weight");
  const ConvMode mode = geometry.effective_mode();
  const ConvSizes sizes = conv_sizes(name, x.shape(), weight.shape(), geometry);
  if (bias.defined()) {
    require_same_dtype(name, x, "x", bias, "bias");
    require_shape(name, "bias", bias, {sizes.out_channels});
  }
  Tensor result = allocate(sizes.output_shape(), x.dtype(), data_device(name, x, {&weight, &bias}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor input = contiguous(x);
  const Tensor filter = contiguous(weight);
  const Tensor offsets = bias.defined() ? contiguous(bias) : Tensor();
  if (sizes.rank == 3) {
    conv_depth(sizes, input, filter, offsets, relu, result);
  } else {
    kernels::Conv2dShape shape = sizes.planes();
    shape.relu = relu;
    conv_planes(shape, mode, input, filter, offsets, result);
  }
  return result;
}

Tensor conv_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                           const ConvGeometry& geometry) {
  const ConvNames names = conv_names(x_shape);
  require_floating(names.input_gradient, "grad", grad);
  require_defined(names.input_gradient, "weight", weight);
  require_same_dtype(names.input_gradient, grad, "grad", weight, "weight");
  const ConvMode mode = geometry.effective_mode();
  const ConvSizes sizes = conv_sizes(names.forward, x_shape, weight.shape(), geometry);
  require_shape(names.input_gradient, "grad", grad, sizes.output_shape());
  Tensor result = allocate(x_shape, grad.dtype(), common_device({&grad, &weight}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor outer = contiguous(grad);
  const Tensor filter = contiguous(weight);
  if (sizes.rank == 3) {
    conv_depth_input_gradient(sizes, outer, filter, result);
  } else {
    conv_planes_input_gradient(sizes.planes(), mode, outer, filter, result);
  }
  return result;
}

Tensor conv_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                            const ConvGeometry& geometry) {
  require_defined("conv_weight_gradient", "x", x);
  const ConvNames names = conv_names(x.shape());
  require_floating(names.weight_gradient, "grad", grad);
  require_same_dtype(names.weight_gradient, grad, "grad", x, "x");
  const ConvMode mode = geometry.effective_mode();
  const ConvSizes sizes = conv_sizes(names.forward, x.shape(), weight_shape, geometry);
  require_shape(names.weight_gradient, "grad", grad, sizes.output_shape());
  Tensor result = allocate(weight_shape, grad.dtype(), common_device({&grad, &x}));
  if (result.is_meta()) return result;
  if (x.numel() == 0) {
    fill(result, 0);
    return result;
  }
  const Tensor outer = contiguous(grad);
  const Tensor input = contiguous(x);
  if (sizes.rank == 3) {
    conv_depth_weight_gradient(sizes, outer, input, result);
  } else {
    conv_planes_weight_gradient(sizes.planes(), mode, outer, input, result);
  }
  return result;
}

}  // namespace lucid::ops
