// Internal: from a layer's arguments to the geometry of a convolution.
#pragma once

#include "lucid/ops/conv.h"
#include "nn/geometry.h"

namespace lucid::nn {

/// @param owner names the layer or function in errors.
/// @throws ValueError for sizes that are not positive, an unknown padding string, or "same" with a
/// stride.
Conv2dGeometry conv2d_geometry(const char* owner, Size2d kernel, Size2d stride,
                               const Padding2d& padding, Size2d dilation, int64_t groups);

}  // namespace lucid::nn
