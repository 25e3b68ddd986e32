#include "autograd/functions/image.h"

#include <utility>

#include "autograd/record.h"

namespace lucid {

using autograd::record;

// Each is linear, and the gradient of its neighbour. Errors have the names that users know.

Tensor im2col(const Tensor& x, const PatchGeometry& geometry) {
  Tensor columns = ops::im2col("unfold", x, geometry);
  return record("im2col", {x}, std::move(columns),
                [height = x.shape(2), width = x.shape(3), geometry](const Tensor& grad) {
                  return col2im(grad, height, width, geometry);
                });
}

Tensor col2im(const Tensor& columns, int64_t height, int64_t width, const PatchGeometry& geometry) {
  return record("col2im", {columns}, ops::col2im("fold", columns, height, width, geometry),
                [geometry](const Tensor& grad) { return im2col(grad, geometry); });
}

Tensor resample(const Tensor& x, int64_t dim, const SamplingTaps& taps) {
  return record("resample", {x}, ops::resample(x, dim, taps),
                [dim, taps](const Tensor& grad) { return resample_adjoint(grad, dim, taps); });
}

Tensor resample_adjoint(const Tensor& x, int64_t dim, const SamplingTaps& taps) {
  return record("resample_adjoint", {x}, ops::resample_backward(x, dim, taps),
                [dim, taps](const Tensor& grad) { return resample(grad, dim, taps); });
}

}  // namespace lucid
