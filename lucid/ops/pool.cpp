#include "lucid/ops/pool.h"

#include <algorithm>
#include <limits>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/view.h"

namespace lucid::ops {
namespace {

using kernels::Pool2dShape;

int64_t out_size(const char* operation, const char* axis, int64_t size, const Pool2dGeometry& g,
                 int i) {
  constexpr int64_t limit = std::numeric_limits<int32_t>::max();
  if (std::max({g.kernel[i], g.stride[i], g.dilation[i]}) > limit) {
    throw ValueError(message(operation, ": kernel_size, stride and dilation ", g.kernel[i], ", ",
                             g.stride[i], " and ", g.dilation[i], " exceed ", limit));
  }
  if (size < 1) throw ShapeError(message(operation, ": x has no pixels, its ", axis, " is 0"));
  if (g.kernel[i] < 1 || g.stride[i] < 1 || g.dilation[i] < 1) {
    throw ValueError(message(operation, ": expected kernel_size, stride and dilation >= 1, got ",
                             g.kernel[i], ", ", g.stride[i], " and ", g.dilation[i], " for the ",
                             axis));
  }
  if (g.padding[i] < 0 || g.padding[i] > g.kernel[i] / 2) {
    throw ValueError(message(operation, ": expected padding from 0 to half the kernel_size ",
                             g.kernel[i], ", got ", g.padding[i], " for the ", axis));
  }
  int64_t span = 0;
  if (__builtin_mul_overflow(g.kernel[i] - 1, g.dilation[i], &span) ||
      size + 2 * g.padding[i] <= span) {
    throw ShapeError(message(operation, ": the padded input ", axis, " ", size + 2 * g.padding[i],
                             " is smaller than the window, kernel_size ", g.kernel[i], " dilation ",
                             g.dilation[i]));
  }
  const int64_t room = size + 2 * g.padding[i] - span - 1;
  int64_t windows = room / g.stride[i] + 1;
  // A last, partial window must start inside of the input or its left padding.
  if (g.ceil_mode && room % g.stride[i] != 0 && windows * g.stride[i] < size + g.padding[i]) {
    ++windows;
  }
  return windows;
}

Pool2dShape planes_of(const Shape& x, int64_t out_height, int64_t out_width) {
  Pool2dShape shape{};
  shape.planes = x[0] * x[1];
  shape.in_height = x[2];
  shape.in_width = x[3];
  shape.out_height = out_height;
  shape.out_width = out_width;
  return shape;
}

Pool2dShape describe(const char* operation, const Shape& x, const Pool2dGeometry& g) {
  if (x.size() != 4) {
    throw ShapeError(message(operation, ": expected x of shape (N, C, H, W), got ", x));
  }
  Pool2dShape shape = planes_of(x, out_size(operation, "height", x[2], g, 0),
                                out_size(operation, "width", x[3], g, 1));
  shape.kernel_height = g.kernel[0];
  shape.kernel_width = g.kernel[1];
  shape.stride_h = g.stride[0];
  shape.stride_w = g.stride[1];
  shape.pad_top = g.padding[0];
  shape.pad_left = g.padding[1];
  shape.dilation_h = g.dilation[0];
  shape.dilation_w = g.dilation[1];
  shape.count_include_pad = g.count_include_pad;
  return shape;
}

Shape pooled(const Shape& x, const Pool2dShape& s) {
  return {x[0], x[1], s.out_height, s.out_width};
}

// Runs kernel(table, from, into) from the values of one tensor into a new one of `shape`.
template <class Kernel>
Tensor run(const Tensor& from, const Shape& shape, const Kernel& kernel) {
  Tensor result = allocate(shape, from.dtype(), from.device());
  if (result.is_meta() || result.numel() == 0) return result;
  if (from.numel() == 0) {
    fill(result, 0);
    return result;
  }
  const Tensor input = contiguous(from);
  visit_floating(from.dtype(), [&]<class T>(Tag<T>) {
    kernel(kernel_table<T>(), input.data<T>(), result.data<T>());
  });
  return result;
}

}  // namespace

ValuesAndIndices max_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  require_floating("max_pool2d", "x", x);
  const Pool2dShape shape = describe("max_pool2d", x.shape(), geometry);
  const Shape result_shape = pooled(x.shape(), shape);
  Tensor indices = allocate(result_shape, int64, x.device());
  Tensor values = run(x, result_shape, [&](const auto& table, const auto* from, auto* into) {
    table.max_pool2d(shape, from, into, indices.data<int64_t>());
  });
  return {std::move(values), std::move(indices)};
}

Tensor max_pool2d_backward(const Tensor& grad, const Tensor& indices, const Shape& x_shape) {
  require_shape("max_pool2d_backward", "grad", grad, indices.shape());
  const Pool2dShape shape = planes_of(x_shape, indices.shape()[2], indices.shape()[3]);
  return run(grad, x_shape, [&](const auto& table, const auto* from, auto* into) {
    table.max_pool2d_backward(shape, from, indices.data<int64_t>(), into);
  });
}

Tensor avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  require_floating("avg_pool2d", "x", x);
  if (geometry.dilation[0] != 1 || geometry.dilation[1] != 1) {
    throw ValueError(message("avg_pool2d: expected dilation 1, got (", geometry.dilation[0], ", ",
                             geometry.dilation[1], "); only maximum pooling has one"));
  }
  const Pool2dShape shape = describe("avg_pool2d", x.shape(), geometry);
  return run(x, pooled(x.shape(), shape), [&](const auto& table, const auto* from, auto* into) {
    table.avg_pool2d(shape, from, into);
  });
}

Tensor avg_pool2d_backward(const Tensor& grad, const Shape& x_shape,
                           const Pool2dGeometry& geometry) {
  const Pool2dShape shape = describe("avg_pool2d_backward", x_shape, geometry);
  require_shape("avg_pool2d_backward", "grad", grad, pooled(x_shape, shape));
  return run(grad, x_shape, [&](const auto& table, const auto* from, auto* into) {
    table.avg_pool2d_backward(shape, from, into);
  });
}

Tensor adaptive_avg_pool2d(const Tensor& x, int64_t out_height, int64_t out_width) {
  require_floating("adaptive_avg_pool2d", "x", x);
  require_rank("adaptive_avg_pool2d", "x", x, 4, "(N, C, H, W)");
  if (out_height < 1 || out_width < 1) {
    throw ValueError(message("adaptive_avg_pool2d: expected output_size >= 1, got (", out_height,
                             ", ", out_width, ")"));
  }
  if (x.shape(2) < 1 || x.shape(3) < 1) {
    throw ShapeError(message("adaptive_avg_pool2d: x of shape ", x.shape(), " has no pixels"));
  }
  const Pool2dShape shape = planes_of(x.shape(), out_height, out_width);
  return run(x, pooled(x.shape(), shape), [&](const auto& table, const auto* from, auto* into) {
    table.adaptive_avg_pool2d(shape, from, into);
  });
}

Tensor adaptive_avg_pool2d_backward(const Tensor& grad, const Shape& x_shape) {
  require_rank("adaptive_avg_pool2d_backward", "grad", grad, 4, "(N, C, H, W)");
  const Pool2dShape shape = planes_of(x_shape, grad.shape(2), grad.shape(3));
  return run(grad, x_shape, [&](const auto& table, const auto* from, auto* into) {
    table.adaptive_avg_pool2d_backward(shape, from, into);
  });
}

}  // namespace lucid::ops
