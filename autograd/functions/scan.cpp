#include "autograd/functions/scan.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/scan.h"

namespace lucid {

using autograd::Gradients;
using autograd::record;
using autograd::Saved;

namespace {

Tensor countable(const Tensor& x) {
  return x.to(x.is_floating_point() ? x.dtype() : int64);
}

enum class Neighbour { before, behind };

// Every element's neighbour along dim, zero where there is none.
Tensor neighbours(const Tensor& x, int64_t dim, Neighbour which) {
  const int64_t others = x.shape(dim) - 1;
  const bool before = which == Neighbour::before;
  return embed(narrow(x, dim, before ? 0 : 1, others), x.shape(), dim, before ? 1 : 0, 1);
}

Tensor running_sum(const Tensor& input, int64_t dim, bool reverse) {
  const Tensor x = countable(input);
  return record("cumsum", {x}, ops::cumsum(x, dim, reverse),
                [dim, reverse](const Tensor& grad) { return running_sum(grad, dim, !reverse); });
}

// The gradient of products = cumprod(x). With respect to x[k] it is the product of all before,
// times the sum over all products from k on of their gradient times the rest of their factors:
// a recurrence from the end.
Tensor cumprod_gradient(const Tensor& grad, const Tensor& x, const Tensor& products, int64_t dim) {
  if (x.dim() == 0) return grad;
  if (x.numel() == 0) return zeros_like(grad);
  Shape first = x.shape();
  first[normalize_dim("cumprod", dim, first.size())] = 1;
  const Tensor one = ones(first, {.dtype = x.dtype(), .device = x.device()});
  const Tensor before = cat({one, narrow(products, dim, 0, x.shape(dim) - 1)}, dim);
  return before * linear_recurrence(neighbours(x, dim, Neighbour::behind), grad, dim, true);
}

// x with the dimensions that are reduced as one at the end.
Tensor reduced_last(const Tensor& x, const ops::DimMask& mask) {
  Shape order, sizes, reduced, reduced_sizes;
  for (size_t i = 0; i < x.shape().size(); ++i) {
    if (mask.reduced[i]) {
      reduced.push_back(static_cast<int64_t>(i));
      reduced_sizes.push_back(x.shape()[i]);
    } else {
      order.push_back(static_cast<int64_t>(i));
      sizes.push_back(x.shape()[i]);
    }
  }
  for (const int64_t dim : reduced) order.push_back(dim);
  sizes.push_back(reduced_sizes.numel());
  return reshape(permute(x, order), sizes);
}

}  // namespace

Tensor cumsum(const Tensor& x, int64_t dim) {
  return running_sum(x, dim, false);
}

Tensor cumprod(const Tensor& input, int64_t dim) {
  const Tensor x = countable(input);
  return record("cumprod", {x}, ops::cumprod(x, dim),
                [dim, x = Saved(x)](const Tensor& grad, const Tensor& y) {
                  return cumprod_gradient(grad, *x, y, dim);
                });
}

Tensor prod(const Tensor& input, const Dims& dims, bool keepdim) {
  const ops::DimMask mask = ops::dim_mask("prod", dims, input.shape().size());
  const Tensor x = reduced_last(countable(input), mask);
  const Tensor y = record("prod", {x}, ops::prod(x), [saved = Saved(x)](const Tensor& grad) {
    const Tensor x = *saved;
    if (x.numel() == 0) return zeros_like(x);
    // The product is the last one of the running products.
    const Tensor last = embed(unsqueeze(grad, -1), x.shape(), -1, x.shape(-1) - 1, 1);
    return cumprod_gradient(last, x, cumprod(x, -1), -1);
  });
  return reshape(y, ops::reduced_shape(input.shape(), mask, keepdim));
}

Tensor linear_recurrence(const Tensor& factors, const Tensor& terms, int64_t dim, bool reverse) {
  return record("linear_recurrence", {factors, terms},
                ops::linear_recurrence(factors, terms, dim, reverse),
                [factors = Saved(factors), dim, reverse](const Tensor& grad,
                                                         const Tensor& y) -> Gradients<2> {
                  if (y.dim() == 0) return {zeros_like(grad), grad};
                  if (y.numel() == 0) return {zeros_like(grad), zeros_like(grad)};
                  const Neighbour came_from = reverse ? Neighbour::behind : Neighbour::before;
                  const Neighbour goes_to = reverse ? Neighbour::before : Neighbour::behind;
                  const Tensor by_terms =
                      linear_recurrence(neighbours(*factors, dim, goes_to), grad, dim, !reverse);
                  return {by_terms * neighbours(y, dim, came_from), by_terms};
                });
}

}  // namespace lucid
