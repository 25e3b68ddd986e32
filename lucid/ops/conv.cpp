#include "lucid/ops/conv.h"

#include "lucid/allocator.h"
#include "lucid/kernels/dispatch.h"
#include "lucid/kernels/shapes.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid::ops {
namespace {

using kernels::Conv2dShape;

// The number of windows that fit, checked against overflow and against there being none.
int64_t window_count(const char* axis, int64_t size, int64_t kernel, int64_t pad_low,
                     int64_t pad_high, int64_t stride, int64_t dilation) {
  int64_t span = 0;
  int64_t padded = 0;
  if (__builtin_mul_overflow(kernel - 1, dilation, &span) ||
      __builtin_add_overflow(size, pad_low, &padded) ||
      __builtin_add_overflow(padded, pad_high, &padded)) {
    throw ShapeError(message("conv2d: the padded ", axis, " does not fit 63 bits"));
  }
  if (padded <= span) {
    throw ShapeError(message("conv2d: the padded input ", axis, " ", padded,
                             " is smaller than the dilated kernel ", axis, " ", span + 1));
  }
  return (padded - span - 1) / stride + 1;
}

void check_geometry(const Conv2dGeometry& g) {
  for (int axis = 0; axis < 2; ++axis) {
    if (g.stride[axis] < 1 || g.dilation[axis] < 1) {
      throw ValueError(message("conv2d: expected stride and dilation >= 1, got stride (",
                               g.stride[0], ", ", g.stride[1], ") and dilation (", g.dilation[0],
                               ", ", g.dilation[1], ")"));
    }
    if (g.pad_low[axis] < 0 || g.pad_high[axis] < 0) {
      throw ValueError(message("conv2d: expected padding >= 0, got (", g.pad_low[0], ", ",
                               g.pad_low[1], ") and (", g.pad_high[0], ", ", g.pad_high[1], ")"));
    }
  }
  if (g.groups < 1) throw ValueError(message("conv2d: expected groups >= 1, got ", g.groups));
}

Conv2dShape describe(const Shape& x, const Shape& weight, const Conv2dGeometry& g) {
  check_geometry(g);
  if (x.size() != 4) {
    throw ShapeError(message("conv2d: expected x of shape (N, C, H, W), got ", x));
  }
  if (weight.size() != 4) {
    throw ShapeError(
        message("conv2d: expected weight of shape (out_channels, in_channels / groups, H, W), got ",
                weight));
  }
  if (weight[0] < 1 || weight[0] % g.groups != 0) {
    throw ShapeError(message("conv2d: groups ", g.groups, " does not divide the ", weight[0],
                             " output channels of weight ", weight));
  }
  if (weight[1] < 1 || x[1] != weight[1] * g.groups) {
    throw ShapeError(message("conv2d: weight ", weight, " with groups ", g.groups,
                             " expects x with ", weight[1] * g.groups, " channels, got ", x[1],
                             " in shape ", x));
  }
  if (weight[2] < 1 || weight[3] < 1) {
    throw ShapeError(message("conv2d: expected a kernel of at least 1 x 1, got weight ", weight));
  }
  Conv2dShape shape{};
  shape.batch = x[0];
  shape.in_channels = x[1];
  shape.in_height = x[2];
  shape.in_width = x[3];
  shape.out_channels = weight[0];
  shape.kernel_height = weight[2];
  shape.kernel_width = weight[3];
  shape.out_height = window_count("height", x[2], weight[2], g.pad_low[0], g.pad_high[0],
                                  g.stride[0], g.dilation[0]);
  shape.out_width = window_count("width", x[3], weight[3], g.pad_low[1], g.pad_high[1], g.stride[1],
                                 g.dilation[1]);
  shape.stride_h = g.stride[0];
  shape.stride_w = g.stride[1];
  shape.pad_top = g.pad_low[0];
  shape.pad_left = g.pad_low[1];
  shape.dilation_h = g.dilation[0];
  shape.dilation_w = g.dilation[1];
  shape.groups = g.groups;
  return shape;
}

// The vectorised kernels lay the padded image out in memory. With a dilation or padding far beyond
// the image that would be gigabytes of zeros; the scalar kernels step over what lies outside.
bool mostly_padding(const Conv2dShape& s) {
  const auto reach = [](int64_t out, int64_t stride, int64_t kernel, int64_t dilation) {
    return static_cast<double>(out) * static_cast<double>(stride) +
           static_cast<double>(kernel) * static_cast<double>(dilation);
  };
  const double padded = reach(s.out_height, s.stride_h, s.kernel_height, s.dilation_h) *
                        reach(s.out_width, s.stride_w, s.kernel_width, s.dilation_w);
  const double image = static_cast<double>(s.in_height) * static_cast<double>(s.in_width) +
                       static_cast<double>(s.out_height) * static_cast<double>(s.out_width);
  constexpr double tolerated = 64;
  constexpr double always_fine = 1 << 16;
  return padded > always_fine && padded > tolerated * image;
}

template <class T>
const kernels::KernelTable<T>& conv_table(const Conv2dShape& shape) {
  const auto& table = kernel_table<T>();  // also checks LUCID_ARCH
  return mostly_padding(shape) ? *kernels::find<T>("reference") : table;
}

Shape output_shape(const Conv2dShape& s) {
  return {s.batch, s.out_channels, s.out_height, s.out_width};
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dGeometry& geometry) {
  require_floating("conv2d", "x", x);
  require_same_dtype("conv2d", x, "x", weight, "weight");
  const Conv2dShape shape = describe(x.shape(), weight.shape(), geometry);
  if (bias.defined()) {
    require_same_dtype("conv2d", x, "x", bias, "bias");
    require_shape("conv2d", "bias", bias, {shape.out_channels});
  }
  Tensor result =
      allocate(output_shape(shape), x.dtype(), data_device("conv2d", x, {&weight, &bias}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor input = contiguous(x);
  const Tensor filter = contiguous(weight);
  const Tensor offsets = bias.defined() ? contiguous(bias) : Tensor();
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const detail::Scratch scratch(table.conv2d_forward_scratch(shape) *
                                  static_cast<int64_t>(sizeof(T)));
    table.conv2d_forward(shape, input.data<T>(), filter.data<T>(),
                         offsets.defined() ? offsets.data<T>() : nullptr, result.data<T>(),
                         scratch.as<T>());
  });
  return result;
}

Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                             const Conv2dGeometry& geometry) {
  require_floating("conv2d_input_gradient", "grad", grad);
  require_same_dtype("conv2d_input_gradient", grad, "grad", weight, "weight");
  const Conv2dShape shape = describe(x_shape, weight.shape(), geometry);
  require_shape("conv2d_input_gradient", "grad", grad, output_shape(shape));
  Tensor result = allocate(x_shape, grad.dtype(), common_device({&grad, &weight}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor outer = contiguous(grad);
  const Tensor filter = contiguous(weight);
  visit_floating(grad.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const detail::Scratch scratch(table.conv2d_input_gradient_scratch(shape) *
                                  static_cast<int64_t>(sizeof(T)));
    table.conv2d_input_gradient(shape, outer.data<T>(), filter.data<T>(), result.data<T>(),
                                scratch.as<T>());
  });
  return result;
}

Tensor conv2d_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                              const Conv2dGeometry& geometry) {
  require_floating("conv2d_weight_gradient", "grad", grad);
  require_same_dtype("conv2d_weight_gradient", grad, "grad", x, "x");
  const Conv2dShape shape = describe(x.shape(), weight_shape, geometry);
  require_shape("conv2d_weight_gradient", "grad", grad, output_shape(shape));
  Tensor result = allocate(weight_shape, grad.dtype(), common_device({&grad, &x}));
  if (result.is_meta()) return result;
  if (shape.batch == 0) {
    fill(result, 0);
    return result;
  }
  const Tensor outer = contiguous(grad);
  const Tensor input = contiguous(x);
  visit_floating(grad.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const detail::Scratch scratch(table.conv2d_weight_gradient_scratch(shape) *
                                  static_cast<int64_t>(sizeof(T)));
    table.conv2d_weight_gradient(shape, outer.data<T>(), input.data<T>(), result.data<T>(),
                                 scratch.as<T>());
  });
  return result;
}

}  // namespace lucid::ops
