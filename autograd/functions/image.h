// Patches of images, and dimensions sampled anew: what nn::functional's unfold, fold and
// interpolate are made of.
#pragma once

#include "lucid/ops/image.h"
#include "lucid/tensor.h"

namespace lucid {

/// The patches of x (N, C, H, W) as columns (N, C * kernel[0] * kernel[1], patches), row by row;
/// what lies in the padding is 0
/// (https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html).
/// @throws ShapeError, ValueError for a geometry that does not fit; DTypeError unless x is
/// floating-point. So for all below.
Tensor im2col(const Tensor& x, const PatchGeometry& geometry);
/// Images (N, C, height, width) from columns: the sum of what im2col would have taken from each
/// pixel (https://pytorch.org/docs/stable/generated/torch.nn.Fold.html).
Tensor col2im(const Tensor& columns, int64_t height, int64_t width, const PatchGeometry& geometry);

/// x with one dimension replaced by weighted sums of its elements.
Tensor resample(const Tensor& x, int64_t dim, const SamplingTaps& taps);
/// The adjoint of resample(): each element added, weighted, where it would have come from.
Tensor resample_adjoint(const Tensor& x, int64_t dim, const SamplingTaps& taps);

}  // namespace lucid
