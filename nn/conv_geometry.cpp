#include "nn/conv_geometry.h"

#include <algorithm>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

template <size_t Rank>
void require_at_least(const char* owner, const char* argument, const Size<Rank>& size,
                      int64_t least) {
  if (*std::min_element(size.begin(), size.end()) < least) {
    throw ValueError(
        message(owner, ": expected ", argument, " >= ", least, ", got ", to_string(size)));
  }
}

// What both kinds of convolution share.
template <size_t Rank>
ConvGeometry unpadded(const char* owner, const Size<Rank>& kernel, const Size<Rank>& stride,
                      const Size<Rank>& dilation, int64_t groups) {
  require_at_least(owner, "kernel_size", kernel, 1);
  require_at_least(owner, "stride", stride, 1);
  require_at_least(owner, "dilation", dilation, 1);
  if (groups < 1) throw ValueError(message(owner, ": expected groups >= 1, got ", groups));
  ConvGeometry geometry;
  std::copy(stride.begin(), stride.end(), geometry.stride);
  std::copy(dilation.begin(), dilation.end(), geometry.dilation);
  geometry.groups = groups;
  return geometry;
}

template <size_t Rank>
void pad_same(const char* owner, const Size<Rank>& kernel, const Size<Rank>& stride,
              const Size<Rank>& dilation, ConvGeometry& geometry) {
  if (stride != Size<Rank>(1)) {
    throw ValueError(
        message(owner, ": padding \"same\" demands stride 1, got ", to_string(stride)));
  }
  for (size_t i = 0; i < Rank; ++i) {
    int64_t span = 0;
    if (__builtin_mul_overflow(dilation[i], kernel[i] - 1, &span)) {
      throw ValueError(message(owner, ": dilation ", to_string(dilation), " times kernel_size ",
                               to_string(kernel), " does not fit 63 bits"));
    }
    geometry.pad_low[i] = span / 2;
    geometry.pad_high[i] = span - span / 2;
  }
}

void check_transpose(const char* owner, size_t rank, const Shape& x, const Shape& weight,
                     int64_t groups) {
  if (weight.size() != rank + 2) {
    throw ShapeError(message(owner, ": expected weight of shape (in_channels, ",
                             "out_channels / groups, ", ops::spatial_dims(rank), "), got ",
                             weight));
  }
  if (x.size() != rank + 2) {
    throw ShapeError(
        message(owner, ": expected x of shape (N, C, ", ops::spatial_dims(rank), "), got ", x));
  }
  if (x[1] != weight[0]) {
    throw ShapeError(message(owner, ": weight ", weight, " expects x with ", weight[0],
                             " channels, got ", x[1], " in shape ", x));
  }
  if (weight[0] < 1 || weight[1] < 1 || weight[0] % groups != 0) {
    throw ShapeError(message(owner, ": groups ", groups, " does not divide the ", weight[0],
                             " input channels of weight ", weight));
  }
}

// (size - 1) * stride + dilation * (kernel - 1) + 1 - pad_low - pad_high
bool transposed_size(int64_t size, int64_t kernel, const ConvGeometry& g, size_t i,
                     int64_t* result) {
  int64_t span = 0;
  return !__builtin_mul_overflow(size - 1, g.stride[i], result) &&
         !__builtin_mul_overflow(kernel - 1, g.dilation[i], &span) &&
         !__builtin_add_overflow(*result, span, result) &&
         !__builtin_add_overflow(*result, 1, result) &&
         !__builtin_sub_overflow(*result, g.pad_low[i], result) &&
         !__builtin_sub_overflow(*result, g.pad_high[i], result);
}

}  // namespace

template <size_t Rank>
ConvGeometry conv_geometry(const char* owner, Size<Rank> kernel, Size<Rank> stride,
                           const Padding<Rank>& padding, Size<Rank> dilation, int64_t groups,
                           std::optional<ConvMode> mode) {
  ConvGeometry geometry = unpadded(owner, kernel, stride, dilation, groups);
  geometry.mode = mode;
  const Size<Rank>& size = padding.size();
  if (!padding.mode()) {
    require_at_least(owner, "padding", size, 0);
    std::copy(size.begin(), size.end(), geometry.pad_low);
    std::copy(size.begin(), size.end(), geometry.pad_high);
  } else if (*padding.mode() == "same") {
    pad_same(owner, kernel, stride, dilation, geometry);
  } else if (*padding.mode() != "valid") {
    throw ValueError(message(owner,
                             ": expected padding to be a size, \"same\" or \"valid\", got \"",
                             *padding.mode(), "\""));
  }
  return geometry;
}

template <size_t Rank>
ConvGeometry conv_transpose_geometry(const char* owner, Size<Rank> kernel, Size<Rank> stride,
                                     Size<Rank> padding, Size<Rank> output_padding,
                                     Size<Rank> dilation, int64_t groups,
                                     std::optional<ConvMode> mode) {
  ConvGeometry geometry = unpadded(owner, kernel, stride, dilation, groups);
  geometry.mode = mode;
  require_at_least(owner, "padding", padding, 0);
  require_at_least(owner, "output_padding", output_padding, 0);
  for (size_t i = 0; i < Rank; ++i) {
    if (output_padding[i] >= std::max(stride[i], dilation[i])) {
      throw ValueError(message(owner, ": expected output_padding less than stride or dilation, ",
                               "got output_padding ", to_string(output_padding), ", stride ",
                               to_string(stride), " and dilation ", to_string(dilation)));
    }
    geometry.pad_low[i] = padding[i];
    geometry.pad_high[i] = padding[i] - output_padding[i];
  }
  return geometry;
}

template <size_t Rank>
Shape conv_transpose_shape(const char* owner, const Shape& x, const Shape& weight,
                           const ConvGeometry& geometry) {
  check_transpose(owner, Rank, x, weight, geometry.groups);
  int64_t channels = 0;
  bool fits = !__builtin_mul_overflow(weight[1], geometry.groups, &channels);
  Shape shape{x[0], channels};
  for (size_t i = 0; i < Rank; ++i) {
    int64_t size = 0;
    fits = fits && transposed_size(x[2 + i], weight[2 + i], geometry, i, &size);
    if (fits && (x[2 + i] < 1 || size < 1)) {
      throw ShapeError(message(owner, ": x of shape ", x, " and weight of shape ", weight,
                               " give an output of size ", size, " in dim ", 2 + i,
                               ", expected at least 1"));
    }
    shape.push_back(size);
  }
  if (fits) return shape;
  throw ShapeError(
      message(owner, ": the output of x ", x, " and weight ", weight, " does not fit 63 bits"));
}

#define LUCID_FOR_RANK(R)                                                                        \
  template ConvGeometry conv_geometry(const char*, Size<R>, Size<R>, const Padding<R>&, Size<R>, \
                                      int64_t, std::optional<ConvMode>);                         \
  template ConvGeometry conv_transpose_geometry(const char*, Size<R>, Size<R>, Size<R>, Size<R>, \
                                                Size<R>, int64_t, std::optional<ConvMode>);      \
  template Shape conv_transpose_shape<R>(const char*, const Shape&, const Shape&,                \
                                         const ConvGeometry&);
LUCID_FOR_RANK(1)
LUCID_FOR_RANK(2)
LUCID_FOR_RANK(3)
#undef LUCID_FOR_RANK

}  // namespace lucid::nn
