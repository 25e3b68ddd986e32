#include "autograd/functions/reduction.h"

#include <algorithm>
#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/shape.h"
#include "autograd/observer.h"
#include "autograd/record.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/reduce.h"
#include "lucid/ops/scalar_functions.h"

namespace lucid {

using autograd::record;
using autograd::Saved;
using autograd::detail::unrecorded;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

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

using Extreme = Tensor (*)(const Tensor& x, const Dims& dims, bool keepdim, const char* operation);

Tensor shared_extreme(const char* name, Extreme extreme, const Tensor& x, const Dims& dims,
                      bool keepdim) {
  return record(name, {x}, extreme(x, dims, keepdim, name),
                [dims, kept = kept_shape(name, x.shape(), dims), saved = Saved(x)](
                    const Tensor& grad, const Tensor& y) {
                  const Tensor x = *saved;
                  const Tensor top = reshape(y, kept);
                  const Tensor ties = logical_or(eq(x, top), logical_and(isnan(x), isnan(top)));
                  const Tensor shares = ties.to(grad.dtype());
                  return shares * (reshape(grad, kept) / sum(shares, dims, true));
                });
}

// total^(1/p) with gradient 0 at 0, where the formula has none or an infinite one. The masks keep
// that out of second derivatives too.
Tensor root(const char* name, const Tensor& total, double p) {
  return record(name, {total},
                p == 2 ? ops::unary(ops::Unary::sqrt, total) : ops::pow(total, 1 / p),
                [p](const Tensor& grad, const Tensor& y) {
                  const Tensor zero = eq(y, 0);
                  const Tensor base = where(zero, 1, y);
                  const Tensor slope = p == 2 ? 0.5 / base : pow(base, 1 - p) / p;
                  return grad * where(zero, 0, slope);
                });
}

// |x|^p; where it is 0 it has no gradient, whatever p is.
Tensor power_of_size(const Tensor& x, double p) {
  if (p == 2) return square(x);
  const Tensor size = abs(x);
  if (p > 2) return pow(size, p);
  const Tensor zero = eq(size, 0);
  return where(zero, p > 0 ? 0.0 : infinity, pow(where(zero, 1, size), p));
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
  const double divisor =
      std::max(static_cast<double>(count) - static_cast<double>(correction), 0.0);
  return sum(square(centered), dims, keepdim) / divisor;
}

Tensor std(const Tensor& x, const Dims& dims, int64_t correction, bool keepdim) {
  ops::require_floating("std", "x", x);
  kept_shape("std", x.shape(), dims);  // which checks dims in this name
  return root("std", var(x, dims, correction, keepdim), 2);
}

Tensor norm(const Tensor& x, double p, const Dims& dims, bool keepdim) {
  ops::require_floating("norm", "x", x);
  kept_shape("norm", x.shape(), dims);  // which checks dims in this name
  if (p == infinity) return shared_extreme("norm", ops::amax, abs(x), dims, keepdim);
  if (p == -infinity) return shared_extreme("norm", ops::amin, abs(x), dims, keepdim);
  // A NaN is not zero either, though it has no sign.
  if (p == 0) return sum(where(isnan(x), 1, sign(abs(x))), dims, keepdim);
  if (p == 1) return sum(abs(x), dims, keepdim);
  return root("norm", sum(power_of_size(x, p), dims, keepdim), p);
}

Tensor logsumexp(const Tensor& input, const Dims& dims, bool keepdim) {
  const Tensor x = input.to(input.is_floating_point() ? input.dtype() : float32);
  const Shape kept = kept_shape("logsumexp", x.shape(), dims);
  const auto value = [&] {
    const NoGradGuard guard;
    if (x.numel() == 0) return log(sum(exp(x), dims, keepdim));
    const Tensor greatest = amax(x, dims, true);
    const Tensor top = where(isfinite(greatest), greatest, 0);
    const Tensor y = log(sum(exp(x - top), dims, keepdim));
    return y + reshape(top, y.shape());
  };
  return record("logsumexp", {x}, value(),
                [dims, kept, x = Saved(x)](const Tensor& grad, const Tensor& y) {
                  // The division makes up for the digits that y lacks where it is large.
                  const Tensor weights = exp(*x - reshape(y, kept));
                  return weights * (reshape(grad, kept) / sum(weights, dims, true));
                });
}

ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim) {
  return record_extreme("max", x, dim, keepdim, ops::max(x, dim, keepdim));
}

ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim) {
  return record_extreme("min", x, dim, keepdim, ops::min(x, dim, keepdim));
}

Tensor amax(const Tensor& x, const Dims& dims, bool keepdim) {
  return shared_extreme("amax", ops::amax, x, dims, keepdim);
}
Tensor amin(const Tensor& x, const Dims& dims, bool keepdim) {
  return shared_extreme("amin", ops::amin, x, dims, keepdim);
}
Tensor max(const Tensor& x) {
  return shared_extreme("max", ops::amax, x, {}, false);
}
Tensor min(const Tensor& x) {
  return shared_extreme("min", ops::amin, x, {}, false);
}
Tensor argmax(const Tensor& x) {
  ops::require_values("argmax", x, {});
  return unrecorded(ops::max(ops::contiguous(flat(x.detach())), 0, false, "argmax").indices, x);
}
Tensor argmin(const Tensor& x) {
  ops::require_values("argmin", x, {});
  return unrecorded(ops::min(ops::contiguous(flat(x.detach())), 0, false, "argmin").indices, x);
}
Tensor argmax(const Tensor& x, int64_t dim, bool keepdim) {
  return unrecorded(ops::max(x, dim, keepdim, "argmax").indices, x);
}
Tensor argmin(const Tensor& x, int64_t dim, bool keepdim) {
  return unrecorded(ops::min(x, dim, keepdim, "argmin").indices, x);
}

Tensor any(const Tensor& x, const Dims& dims, bool keepdim) {
  kept_shape("any", x.shape(), dims);  // which checks dims in this name
  return unrecorded(gt(ops::sum(ops::to(x, bool_), dims, keepdim), 0), x);
}
Tensor all(const Tensor& x, const Dims& dims, bool keepdim) {
  kept_shape("all", x.shape(), dims);
  return logical_not(any(logical_not(x), dims, keepdim));
}

}  // namespace lucid
