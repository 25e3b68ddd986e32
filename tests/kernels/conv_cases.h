// What the tests of convolutions share: how a shape may be computed, and what it is called.
#pragma once

#include "support.h"

namespace lucid::kernels::test {

/// Everything that computes this shape; conv_algorithm.h says what each can do.
template <class T>
std::vector<ConvAlgorithm> conv_algorithms(const Conv2dShape& s) {
  std::vector<ConvAlgorithm> all = {ConvAlgorithm::direct};
  if (sizeof(T) != sizeof(float)) return all;
  all.push_back(ConvAlgorithm::pixel);
  all.push_back(ConvAlgorithm::im2col);  // forward; gradients are the direct ones
  if (s.groups == s.in_channels && s.groups == s.out_channels) {
    all.push_back(ConvAlgorithm::depthwise);
  }
  if (s.groups == s.in_channels) all.push_back(ConvAlgorithm::depthwise_rows);
  if (s.groups != 1 || s.kernel_height != s.kernel_width || s.stride_h != 1 || s.stride_w != 1 ||
      s.dilation_h != 1 || s.dilation_w != 1) {
    return all;
  }
  if (s.kernel_height == 3) {
    all.push_back(ConvAlgorithm::winograd_2x2_3x3);
    all.push_back(ConvAlgorithm::winograd_4x4_3x3);
  }
  if (s.kernel_height == 5) all.push_back(ConvAlgorithm::winograd_2x2_5x5);
  return all;
}

inline const char* name_of(ConvAlgorithm algorithm) {
  constexpr const char* names[] = {
      "direct", "winograd_2x2_3x3", "winograd_4x4_3x3", "winograd_2x2_5x5",
      "pixel",  "depthwise",        "depthwise_rows",   "im2col"};
  return names[static_cast<size_t>(algorithm)];
}

inline std::string describe(const Conv2dShape& s) {
  const auto pair = [](int64_t h, int64_t w) {
    return std::to_string(h).append("x").append(std::to_string(w));
  };
  return std::to_string(s.batch) + "x" + std::to_string(s.in_channels) + "x" +
         pair(s.in_height, s.in_width) + " -> " + std::to_string(s.out_channels) + "x" +
         pair(s.out_height, s.out_width) + ", kernel " + pair(s.kernel_height, s.kernel_width) +
         ", stride " + pair(s.stride_h, s.stride_w) + ", padding " + pair(s.pad_top, s.pad_left) +
         ", dilation " + pair(s.dilation_h, s.dilation_w) + ", groups " + std::to_string(s.groups) +
         (s.relu ? ", relu" : "");
}

}  // namespace lucid::kernels::test
