#include "autograd/functions/pooling.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "autograd/record.h"

namespace lucid {

using autograd::record;
using autograd::Saved;

namespace {

// Pooling is linear once the windows (and maxima) are fixed, so each gradient below is the adjoint
// of its operation, and has the operation as its own gradient.

Tensor flat_planes(const Tensor& x) {
  return flatten(x, 2, 3);
}

Tensor max_pool2d_gradient(const Tensor& grad, const Saved& indices, const Shape& x_shape) {
  return record("max_pool2d_gradient", {grad}, ops::max_pool2d_backward(grad, *indices, x_shape),
                [indices](const Tensor& grad) {
                  // A window wholly in the padding has index -1 and no gradient.
                  const Tensor at = flat_planes(*indices);
                  const Tensor found = ge(at, 0);
                  const Tensor picked = gather(flat_planes(grad), 2, where(found, at, 0));
                  return reshape(where(found, picked, 0), (*indices).shape());
                });
}

ValuesAndIndices record_maxima(const char* name, const Tensor& x, ValuesAndIndices maxima) {
  Tensor values = record(name, {x}, std::move(maxima.values),
                         [from = x.shape(), indices = Saved(maxima.indices)](const Tensor& grad) {
                           return max_pool2d_gradient(grad, indices, from);
                         });
  return {std::move(values), std::move(maxima.indices)};
}

Tensor avg_pool2d_gradient(const Tensor& grad, const Shape& x_shape,
                           const Pool2dGeometry& geometry) {
  return record("avg_pool2d_gradient", {grad}, ops::avg_pool2d_backward(grad, x_shape, geometry),
                [geometry](const Tensor& grad) { return avg_pool2d(grad, geometry); });
}

Tensor adaptive_avg_pool2d_gradient(const Tensor& grad, const Shape& x_shape) {
  return record("adaptive_avg_pool2d_gradient", {grad},
                ops::adaptive_avg_pool2d_backward(grad, x_shape),
                [height = grad.shape(2), width = grad.shape(3)](const Tensor& grad) {
                  return adaptive_avg_pool2d(grad, height, width);
                });
}

// One dimension is a plane of height 1. Three are pooled in planes first, then across them: windows
// are boxes, so that greatest values, sums and counts of them come together dimension by dimension.

Pool2dGeometry row_geometry(const Pool1dGeometry& g) {
  return {.kernel = {1, g.kernel[0]},
          .stride = {1, g.stride[0]},
          .padding = {0, g.padding[0]},
          .dilation = {1, g.dilation[0]},
          .ceil_mode = g.ceil_mode,
          .count_include_pad = g.count_include_pad,
          .divisor_override = g.divisor_override};
}

Pool2dGeometry plane_geometry(const Pool3dGeometry& g) {
  return {.kernel = {g.kernel[1], g.kernel[2]},
          .stride = {g.stride[1], g.stride[2]},
          .padding = {g.padding[1], g.padding[2]},
          .dilation = {g.dilation[1], g.dilation[2]},
          .ceil_mode = g.ceil_mode,
          .count_include_pad = g.count_include_pad};
}

Pool2dGeometry depth_geometry(const Pool3dGeometry& g) {
  return {.kernel = {g.kernel[0], 1},
          .stride = {g.stride[0], 1},
          .padding = {g.padding[0], 0},
          .dilation = {g.dilation[0], 1},
          .ceil_mode = g.ceil_mode,
          .count_include_pad = g.count_include_pad};
}

// (N, C, D, H, W) as (N, C * D, H, W)
Tensor slices(const Tensor& x) {
  const Shape& s = x.shape();
  return reshape(x, {s[0], s[1] * s[2], s[3], s[4]});
}

// (N, C * D, H, W) as (N, C, D, H * W)
Tensor columns(const Tensor& planes, const Shape& volumes) {
  const Shape& s = planes.shape();
  return reshape(planes, {s[0], volumes[1], volumes[2], s[2] * s[3]});
}

// The maxima of volumes, from those in the slices of x and those across them.
template <class InPlanes, class AcrossDepth>
ValuesAndIndices volume_maxima(const Tensor& x, const Shape& result_shape,
                               const InPlanes& in_planes, const AcrossDepth& across_depth) {
  const Shape& from = x.shape();
  const ValuesAndIndices planes = in_planes(slices(x));
  const ValuesAndIndices depth = across_depth(columns(planes.values, from));
  const Tensor indices =
      ops::volume_indices(depth.indices, columns(planes.indices, from), from[3] * from[4]);
  return {reshape(depth.values, result_shape), reshape(indices, result_shape)};
}

ValuesAndIndices without_height(const ValuesAndIndices& rows) {
  return {squeeze(rows.values, 2), squeeze(rows.indices, 2)};
}

}  // namespace

ValuesAndIndices max_pool1d_with_indices(const Tensor& x, const Pool1dGeometry& geometry) {
  ops::pooled_shape("max_pool1d", x, geometry);
  return without_height(max_pool2d_with_indices(unsqueeze(x, 2), row_geometry(geometry)));
}

ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const Pool2dGeometry& geometry) {
  return record_maxima("max_pool2d", x, ops::max_pool2d(x, geometry));
}

ValuesAndIndices max_pool3d_with_indices(const Tensor& x, const Pool3dGeometry& geometry) {
  const Shape shape = ops::pooled_shape("max_pool3d", x, geometry);
  return volume_maxima(
      x, shape,
      [&](const Tensor& planes) {
        return max_pool2d_with_indices(planes, plane_geometry(geometry));
      },
      [&](const Tensor& depth) {
        return max_pool2d_with_indices(depth, depth_geometry(geometry));
      });
}

Tensor max_pool1d(const Tensor& x, const Pool1dGeometry& geometry) {
  return max_pool1d_with_indices(x, geometry).values;
}

Tensor max_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  if (grad_enabled()) return max_pool2d_with_indices(x, geometry).values;
  Tensor values = ops::max_pool2d_values(x, geometry);
  if (autograd::detail::anybody_observes()) {
    autograd::detail::observe_forward("max_pool2d", std::span(&x, 1), values);
  }
  return values;
}

Tensor max_pool3d(const Tensor& x, const Pool3dGeometry& geometry) {
  return max_pool3d_with_indices(x, geometry).values;
}

Tensor avg_pool1d(const Tensor& x, const Pool1dGeometry& geometry) {
  ops::require_undilated("avg_pool1d", geometry);
  ops::pooled_shape("avg_pool1d", x, geometry);
  return squeeze(avg_pool2d(unsqueeze(x, 2), row_geometry(geometry)), 2);
}

Tensor avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  Tensor means = ops::avg_pool2d(x, geometry);
  return record("avg_pool2d", {x}, std::move(means),
                [from = x.shape(), geometry](const Tensor& grad) {
                  return avg_pool2d_gradient(grad, from, geometry);
                });
}

Tensor avg_pool3d(const Tensor& x, const Pool3dGeometry& geometry) {
  ops::require_undilated("avg_pool3d", geometry);
  const Shape shape = ops::pooled_shape("avg_pool3d", x, geometry);
  Pool2dGeometry in_planes = plane_geometry(geometry);
  Pool2dGeometry across_depth = depth_geometry(geometry);
  if (geometry.divisor_override) {
    in_planes.divisor_override = 1;
    across_depth.divisor_override = geometry.divisor_override;
  }
  const Tensor planes = avg_pool2d(slices(x), in_planes);
  return reshape(avg_pool2d(columns(planes, x.shape()), across_depth), shape);
}

Tensor adaptive_avg_pool1d(const Tensor& x, int64_t out_length) {
  ops::adaptive_pooled_shape("adaptive_avg_pool1d", x, {out_length});
  return squeeze(adaptive_avg_pool2d(unsqueeze(x, 2), 1, out_length), 2);
}

Tensor adaptive_avg_pool2d(const Tensor& x, int64_t out_height, int64_t out_width) {
  Tensor means = ops::adaptive_avg_pool2d(x, out_height, out_width);
  return record(
      "adaptive_avg_pool2d", {x}, std::move(means),
      [from = x.shape()](const Tensor& grad) { return adaptive_avg_pool2d_gradient(grad, from); });
}

Tensor adaptive_avg_pool3d(const Tensor& x, int64_t out_depth, int64_t out_height,
                           int64_t out_width) {
  const Shape shape =
      ops::adaptive_pooled_shape("adaptive_avg_pool3d", x, {out_depth, out_height, out_width});
  const Tensor planes = adaptive_avg_pool2d(slices(x), out_height, out_width);
  const Tensor pixels = columns(planes, x.shape());
  return reshape(adaptive_avg_pool2d(pixels, out_depth, pixels.shape(3)), shape);
}

ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, int64_t out_length) {
  ops::adaptive_pooled_shape("adaptive_max_pool1d", x, {out_length});
  return without_height(adaptive_max_pool2d_with_indices(unsqueeze(x, 2), 1, out_length));
}

ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, int64_t out_height,
                                                  int64_t out_width) {
  return record_maxima("adaptive_max_pool2d", x,
                       ops::adaptive_max_pool2d(x, out_height, out_width));
}

ValuesAndIndices adaptive_max_pool3d_with_indices(const Tensor& x, int64_t out_depth,
                                                  int64_t out_height, int64_t out_width) {
  const Shape shape =
      ops::adaptive_pooled_shape("adaptive_max_pool3d", x, {out_depth, out_height, out_width});
  return volume_maxima(
      x, shape,
      [&](const Tensor& planes) {
        return adaptive_max_pool2d_with_indices(planes, out_height, out_width);
      },
      [&](const Tensor& depth) {
        return adaptive_max_pool2d_with_indices(depth, out_depth, depth.shape(3));
      });
}

}  // namespace lucid
