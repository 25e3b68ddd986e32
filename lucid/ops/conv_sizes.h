// The sizes of a convolution in any number of dimensions, checked.
#pragma once

#include "lucid/kernels/shapes.h"
#include "lucid/ops/conv.h"

namespace lucid::ops {

/// Entry i of the arrays is for the i-th of `rank` spatial dimensions.
struct ConvSizes {
  size_t rank;
  int64_t batch, in_channels, out_channels;
  int64_t in[3], kernel[3], out[3];
  ConvGeometry geometry;

  Shape output_shape() const;
  /// The same as a 2-d convolution: of the last two dimensions, or of images of a single row.
  kernels::Conv2dShape planes() const;
};

/// @throws ShapeError, ValueError that start with `operation`.
ConvSizes conv_sizes(const char* operation, const Shape& x, const Shape& weight,
                     const ConvGeometry& geometry);

}  // namespace lucid::ops
