#include "autograd/functions/pooling.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "autograd/record.h"

namespace lucid {

using autograd::record;
using autograd::Saved;

namespace {

// Pooling is linear once the windows (and maxima) are fixed, so each gradient below is the adjoint
// of its operation, and has the operation as its own gradient.

Tensor flat_planes(const Tensor& x) {
  return flatten(x, 2, 3);
}

Tensor max_pool2d_gradient(const Tensor& grad, const Saved& indices, const Shape& x_shape) {
  return record("max_pool2d_gradient", {grad}, ops::max_pool2d_backward(grad, *indices, x_shape),
                [indices](const Tensor& grad) {
                  // A window wholly in the padding has index -1 and no gradient.
                  const Tensor at = flat_planes(*indices);
                  const Tensor found = ge(at, 0);
                  const Tensor picked = gather(flat_planes(grad), 2, where(found, at, 0));
                  return reshape(where(found, picked, 0), (*indices).shape());
                });
}

Tensor avg_pool2d_gradient(const Tensor& grad, const Shape& x_shape,
                           const Pool2dGeometry& geometry) {
  return record("avg_pool2d_gradient", {grad}, ops::avg_pool2d_backward(grad, x_shape, geometry),
                [geometry](const Tensor& grad) { return avg_pool2d(grad, geometry); });
}

Tensor adaptive_avg_pool2d_gradient(const Tensor& grad, const Shape& x_shape) {
  return record("adaptive_avg_pool2d_gradient", {grad},
                ops::adaptive_avg_pool2d_backward(grad, x_shape),
                [height = grad.shape(2), width = grad.shape(3)](const Tensor& grad) {
                  return adaptive_avg_pool2d(grad, height, width);
                });
}

}  // namespace

ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const Pool2dGeometry& geometry) {
  ValuesAndIndices result = ops::max_pool2d(x, geometry);
  Tensor values = record("max_pool2d", {x}, std::move(result.values),
                         [from = x.shape(), indices = Saved(result.indices)](const Tensor& grad) {
                           return max_pool2d_gradient(grad, indices, from);
                         });
  return {std::move(values), std::move(result.indices)};
}

Tensor max_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  return max_pool2d_with_indices(x, geometry).values;
}

Tensor avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  return record("avg_pool2d", {x}, ops::avg_pool2d(x, geometry),
                [from = x.shape(), geometry](const Tensor& grad) {
                  return avg_pool2d_gradient(grad, from, geometry);
                });
}

Tensor adaptive_avg_pool2d(const Tensor& x, int64_t out_height, int64_t out_width) {
  return record(
      "adaptive_avg_pool2d", {x}, ops::adaptive_avg_pool2d(x, out_height, out_width),
      [from = x.shape()](const Tensor& grad) { return adaptive_avg_pool2d_gradient(grad, from); });
}

}  // namespace lucid
