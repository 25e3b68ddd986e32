#include "autograd/functions/activation.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/record.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/reduce.h"

namespace lucid {

using autograd::record;
using ops::Unary;

Tensor relu(const Tensor& input) {
  const Tensor x = input.to(ops::result_type(Unary::relu, input.dtype()));
  return record("relu", {x}, ops::unary(Unary::relu, x), [](const Tensor& grad, const Tensor& y) {
    return grad_enabled() ? where(gt(y, 0), grad, 0) : ops::relu_backward(grad, y);
  });
}

Tensor sigmoid(const Tensor& input) {
  const Tensor x = input.to(ops::result_type(Unary::sigmoid, input.dtype()));
  return record("sigmoid", {x}, ops::unary(Unary::sigmoid, x),
                [](const Tensor& grad, const Tensor& y) { return grad * (y * (1 - y)); });
}

// Where the gradient itself must be differentiable it is put together from public operations; the
// fused kernels compute the same.

Tensor softmax(const Tensor& x, int64_t dim) {
  return record("softmax", {x}, ops::softmax(x, dim), [dim](const Tensor& grad, const Tensor& y) {
    if (!grad_enabled()) return ops::softmax_backward(grad, y, dim);
    return y * (grad - sum(grad * y, dim, true));
  });
}

Tensor log_softmax(const Tensor& x, int64_t dim) {
  return record("log_softmax", {x}, ops::log_softmax(x, dim),
                [dim](const Tensor& grad, const Tensor& y) {
                  if (!grad_enabled()) return ops::log_softmax_backward(grad, y, dim);
                  return grad - exp(y) * sum(grad, dim, true);
                });
}

}  // namespace lucid
