#include "autograd/functions/reduction.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/math.h"
#include "autograd/functions/shape.h"
#include "autograd/record.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/reduce.h"

namespace lucid {

using autograd::record;
using autograd::Saved;

namespace {

// The shape a reduction over dims leaves with keepdim: what its gradient broadcasts from.
Shape kept_shape(const char* operation, const Shape& shape, const Dims& dims) {
  return ops::reduced_shape(shape, ops::dim_mask(operation, dims, shape.size()), true);
}

ValuesAndIndices record_extreme(const char* name, const Tensor& x, int64_t dim, bool keepdim,
                                ValuesAndIndices result) {
  const Shape shape = x.shape();
  Tensor values =
      record(name, {x}, std::move(result.values),
             [shape, dim, keepdim, indices = Saved(result.indices)](const Tensor& grad) {
               if (shape.empty()) return grad;
               const Tensor at = keepdim ? *indices : unsqueeze(*indices, dim);
               return scatter_add(shape, dim, at, keepdim ? grad : unsqueeze(grad, dim));
             });
  return {std::move(values), std::move(result.indices)};
}

Tensor flat(const Tensor& x) {
  return reshape(x, {x.numel()});
}

}  // namespace

Tensor sum(const Tensor& input, const Dims& dims, bool keepdim) {
  const Tensor x = input.to(input.is_floating_point() ? input.dtype() : int64);
  const Shape shape = x.shape();
  return record("sum", {x}, ops::sum(x, dims, keepdim),
                [shape, kept = kept_shape("sum", shape, dims)](const Tensor& grad) {
                  return expand(reshape(grad, kept), shape);
                });
}

Tensor mean(const Tensor& x, const Dims& dims, bool keepdim) {
  const Shape shape = x.shape();
  const Shape kept = kept_shape("mean", shape, dims);
  return record("mean", {x}, ops::mean(x, dims, keepdim), [shape, kept](const Tensor& grad) {
    const int64_t outputs = kept.numel();
    const double count = outputs == 0 ? 1.0 : static_cast<double>(shape.numel() / outputs);
    return expand(reshape(grad / count, kept), shape);
  });
}

Tensor var(const Tensor& x, const Dims& dims, int64_t correction, bool keepdim) {
  ops::require_floating("var", "x", x);
  const int64_t outputs = kept_shape("var", x.shape(), dims).numel();
  const Tensor centered = x - mean(x, dims, true);
  const int64_t count = outputs == 0 ? 0 : x.numel() / outputs;
  // Too few values give a division by zero, and NaN, as in PyTorch.
  const double divisor = static_cast<double>(std::max<int64_t>(count - correction, 0));
  return sum(square(centered), dims, keepdim) / divisor;
}

ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim) {
  return record_extreme("max", x, dim, keepdim, ops::max(x, dim, keepdim));
}

ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim) {
  return record_extreme("min", x, dim, keepdim, ops::min(x, dim, keepdim));
}

Tensor max(const Tensor& x) {
  return max(flat(x), 0).values;
}
Tensor min(const Tensor& x) {
  return min(flat(x), 0).values;
}
Tensor argmax(const Tensor& x) {
  return ops::max(ops::contiguous(flat(x.detach())), 0, false, "argmax").indices;
}
Tensor argmin(const Tensor& x) {
  return ops::min(ops::contiguous(flat(x.detach())), 0, false, "argmin").indices;
}
Tensor argmax(const Tensor& x, int64_t dim, bool keepdim) {
  return ops::max(x, dim, keepdim, "argmax").indices;
}
Tensor argmin(const Tensor& x, int64_t dim, bool keepdim) {
  return ops::min(x, dim, keepdim, "argmin").indices;
}

}  // namespace lucid
