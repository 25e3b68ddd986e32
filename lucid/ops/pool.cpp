#include "lucid/ops/pool.h"

#include <algorithm>
#include <limits>

#include "lucid/ops/common.h"
#include "lucid/ops/conv.h"
#include "lucid/ops/copy.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

using kernels::Pool2dShape;

// The name of dimension i of `rank` spatial ones.
const char* axis_name(size_t rank, size_t i) {
  constexpr const char* names[] = {"depth", "height", "width"};
  return rank == 1 ? "length" : names[i + 3 - rank];
}

template <size_t Rank>
int64_t out_size(const char* operation, int64_t size, const PoolGeometry<Rank>& g, size_t i) {
  const char* const axis = axis_name(Rank, i);
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

template <size_t Rank>
Shape pooled_sizes(const char* operation, const Shape& x, const PoolGeometry<Rank>& g) {
  if (x.size() != Rank + 2) {
    throw ShapeError(
        message(operation, ": expected x of shape (N, C, ", spatial_dims(Rank), "), got ", x));
  }
  Shape result = x;
  for (size_t i = 0; i < Rank; ++i) result[2 + i] = out_size(operation, x[2 + i], g, i);
  if (g.divisor_override == 0) {
    throw ValueError(message(operation, ": expected divisor_override other than 0"));
  }
  return result;
}

Pool2dShape describe(const char* operation, const Shape& x, const Pool2dGeometry& g) {
  const Shape result = pooled_sizes(operation, x, g);
  Pool2dShape shape = planes_of(x, result[2], result[3]);
  shape.kernel_height = g.kernel[0];
  shape.kernel_width = g.kernel[1];
  shape.stride_h = g.stride[0];
  shape.stride_w = g.stride[1];
  shape.pad_top = g.padding[0];
  shape.pad_left = g.padding[1];
  shape.dilation_h = g.dilation[0];
  shape.dilation_w = g.dilation[1];
  shape.count_include_pad = g.count_include_pad;
  shape.divisor = g.divisor_override.value_or(0);
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

template <size_t Rank>
Shape pooled_shape(const char* operation, const Tensor& x, const PoolGeometry<Rank>& geometry) {
  require_floating(operation, "x", x);
  return pooled_sizes(operation, x.shape(), geometry);
}

template Shape pooled_shape(const char*, const Tensor&, const Pool1dGeometry&);
template Shape pooled_shape(const char*, const Tensor&, const Pool2dGeometry&);
template Shape pooled_shape(const char*, const Tensor&, const Pool3dGeometry&);

template <size_t Rank>
void require_undilated(const char* operation, const PoolGeometry<Rank>& geometry) {
  if (geometry.dilation == each_dim<Rank>(1)) return;
  throw ValueError(message(operation, ": expected dilation 1, got ",
                           lucid::detail::tuple(geometry.dilation.data(), Rank),
                           "; only maximum pooling has one"));
}

template void require_undilated(const char*, const Pool1dGeometry&);
template void require_undilated(const char*, const Pool2dGeometry&);
template void require_undilated(const char*, const Pool3dGeometry&);

Shape adaptive_pooled_shape(const char* operation, const Tensor& x, const Shape& outputs) {
  require_floating(operation, "x", x);
  const size_t rank = outputs.size();
  if (x.shape().size() != rank + 2) {
    throw ShapeError(message(operation, ": expected x of shape (N, C, ", spatial_dims(rank),
                             "), got ", x.shape()));
  }
  Shape result = x.shape();
  for (size_t i = 0; i < rank; ++i) {
    if (outputs[i] < 1) {
      throw ValueError(message(operation, ": expected output_size >= 1, got ",
                               lucid::detail::tuple(outputs.begin(), rank)));
    }
    if (x.shape()[2 + i] < 1) {
      throw ShapeError(message(operation, ": x of shape ", x.shape(), " has no pixels"));
    }
    result[2 + i] = outputs[i];
  }
  return result;
}

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

Tensor max_pool2d_values(const Tensor& x, const Pool2dGeometry& geometry) {
  require_floating("max_pool2d", "x", x);
  const Pool2dShape shape = describe("max_pool2d", x.shape(), geometry);
  return run(x, pooled(x.shape(), shape), [&](const auto& table, const auto* from, auto* into) {
    table.max_pool2d(shape, from, into, nullptr);
  });
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
  require_undilated("avg_pool2d", geometry);
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
  const Shape result = adaptive_pooled_shape("adaptive_avg_pool2d", x, {out_height, out_width});
  const Pool2dShape shape = planes_of(x.shape(), out_height, out_width);
  return run(x, result, [&](const auto& table, const auto* from, auto* into) {
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

namespace {

struct Place {
  int64_t begin, end;
};

// As PyTorch divides the input among the outputs.
Place share(int64_t output, int64_t input, int64_t outputs) {
  return {output * input / outputs, ((output + 1) * input + outputs - 1) / outputs};
}

// The place of the greatest value, or the first NaN, of some rows and columns of a plane.
template <class T>
int64_t greatest_at(const T* plane, int64_t width, Place rows, Place columns) {
  int64_t best = rows.begin * width + columns.begin;
  for (int64_t h = rows.begin; h < rows.end; ++h) {
    for (int64_t at = h * width + columns.begin; at < h * width + columns.end; ++at) {
      const bool is_first_nan = plane[at] != plane[at] && plane[best] == plane[best];
      if (plane[at] > plane[best] || is_first_nan) best = at;
    }
  }
  return best;
}

template <class T>
void adaptive_max_plane(const Pool2dShape& s, const T* x, T* y, int64_t* indices) {
  for (int64_t oh = 0; oh < s.out_height; ++oh) {
    const Place rows = share(oh, s.in_height, s.out_height);
    for (int64_t ow = 0; ow < s.out_width; ++ow) {
      *indices = greatest_at(x, s.in_width, rows, share(ow, s.in_width, s.out_width));
      *y++ = x[*indices++];
    }
  }
}

}  // namespace

ValuesAndIndices adaptive_max_pool2d(const Tensor& x, int64_t out_height, int64_t out_width) {
  const Shape result = adaptive_pooled_shape("adaptive_max_pool2d", x, {out_height, out_width});
  const Pool2dShape shape = planes_of(x.shape(), out_height, out_width);
  Tensor indices = allocate(result, int64, x.device());
  Tensor values = run(x, result, [&]<class T>(const auto&, const T* from, T* into) {
    int64_t* const places = indices.data<int64_t>();
    const int64_t in = shape.in_height * shape.in_width;
    const int64_t out = shape.out_height * shape.out_width;
    const int64_t grain = 1 + 16384 / std::max(in, out);
    parallel_for(shape.planes, grain, [&, from, into](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        adaptive_max_plane(shape, from + p * in, into + p * out, places + p * out);
      }
    });
  });
  return {std::move(values), std::move(indices)};
}

Tensor volume_indices(const Tensor& columns, const Tensor& planes, int64_t plane_size) {
  Tensor result = allocate(columns.shape(), int64, columns.device());
  if (result.is_meta() || result.numel() == 0) return result;
  const int64_t pixels = columns.shape(3);
  const int64_t out = columns.shape(2) * pixels, in = planes.shape(2) * pixels;
  const int64_t* const slice = columns.data<int64_t>();
  const int64_t* const inside = planes.data<int64_t>();
  int64_t* const places = result.data<int64_t>();
  parallel_for(result.numel(), 16384, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t within = slice[i] < 0 ? -1 : inside[i / out * in + slice[i]];
      places[i] = within < 0 ? -1 : slice[i] / pixels * plane_size + within;
    }
  });
  return result;
}

}  // namespace lucid::ops
