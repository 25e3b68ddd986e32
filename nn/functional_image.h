// Images: sampled anew, taken apart and put together, with PyTorch's arguments
// (https://pytorch.org/docs/stable/nn.functional.html#vision-functions). Included by
// nn/functional.h.
#pragma once

#include <optional>
#include <vector>

#include "lucid/tensor.h"
#include "nn/geometry.h"

namespace lucid::nn::functional {

enum class InterpolationMode : uint8_t {
  nearest,        ///< the pixel that holds the corner, as PyTorch always did
  nearest_exact,  ///< the pixel that holds the middle, as other libraries do
  linear,         ///< for one, two or three dimensions: PyTorch's linear, bilinear and trilinear
  bilinear,
  trilinear,
  bicubic,  ///< Keys' kernel with a = -0.75, over images
  area      ///< adaptive_avg_pool
};

struct InterpolateFunctionOptions {
  std::vector<int64_t> size = {};         ///< of the output: one for all dimensions, or one each
  std::vector<double> scale_factor = {};  ///< or how many times the input, likewise
  InterpolationMode mode = InterpolationMode::nearest;
  /// The middles of the corner pixels stay where they are; else the outer edges do. Only for linear
  /// modes and bicubic.
  bool align_corners = false;
  /// Positions follow from the sizes; else from scale_factor where that is given.
  bool recompute_scale_factor = false;
};

/// x (N, C, L), (N, C, H, W) or (N, C, D, H, W) sampled at another size
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html).
/// The nearest modes take any type, all others floating-point.
/// @throws ValueError unless exactly one of size and scale_factor is given, with positive values;
/// for a mode that x has not the dimensions for; ShapeError for other shapes or empty dimensions.
Tensor interpolate(const Tensor& x, const InterpolateFunctionOptions& options);

/// x (..., C * r^2, H, W) to (..., C, H * r, W * r): blocks of channels become blocks of pixels
/// (Shi et al., 2016; https://pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html).
/// @throws ValueError unless the factor is positive; ShapeError if it does not divide.
Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor);
/// The reverse: x (..., C, H * r, W * r) to (..., C * r^2, H, W).
Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor);

struct UnfoldFunctionOptions {
  Size2d dilation = 1;
  Size2d padding = 0;
  Size2d stride = 1;
};

/// The patches of x (N, C, H, W) or (C, H, W) as columns (N, C * kernel sizes, patches)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html).
/// @throws ShapeError, ValueError for arguments that do not fit.
Tensor unfold(const Tensor& x, Size2d kernel_size, const UnfoldFunctionOptions& options = {});
/// Images of output_size from columns (N, C * kernel sizes, patches) or one without N: sums where
/// patches overlap (https://pytorch.org/docs/stable/generated/torch.nn.Fold.html).
Tensor fold(const Tensor& x, Size2d output_size, Size2d kernel_size,
            const UnfoldFunctionOptions& options = {});

}  // namespace lucid::nn::functional
