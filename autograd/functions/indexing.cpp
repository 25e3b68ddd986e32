#include "autograd/functions/indexing.h"

#include "autograd/functions/shape.h"
#include "autograd/record.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid {

using autograd::record;

// Indices are captured as Saved too: they must not change before the backward pass.
using autograd::Saved;

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  return record("index_select", {x}, ops::index_select(x, dim, index),
                [from = x.shape(), dim, index = Saved(index)](const Tensor& grad) {
                  return index_add(from, dim, *index, grad);
                });
}

Tensor index_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source) {
  return record(
      "index_add", {source}, ops::index_add(shape, dim, index, source),
      [dim, index = Saved(index)](const Tensor& grad) { return index_select(grad, dim, *index); });
}

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index) {
  return record("gather", {x}, ops::gather(x, dim, index),
                [from = x.shape(), dim, index = Saved(index)](const Tensor& grad) {
                  return scatter_add(from, dim, *index, grad);
                });
}

Tensor scatter_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source) {
  return record(
      "scatter_add", {source}, ops::scatter_add(shape, dim, index, source),
      [dim, index = Saved(index)](const Tensor& grad) { return gather(grad, dim, *index); });
}

Tensor embed(const Tensor& x, const Shape& shape, int64_t dim, int64_t start, int64_t step) {
  const size_t d = normalize_dim("embed", dim, shape.size());
  const int64_t count = x.shape(dim);
  // slice() would cut off what does not fit.
  if (start < 0 || step < 1 || (count > 0 && start >= shape[d]) ||
      (count > 1 && (shape[d] - 1 - start) / step < count - 1)) {
    throw IndexError(ops::message("embed: ", count, " positions from ", start, " with step ", step,
                                  " leave dim ", dim, " of shape ", shape));
  }
  const Tensor output = ops::allocate(shape, x.dtype(), x.device());
  ops::fill(output, 0);
  const int64_t end = count > 0 ? start + (count - 1) * step + 1 : start;
  ops::copy_into(x, ops::slice(output, dim, start, end, step));
  return record("embed", {x}, output, [dim, start, end, step](const Tensor& grad) {
    return slice(grad, dim, start, end, step);
  });
}

}  // namespace lucid
