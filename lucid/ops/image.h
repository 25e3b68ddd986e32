// Images as columns of their patches, and dimensions sampled anew. All are linear; each operation
// here comes with its adjoint.
#pragma once

#include <array>
#include <vector>

#include "lucid/tensor.h"

namespace lucid {

/// The patches of images that im2col takes, in the order {height, width}.
struct PatchGeometry {
  std::array<int64_t, 2> kernel{1, 1};
  std::array<int64_t, 2> dilation{1, 1};
  std::array<int64_t, 2> padding{0, 0};
  std::array<int64_t, 2> stride{1, 1};
};

/// A dimension sampled anew: output i is the sum of weights[i * count + k] times the input at
/// positions[i * count + k], over k below count.
struct SamplingTaps {
  int64_t input = 0, output = 0;  ///< sizes of the dimension
  int64_t count = 0;
  std::vector<int64_t> positions{};
  std::vector<double> weights{};
};

}  // namespace lucid

namespace lucid::ops {

/// x (N, C, H, W) to (N, C * kernel[0] * kernel[1], patches).
/// @throws ShapeError, ValueError that start with `operation`.
Tensor im2col(const char* operation, const Tensor& x, const PatchGeometry& geometry);
/// Back to (N, C, height, width), where patches overlap their sum.
Tensor col2im(const char* operation, const Tensor& columns, int64_t height, int64_t width,
              const PatchGeometry& geometry);

Tensor resample(const Tensor& x, int64_t dim, const SamplingTaps& taps);
/// The adjoint: adds up at the input's positions.
Tensor resample_backward(const Tensor& grad, int64_t dim, const SamplingTaps& taps);

}  // namespace lucid::ops
