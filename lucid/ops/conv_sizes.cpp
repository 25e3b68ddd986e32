#include "lucid/ops/conv_sizes.h"

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::ops {
namespace {

using detail::message;
using detail::tuple;

// By number of spatial dimensions.
const char* const axes[4][3] = {{}, {"length"}, {"height", "width"}, {"depth", "height", "width"}};

void check_geometry(const char* operation, size_t rank, const ConvGeometry& g) {
  for (size_t i = 0; i < rank; ++i) {
    if (g.stride[i] < 1 || g.dilation[i] < 1) {
      throw ValueError(message(operation, ": expected stride and dilation >= 1, got stride ",
                               tuple(g.stride, rank), " and dilation ", tuple(g.dilation, rank)));
    }
    if (g.pad_low[i] < 0) {
      throw ValueError(message(operation, ": expected padding >= 0, got ", tuple(g.pad_low, rank)));
    }
  }
  if (g.groups < 1) throw ValueError(message(operation, ": expected groups >= 1, got ", g.groups));
}

void check_ranks(const char* operation, const Shape& x, const Shape& weight) {
  if (x.size() < 3 || x.size() > 5) {
    throw ShapeError(message(operation,
                             ": expected x of shape (N, C, L), (N, C, H, W) or (N, C, D, H, W), "
                             "got ",
                             x));
  }
  if (weight.size() != x.size()) {
    throw ShapeError(message(operation,
                             ": expected weight of shape (out_channels, in_channels / groups, ",
                             spatial_dims(x.size() - 2), "), got ", weight));
  }
}

void check_channels(const char* operation, const Shape& x, const Shape& weight, int64_t groups) {
  if (weight[0] < 1 || weight[0] % groups != 0) {
    throw ShapeError(message(operation, ": groups ", groups, " does not divide the ", weight[0],
                             " output channels of weight ", weight));
  }
  if (weight[1] < 1 || x[1] != weight[1] * groups) {
    throw ShapeError(message(operation, ": weight ", weight, " with groups ", groups,
                             " expects x with ", weight[1] * groups, " channels, got ", x[1],
                             " in shape ", x));
  }
  for (size_t i = 2; i < weight.size(); ++i) {
    if (weight[i] >= 1) continue;
    throw ShapeError(message(
        operation, ": expected a kernel of at least 1 in every dimension, got weight ", weight));
  }
}

// The number of windows that fit, checked against overflow and against there being none.
int64_t window_count(const char* operation, const char* axis, int64_t size, int64_t kernel,
                     const ConvGeometry& g, size_t i) {
  int64_t span = 0;
  int64_t padded = 0;
  if (__builtin_mul_overflow(kernel - 1, g.dilation[i], &span) ||
      __builtin_add_overflow(size, g.pad_low[i], &padded) ||
      __builtin_add_overflow(padded, g.pad_high[i], &padded)) {
    throw ShapeError(message(operation, ": the padded ", axis, " does not fit 63 bits"));
  }
  if (padded <= span) {
    throw ShapeError(message(operation, ": the padded input ", axis, " ", padded,
                             " is smaller than the dilated kernel ", axis, " ", span + 1));
  }
  return (padded - span - 1) / g.stride[i] + 1;
}

}  // namespace

ConvSizes conv_sizes(const char* operation, const Shape& x, const Shape& weight,
                     const ConvGeometry& geometry) {
  check_ranks(operation, x, weight);
  const size_t rank = x.size() - 2;
  check_geometry(operation, rank, geometry);
  check_channels(operation, x, weight, geometry.groups);
  ConvSizes sizes{rank, x[0], x[1], weight[0], {}, {}, {}, geometry};
  for (size_t i = 0; i < rank; ++i) {
    sizes.in[i] = x[2 + i];
    sizes.kernel[i] = weight[2 + i];
    sizes.out[i] =
        window_count(operation, axes[rank][i], sizes.in[i], sizes.kernel[i], geometry, i);
  }
  return sizes;
}

Shape ConvSizes::output_shape() const {
  Shape shape{batch, out_channels};
  for (size_t i = 0; i < rank; ++i) shape.push_back(out[i]);
  return shape;
}

kernels::Conv2dShape ConvSizes::planes() const {
  const size_t w = rank - 1;
  kernels::Conv2dShape shape{};
  shape.batch = batch;
  shape.in_channels = in_channels;
  shape.out_channels = out_channels;
  shape.in_width = in[w];
  shape.kernel_width = kernel[w];
  shape.out_width = out[w];
  shape.stride_w = geometry.stride[w];
  shape.pad_left = geometry.pad_low[w];
  shape.dilation_w = geometry.dilation[w];
  shape.groups = geometry.groups;
  shape.in_height = shape.kernel_height = shape.out_height = 1;
  shape.stride_h = shape.dilation_h = 1;
  if (rank == 1) return shape;
  const size_t h = rank - 2;
  shape.in_height = in[h];
  shape.kernel_height = kernel[h];
  shape.out_height = out[h];
  shape.stride_h = geometry.stride[h];
  shape.pad_top = geometry.pad_low[h];
  shape.dilation_h = geometry.dilation[h];
  return shape;
}

}  // namespace lucid::ops
