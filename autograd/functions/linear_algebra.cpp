#include "autograd/functions/linear_algebra.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/fused.h"
#include "autograd/record.h"
#include "lucid/ops/common.h"
#include "lucid/ops/matmul.h"
#include "lucid/ops/view.h"

namespace lucid {

using autograd::Gradients;
using autograd::Needs;
using autograd::record;
using autograd::Saved;

namespace {

// Both at least matrices: the gradients are products with the other operand's transpose. On the
// tape it is a matmul, whatever was called; its errors name that.
Tensor matrix_product(const char* called, const Tensor& a, const Tensor& b) {
  // Where small matrices are multiplied, getting ready for the tape is felt.
  if (!grad_enabled() && !autograd::detail::anybody_observes()) return ops::matmul(a, b, called);
  return record(
      "matmul", {a, b}, ops::matmul(a, b, called),
      [a = Saved(a), b = Saved(b)](const Tensor& grad, const Needs& needs) -> Gradients<2> {
        Gradients<2> grads;
        if (needs[0]) {
          grads[0] = sum_to_size(matmul(grad, transpose(*b, -1, -2)), (*a).shape());
        }
        if (needs[1]) {
          grads[1] = sum_to_size(matmul(transpose(*a, -1, -2), grad), (*b).shape());
        }
        return grads;
      });
}

// matmul() whose errors name what was called.
Tensor product(const char* called, const Tensor& a, const Tensor& b) {
  // What does not fit is passed on as it is, to be refused with the shapes that the caller knows.
  if (a.dim() != 1 && b.dim() != 1) return matrix_product(called, a, b);
  if (a.dim() == 0 || b.dim() == 0 || a.shape(-1) != b.shape(b.dim() == 1 ? 0 : -2)) {
    return ops::matmul(a, b, called);
  }
  const Tensor left = a.dim() == 1 ? unsqueeze(a, 0) : a;
  const Tensor right = b.dim() == 1 ? unsqueeze(b, 1) : b;
  Tensor result = matrix_product(called, left, right);
  if (b.dim() == 1) result = squeeze(result, -1);
  if (a.dim() == 1) result = squeeze(result, b.dim() == 1 ? -1 : -2);
  return result;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  return product("matmul", a, b);
}

Tensor mm(const Tensor& a, const Tensor& b) {
  ops::require_rank("mm", "a", a, 2, "(n, m)");
  ops::require_rank("mm", "b", b, 2, "(m, p)");
  return product("mm", a, b);
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  ops::require_rank("bmm", "a", a, 3, "(B, n, m)");
  ops::require_rank("bmm", "b", b, 3, "(B, m, p)");
  if (a.shape(0) != b.shape(0)) {
    throw ShapeError(ops::message("bmm: expected as many matrices in a as in b, got shapes ",
                                  a.shape(), " and ", b.shape()));
  }
  return product("bmm", a, b);
}

Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) {
  ops::require_rank("addmm", "a", a, 2, "(n, m)");
  ops::require_rank("addmm", "b", b, 2, "(m, p)");
  ops::require_same_dtype("addmm", x, "x", a, "a");
  const Shape shape{a.shape(0), b.shape(1)};
  if (broadcast_shapes("addmm", x.shape(), shape) != shape) {
    throw ShapeError(ops::message("addmm: x of shape ", x.shape(),
                                  " does not broadcast to the product's shape ", shape));
  }
  const auto is = [](Scalar number, double value) { return number.to<double>() == value; };
  for (const Scalar factor : {beta, alpha}) {
    if (factor.kind() != Scalar::Kind::floating || x.is_floating_point()) continue;
    throw DTypeError(ops::message("addmm: expected whole numbers as beta and alpha for tensors of ",
                                  x.dtype(), ", got ", factor.to<double>()));
  }
  Tensor result = product("addmm", a, b);
  if (!is(alpha, 1)) result = result * alpha;
  if (is(beta, 0)) return result;
  return (is(beta, 1) ? x : x * beta) + result;
}

Tensor outer(const Tensor& a, const Tensor& b) {
  ops::require_rank("outer", "a", a, 1, "(n)");
  ops::require_rank("outer", "b", b, 1, "(m)");
  return unsqueeze(a, 1) * b;
}

Tensor dot(const Tensor& a, const Tensor& b) {
  ops::require_rank("dot", "a", a, 1, "(n)");
  ops::require_rank("dot", "b", b, 1, "(n)");
  ops::require_same_dtype("dot", a, "a", b, "b");
  ops::require_shape("dot", "b", b, a.shape());
  return product("dot", a, b);
}

namespace {

// With or without a relu: then the node keeps the output, to see what got through.
Tensor recorded_linear(const char* name, const Tensor& x, const Tensor& weight, const Tensor& bias,
                       bool relu) {
  Tensor result = ops::linear(x, weight, bias, relu);
  Saved output(relu ? ops::alias(result) : Tensor());
  return record(name, {x, weight, bias}, std::move(result),
                [x = Saved(x), weight = Saved(weight), output = std::move(output)](
                    const Tensor& grad, const Needs& needs) {
                  // As numbers, since -1 does not say how many rows of no columns there are.
                  const Shape& shape = grad.shape();
                  const int64_t count = Shape(shape.begin(), shape.size() - 1).numel();
                  Tensor rows = reshape(grad, {count, grad.shape(-1)});
                  if (const Tensor& y = *output; y.defined()) {
                    rows = autograd::relu_input_gradient(rows, reshape(y, rows.shape()));
                  }
                  Gradients<3> grads;
                  if (needs[0]) grads[0] = matmul(reshape(rows, shape), *weight);
                  if (needs[1]) {
                    const Tensor inputs = reshape(*x, {count, (*x).shape(-1)});
                    grads[1] = matmul(transpose(rows, 0, 1), inputs);
                  }
                  if (needs[2]) grads[2] = sum(rows, 0);
                  return grads;
                });
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (weight.dim() == 1) {
    const bool number = bias.defined() && bias.dim() == 0;
    return squeeze(linear(x, unsqueeze(weight, 0), number ? unsqueeze(bias, 0) : bias), -1);
  }
  return recorded_linear("linear", x, weight, bias, false);
}

Tensor autograd::linear_relu(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return recorded_linear("linear_relu", x, weight, bias, true);
}

}  // namespace lucid
