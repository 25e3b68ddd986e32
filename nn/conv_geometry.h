// Internal: from a layer's arguments to the geometry of a convolution. Rank is 1, 2 or 3;
// everywhere `owner` names the layer or function in errors.
#pragma once

#include "lucid/ops/conv.h"
#include "nn/geometry.h"

namespace lucid::nn {

/// @throws ValueError for sizes that are not positive, an unknown padding string, or "same" with a
/// stride.
template <size_t Rank>
ConvGeometry conv_geometry(const char* owner, Size<Rank> kernel, Size<Rank> stride,
                           const Padding<Rank>& padding, Size<Rank> dilation, int64_t groups,
                           std::optional<ConvMode> mode);

/// The geometry with which conv_input_gradient computes a transposed convolution: that of the
/// convolution it goes against. The output's padding is what takes from its high side.
/// @throws ValueError for sizes that are not positive, or an output_padding that is not less than
/// stride or dilation.
template <size_t Rank>
ConvGeometry conv_transpose_geometry(const char* owner, Size<Rank> kernel, Size<Rank> stride,
                                     Size<Rank> padding, Size<Rank> output_padding,
                                     Size<Rank> dilation, int64_t groups,
                                     std::optional<ConvMode> mode);

/// What a transposed convolution of x (N, C, ...) with weight (C, K / groups, ...) gives: (N, K,
/// ...) with (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1.
/// @throws ShapeError unless x and weight have Rank spatial dimensions and fit each other, or if a
/// size is not positive or does not fit 63 bits.
template <size_t Rank>
Shape conv_transpose_shape(const char* owner, const Shape& x, const Shape& weight,
                           const ConvGeometry& geometry);

}  // namespace lucid::nn
