// What a convolution is besides its tensors.
#pragma once

#include <cstdint>
#include <optional>

#include "lucid/conv_mode.h"

namespace lucid {

/// Everything about a convolution that is not a tensor. Entry i is for the i-th spatial dimension;
/// only as many entries count as there are spatial dimensions.
struct ConvGeometry {
  int64_t stride[3] = {1, 1, 1};
  int64_t pad_low[3] = {0, 0, 0};  ///< zeros before the first element: front, top, left
  /// Zeros after the last element. If negative, so many elements at the end are seen by no window
  /// (a transposed convolution has such, if its output_padding exceeds its padding).
  int64_t pad_high[3] = {0, 0, 0};
  int64_t dilation[3] = {1, 1, 1};
  int64_t groups = 1;
  std::optional<ConvMode> mode = std::nullopt;  ///< conv_mode() unless given

  /// The mode that it runs in on this thread.
  ConvMode effective_mode() const noexcept { return mode.value_or(conv_mode()); }
};

}  // namespace lucid
