// How exact convolutions are.
#pragma once

#include <cstdint>

namespace lucid {

/// The least that a convolution's results promise. It concerns float32 only, and 3x3 and 5x5
/// filters with stride 1; docs/performance.md gives the errors.
enum class ConvMode : uint8_t {
  /// Winograd's filtering with tiles of 4x4 outputs is allowed: some ten times less exact than a
  /// sum of products in float32, some twenty times more than the TF32 of GPUs.
  fast,
  /// As exact as the sum of products: that itself, or Winograd's filtering with tiles of 2x2 (where
  /// an infinity may become a NaN, and spreads over its tile).
  strict,
};

/// Sets the mode of convolutions that have none of their own, on all threads. At first it is fast.
void set_conv_mode(ConvMode mode) noexcept;
/// The mode on this thread: that of the innermost ConvModeGuard, or else of set_conv_mode().
ConvMode conv_mode() noexcept;

/// Sets the mode on one thread for its lifetime. Gradients keep the mode of their convolution.
class ConvModeGuard {
 public:
  explicit ConvModeGuard(ConvMode mode) noexcept;
  ConvModeGuard(const ConvModeGuard&) = delete;
  ConvModeGuard& operator=(const ConvModeGuard&) = delete;
  ~ConvModeGuard();

 private:
  int previous_;
};

}  // namespace lucid
