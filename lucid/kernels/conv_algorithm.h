// How a convolution may be computed.
#pragma once

#include <cstdint>

namespace lucid::kernels {

enum class ConvAlgorithm : uint8_t {
  direct,  ///< any shape, any type
  /// Winograd's minimal filtering with tiles of 2x2 or 4x4 outputs, for filters of 3x3 or 5x5 with
  /// stride 1, no dilation and one group, in float32.
  winograd_2x2_3x3,
  winograd_4x4_3x3,
  winograd_2x2_5x5,
  /// Sums of products with channels in the lanes, which no small map or stride leaves empty; any
  /// shape, in float32. As exact as `direct`.
  pixel,
  /// The same where every group has one input and one output channel.
  depthwise,
  /// Sums of products with pixels of a row in the lanes, one plane after the other, where every
  /// group has one input channel; in float32.
  depthwise_rows,
  /// Dot products of unfolded inputs with the weights as they are, forward, in float32; for few
  /// outputs. As exact as `direct`.
  im2col,
};

}  // namespace lucid::kernels
