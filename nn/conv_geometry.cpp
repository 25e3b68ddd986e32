#include "nn/conv_geometry.h"

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

void require_at_least(const char* owner, const char* argument, Size2d size, int64_t least) {
  if (size.height < least || size.width < least) {
    throw ValueError(
        message(owner, ": expected ", argument, " >= ", least, ", got ", to_string(size)));
  }
}

void pad_same(const char* owner, Size2d kernel, Size2d stride, Size2d dilation,
              Conv2dGeometry& geometry) {
  if (stride != Size2d(1)) {
    throw ValueError(
        message(owner, ": padding \"same\" demands stride 1, got ", to_string(stride)));
  }
  int64_t spans[2] = {};
  if (__builtin_mul_overflow(dilation.height, kernel.height - 1, &spans[0]) ||
      __builtin_mul_overflow(dilation.width, kernel.width - 1, &spans[1])) {
    throw ValueError(message(owner, ": dilation ", to_string(dilation), " times kernel_size ",
                             to_string(kernel), " does not fit 63 bits"));
  }
  for (int axis = 0; axis < 2; ++axis) {
    geometry.pad_low[axis] = spans[axis] / 2;
    geometry.pad_high[axis] = spans[axis] - spans[axis] / 2;
  }
}

}  // namespace

Conv2dGeometry conv2d_geometry(const char* owner, Size2d kernel, Size2d stride,
                               const Padding2d& padding, Size2d dilation, int64_t groups) {
  require_at_least(owner, "kernel_size", kernel, 1);
  require_at_least(owner, "stride", stride, 1);
  require_at_least(owner, "dilation", dilation, 1);
  if (groups < 1) throw ValueError(message(owner, ": expected groups >= 1, got ", groups));
  Conv2dGeometry geometry;
  geometry.stride[0] = stride.height;
  geometry.stride[1] = stride.width;
  geometry.dilation[0] = dilation.height;
  geometry.dilation[1] = dilation.width;
  geometry.groups = groups;
  if (!padding.mode()) {
    require_at_least(owner, "padding", padding.size(), 0);
    geometry.pad_low[0] = geometry.pad_high[0] = padding.size().height;
    geometry.pad_low[1] = geometry.pad_high[1] = padding.size().width;
  } else if (*padding.mode() == "same") {
    pad_same(owner, kernel, stride, dilation, geometry);
  } else if (*padding.mode() != "valid") {
    throw ValueError(message(owner,
                             ": expected padding to be a size, \"same\" or \"valid\", got \"",
                             *padding.mode(), "\""));
  }
  return geometry;
}

}  // namespace lucid::nn
