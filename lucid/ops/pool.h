// Pooling: checks for one to three dimensions, and the two-dimensional operations over
// (N, C, H, W) that all are made of.
#pragma once

#include <array>
#include <optional>

#include "lucid/tensor.h"

namespace lucid {

/// The same number for each of Rank dimensions.
template <size_t Rank>
constexpr std::array<int64_t, Rank> each_dim(int64_t value) noexcept {
  std::array<int64_t, Rank> sizes{};
  sizes.fill(value);
  return sizes;
}

/// Windows in Rank spatial dimensions, in the order of the tensor's.
template <size_t Rank>
struct PoolGeometry {
  std::array<int64_t, Rank> kernel = each_dim<Rank>(1);
  std::array<int64_t, Rank> stride = each_dim<Rank>(1);
  std::array<int64_t, Rank> padding{};
  std::array<int64_t, Rank> dilation = each_dim<Rank>(1);  ///< maximum pooling only
  bool ceil_mode = false;
  bool count_include_pad = true;                           ///< average pooling only
  std::optional<int64_t> divisor_override = std::nullopt;  ///< average pooling only; not 0
};

using Pool1dGeometry = PoolGeometry<1>;
using Pool2dGeometry = PoolGeometry<2>;
using Pool3dGeometry = PoolGeometry<3>;

}  // namespace lucid

namespace lucid::ops {

/// The shape that pooling gives x (N, C, ...) with Rank spatial dimensions.
/// @throws ShapeError, ValueError, DTypeError that start with `operation` if it does not fit.
template <size_t Rank>
Shape pooled_shape(const char* operation, const Tensor& x, const PoolGeometry<Rank>& geometry);
/// @throws ValueError that starts with `operation` unless dilation is 1, as averages demand.
template <size_t Rank>
void require_undilated(const char* operation, const PoolGeometry<Rank>& geometry);
/// The shape for windows that divide x among `outputs`, one size for each spatial dimension.
Shape adaptive_pooled_shape(const char* operation, const Tensor& x, const Shape& outputs);

/// The maxima and their positions (row * width + column) in each input plane.
ValuesAndIndices max_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
/// The maxima alone, for which no positions are kept.
Tensor max_pool2d_values(const Tensor& x, const Pool2dGeometry& geometry);
/// Each value of grad added at its index, in a tensor of x_shape.
Tensor max_pool2d_backward(const Tensor& grad, const Tensor& indices, const Shape& x_shape);
Tensor avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry);
Tensor avg_pool2d_backward(const Tensor& grad, const Shape& x_shape,
                           const Pool2dGeometry& geometry);
Tensor adaptive_avg_pool2d(const Tensor& x, int64_t out_height, int64_t out_width);
Tensor adaptive_avg_pool2d_backward(const Tensor& grad, const Shape& x_shape);
/// As max_pool2d, of windows that divide the plane.
ValuesAndIndices adaptive_max_pool2d(const Tensor& x, int64_t out_height, int64_t out_width);
/// Positions in volumes: columns (N, C, OD, P) says in which slice, at slice * P + p; planes
/// (N, C, D, P) where in it, in planes of plane_size. -1 stays -1.
Tensor volume_indices(const Tensor& columns, const Tensor& planes, int64_t plane_size);

}  // namespace lucid::ops
