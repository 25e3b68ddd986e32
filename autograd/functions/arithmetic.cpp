#include "autograd/functions/arithmetic.h"

#include <cmath>

#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/observer.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/reduce.h"

namespace lucid {

using autograd::Gradients;
using autograd::InputRef;
using autograd::Needs;
using autograd::record;
using autograd::Saved;
using autograd::detail::unrecorded;
using ops::Binary;
using ops::Compare;

namespace {

// x in the type an operation computes in; the cast, if there is one, is on the tape.
class Operand {
 public:
  Operand(const Tensor& x, DType dtype) : made_(x.dtype() == dtype ? Tensor() : x.to(dtype)) {
    tensor_ = made_.defined() ? &made_ : &x;
  }
  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;
  operator const Tensor&() const noexcept { return *tensor_; }  // NOLINT: stands for the tensor

 private:
  Tensor made_;
  const Tensor* tensor_;
};

DType common_type(Binary op, const Tensor& left, const Tensor& right) {
  ops::require_defined(ops::name(op), "the first operand", left);
  ops::require_defined(ops::name(op), "the second operand", right);
  return ops::result_type(op, ops::promote(left, right));
}

// Both operands in the type they have in common.
class Operands {
 public:
  Operands(Binary op, const Tensor& left, const Tensor& right)
      : Operands(common_type(op, left, right), left, right) {}

 private:
  Operands(DType dtype, const Tensor& left, const Tensor& right)
      : left_(left, dtype), right_(right, dtype) {}

  Operand left_, right_;

 public:
  const Tensor& a = left_;
  const Tensor& b = right_;
};

Operand to_type_of(Binary op, const Tensor& x, Scalar number) {
  ops::require_defined(ops::name(op), "the operand", x);
  return {x, ops::result_type(op, number.promote(x.dtype()))};
}

// What is saved only for the gradient of another input.
Saved saved_for(const Tensor& other, const Tensor& x) {
  const autograd::GradientRecord* record = autograd::record_of(other);
  return record && record->wanted ? Saved(x) : Saved();
}

// Most gradients have their shape already, and are handed on.
Tensor summed_to(Tensor grad, const Shape& shape) {
  return grad.shape() == shape ? std::move(grad) : sum_to_size(grad, shape);
}

Tensor extremum(Binary op, const Tensor& left, const Tensor& right) {
  const Operands in(op, left, right);
  return record(ops::name(op), {in.a, in.b}, ops::binary(op, in.a, in.b),
                [op, a = Saved(in.a), b = Saved(in.b)](const Tensor& grad) -> Gradients<2> {
                  const Tensor half = grad * 0.5;
                  const Tensor tie = eq(*a, *b);
                  const Tensor a_loses = op == Binary::maximum ? lt(*a, *b) : gt(*a, *b);
                  const Tensor b_loses = op == Binary::maximum ? gt(*a, *b) : lt(*a, *b);
                  const auto share = [&](const Tensor& loses, const Shape& shape) {
                    return sum_to_size(where(tie, half, where(loses, 0, grad)), shape);
                  };
                  return {share(a_loses, (*a).shape()), share(b_loses, (*b).shape())};
                });
}

}  // namespace

Tensor sum_to_size(const Tensor& x, const Shape& shape) {
  ops::require_defined("sum_to_size", "x", x);
  if (x.shape() == shape) return x;
  if (broadcast_shapes("sum_to_size", x.shape(), shape) != x.shape()) {
    throw ShapeError(
        ops::message("sum_to_size: shape ", shape, " does not broadcast to ", x.shape()));
  }
  const size_t lead = x.shape().size() - shape.size();
  Dims dims;
  for (size_t i = 0; i < x.shape().size(); ++i) {
    if (i < lead || (shape[i - lead] == 1 && x.shape()[i] != 1)) {
      dims.push_back(static_cast<int64_t>(i));
    }
  }
  return dims.empty() ? x : sum(x, dims, false).reshape(shape);
}

Tensor add(const Tensor& left, const Tensor& right) {
  const Operands in(Binary::add, left, right);
  return record("add", {in.a, in.b}, ops::binary(Binary::add, in.a, in.b),
                [](const Tensor& grad, const Needs& needs) -> Gradients<2> {
                  return {needs[0] ? summed_to(grad, needs.shape(0)) : Tensor(),
                          needs[1] ? summed_to(grad, needs.shape(1)) : Tensor()};
                });
}

Tensor sub(const Tensor& left, const Tensor& right) {
  const Operands in(Binary::sub, left, right);
  return record("sub", {in.a, in.b}, ops::binary(Binary::sub, in.a, in.b),
                [](const Tensor& grad, const Needs& needs) -> Gradients<2> {
                  return {needs[0] ? summed_to(grad, needs.shape(0)) : Tensor(),
                          needs[1] ? summed_to(neg(grad), needs.shape(1)) : Tensor()};
                });
}

Tensor mul(const Tensor& left, const Tensor& right) {
  const Operands in(Binary::mul, left, right);
  return record("mul", {in.a, in.b}, ops::binary(Binary::mul, in.a, in.b),
                [a = saved_for(in.b, in.a), b = saved_for(in.a, in.b)](
                    const Tensor& grad, const Needs& needs) -> Gradients<2> {
                  return {needs[0] ? summed_to(grad * *b, needs.shape(0)) : Tensor(),
                          needs[1] ? summed_to(grad * *a, needs.shape(1)) : Tensor()};
                });
}

Tensor div(const Tensor& left, const Tensor& right) {
  const Operands in(Binary::div, left, right);
  return record("div", {in.a, in.b}, ops::binary(Binary::div, in.a, in.b),
                [a = saved_for(in.b, in.a), b = Saved(in.b)](const Tensor& grad,
                                                             const Needs& needs) -> Gradients<2> {
                  return {
                      needs[0] ? summed_to(grad / *b, needs.shape(0)) : Tensor(),
                      needs[1] ? summed_to(neg(grad * (*a / *b / *b)), needs.shape(1)) : Tensor()};
                });
}

Tensor add(const Tensor& a, Scalar b) {
  const Operand x = to_type_of(Binary::add, a, b);
  return record("add", {InputRef(x)}, ops::binary(Binary::add, x, b),
                [](const Tensor& grad) { return grad; });
}

Tensor sub(const Tensor& a, Scalar b) {
  const Operand x = to_type_of(Binary::sub, a, b);
  return record("sub", {InputRef(x)}, ops::binary(Binary::sub, x, b),
                [](const Tensor& grad) { return grad; });
}

Tensor sub(Scalar a, const Tensor& b) {
  const Operand x = to_type_of(Binary::sub, b, a);
  return record("sub", {InputRef(x)}, ops::binary(Binary::sub, a, x),
                [](const Tensor& grad) { return neg(grad); });
}

Tensor mul(const Tensor& a, Scalar b) {
  const Operand x = to_type_of(Binary::mul, a, b);
  return record("mul", {InputRef(x)}, ops::binary(Binary::mul, x, b),
                [b](const Tensor& grad) { return grad * b; });
}

Tensor div(const Tensor& a, Scalar b) {
  const Operand x = to_type_of(Binary::div, a, b);
  return record("div", {InputRef(x)}, ops::binary(Binary::div, x, b),
                [b](const Tensor& grad) { return grad / b; });
}

Tensor div(Scalar a, const Tensor& b) {
  const Operand x = to_type_of(Binary::div, b, a);
  return record("div", {InputRef(x)}, ops::binary(Binary::div, a, x),
                [a, x = Saved(x)](const Tensor& grad) { return neg(grad * (a / *x / *x)); });
}

namespace {

// b times alpha in the type that a and b have together; numbers beside bools are bools.
Tensor scaled(const char* name, const Tensor& a, const Tensor& b, Scalar alpha) {
  ops::require_defined(name, "the first operand", a);
  ops::require_defined(name, "the second operand", b);
  const DType dtype = ops::promote(a, b);
  if (alpha.kind() == Scalar::Kind::floating && !is_floating_point(dtype)) {
    throw DTypeError(ops::message(name, ": expected a whole number as alpha for operands of ",
                                  dtype, ", got ", alpha.to<double>()));
  }
  if (dtype == bool_) alpha = alpha.to<bool>();
  return alpha.kind() == Scalar::Kind::integer && alpha.to<int64_t>() == 1 ? b
                                                                           : b.to(dtype) * alpha;
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b, Scalar alpha) {
  return add(a, scaled("add", a, b, alpha));
}

Tensor sub(const Tensor& a, const Tensor& b, Scalar alpha) {
  return sub(a, scaled("sub", a, b, alpha));
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return extremum(Binary::maximum, a, b);
}
Tensor minimum(const Tensor& a, const Tensor& b) {
  return extremum(Binary::minimum, a, b);
}

Tensor eq(const Tensor& a, const Tensor& b) {
  return unrecorded(ops::compare(Compare::eq, a, b), a, b);
}
Tensor ne(const Tensor& a, const Tensor& b) {
  return unrecorded(ops::compare(Compare::ne, a, b), a, b);
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return unrecorded(ops::compare(Compare::lt, a, b), a, b);
}
Tensor le(const Tensor& a, const Tensor& b) {
  return unrecorded(ops::compare(Compare::le, a, b), a, b);
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return unrecorded(ops::compare(Compare::gt, a, b), a, b);
}
Tensor ge(const Tensor& a, const Tensor& b) {
  return unrecorded(ops::compare(Compare::ge, a, b), a, b);
}
Tensor eq(const Tensor& a, Scalar b) {
  return unrecorded(ops::compare(Compare::eq, a, b), a);
}
Tensor ne(const Tensor& a, Scalar b) {
  return unrecorded(ops::compare(Compare::ne, a, b), a);
}
Tensor lt(const Tensor& a, Scalar b) {
  return unrecorded(ops::compare(Compare::lt, a, b), a);
}
Tensor le(const Tensor& a, Scalar b) {
  return unrecorded(ops::compare(Compare::le, a, b), a);
}
Tensor gt(const Tensor& a, Scalar b) {
  return unrecorded(ops::compare(Compare::gt, a, b), a);
}
Tensor ge(const Tensor& a, Scalar b) {
  return unrecorded(ops::compare(Compare::ge, a, b), a);
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  ops::require_defined("where", "the first choice", a);
  ops::require_defined("where", "the second choice", b);
  const DType dtype = ops::promote(a, b);
  const Tensor x = a.to(dtype);
  const Tensor y = b.to(dtype);
  return record(
      "where", {x, y}, ops::where(condition, x, y),
      [c = Saved(condition), a = x.shape(), b = y.shape()](const Tensor& grad) -> Gradients<2> {
        return {sum_to_size(where(*c, grad, 0), a), sum_to_size(where(*c, 0, grad), b)};
      });
}

Tensor where(const Tensor& condition, const Tensor& a, Scalar b) {
  ops::require_defined("where", "the choice", a);
  return where(condition, a, ops::wrap("where", b, b.promote(a.dtype()), a.device()));
}

Tensor where(const Tensor& condition, Scalar a, const Tensor& b) {
  ops::require_defined("where", "the choice", b);
  return where(condition, ops::wrap("where", a, a.promote(b.dtype()), b.device()), b);
}

Tensor where(const Tensor& condition, Scalar a, Scalar b) {
  ops::require_defined("where", "the condition", condition);
  const Device device = condition.device();
  return where(condition, ops::wrap("where", a, a.dtype(), device),
               ops::wrap("where", b, b.dtype(), device));
}

Tensor logical_not(const Tensor& x) {
  return unrecorded(ops::logical_not(x), x);
}
bool all(const Tensor& x) {
  ops::require_defined("all", "x", x);
  unrecorded({}, x);
  return ops::all(x);
}
bool any(const Tensor& x) {
  ops::require_defined("any", "x", x);
  unrecorded({}, x);
  return ops::any(x);
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  ops::require_defined("allclose", "the first operand", a);
  ops::require_defined("allclose", "the second operand", b);
  if (a.is_meta() || b.is_meta()) throw DeviceError("allclose: a meta tensor has no values");
  if (a.shape() != b.shape()) return false;
  const std::vector<double> x = a.to_vector<double>();
  const std::vector<double> y = b.to_vector<double>();
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i]) continue;  // infinities too
    if (equal_nan && std::isnan(x[i]) && std::isnan(y[i])) continue;
    // Written so that a NaN fails.
    if (!(std::abs(x[i] - y[i]) <= atol + rtol * std::abs(y[i])) || std::isinf(y[i])) return false;
  }
  return true;
}

bool equal(const Tensor& a, const Tensor& b) {
  ops::require_defined("equal", "the first operand", a);
  ops::require_defined("equal", "the second operand", b);
  if (a.is_meta() || b.is_meta()) throw DeviceError("equal: a meta tensor has no values");
  return a.shape() == b.shape() && all(eq(a, b));
}

}  // namespace lucid
