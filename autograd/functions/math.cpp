#include "autograd/functions/math.h"

#include <limits>
#include <numbers>

#include "autograd/functions/arithmetic.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/scalar_functions.h"

namespace lucid {

using autograd::record;
using autograd::Saved;
using ops::Unary;
using ops::UnaryFunction;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Pointers instead of templates, so that all functions share one type of node.
using Derivative = Tensor (*)(const Tensor& grad, const Tensor& input_or_output);

// x in the type the operation computes in; the cast is on the tape.
template <class Op>
Tensor prepared(Op op, const Tensor& x) {
  ops::require_defined(ops::name(op), "x", x);
  return x.to(ops::result_type(op, x.dtype()));
}

Tensor computed(Unary op, const Tensor& x) {
  return ops::unary(op, x);
}
Tensor computed(UnaryFunction op, const Tensor& x) {
  return ops::apply(op, x);
}

// For gradients that need the input.
template <class Op>
Tensor from_input(Op op, const Tensor& input, Derivative derivative) {
  const Tensor x = prepared(op, input);
  return record(ops::name(op), {x}, computed(op, x),
                [derivative, x = Saved(x)](const Tensor& grad) { return derivative(grad, *x); });
}

// For gradients that need the output.
template <class Op>
Tensor from_output(Op op, const Tensor& input, Derivative derivative) {
  const Tensor x = prepared(op, input);
  return record(ops::name(op), {x}, computed(op, x), derivative);
}

// For steps, whose gradient is zero wherever they have one.
template <class Op>
Tensor step(Op op, const Tensor& input) {
  const Tensor x = prepared(op, input);
  return record(ops::name(op), {x}, computed(op, x),
                [](const Tensor& grad) { return zeros_like(grad); });
}

}  // namespace

Tensor neg(const Tensor& input) {
  const Tensor x = prepared(Unary::neg, input);
  return record("neg", {x}, ops::unary(Unary::neg, x),
                [](const Tensor& grad) { return neg(grad); });
}

Tensor abs(const Tensor& x) {
  return from_input(Unary::abs, x,
                    [](const Tensor& grad, const Tensor& x) { return grad * sign(x); });
}

Tensor sign(const Tensor& x) {
  return step(Unary::sign, x);
}
Tensor floor(const Tensor& x) {
  return step(UnaryFunction::floor, x);
}
Tensor ceil(const Tensor& x) {
  return step(UnaryFunction::ceil, x);
}
Tensor round(const Tensor& x) {
  return step(UnaryFunction::round, x);
}

Tensor square(const Tensor& x) {
  return from_input(Unary::square, x,
                    [](const Tensor& grad, const Tensor& x) { return grad * x * 2; });
}

Tensor sqrt(const Tensor& x) {
  return from_output(Unary::sqrt, x,
                     [](const Tensor& grad, const Tensor& y) { return grad / (y * 2); });
}

Tensor rsqrt(const Tensor& x) {
  return from_output(Unary::rsqrt, x,
                     [](const Tensor& grad, const Tensor& y) { return grad * (y * y * y) * -0.5; });
}

Tensor reciprocal(const Tensor& x) {
  return from_output(Unary::reciprocal, x,
                     [](const Tensor& grad, const Tensor& y) { return neg(grad * (y * y)); });
}

Tensor exp(const Tensor& x) {
  return from_output(Unary::exp, x, [](const Tensor& grad, const Tensor& y) { return grad * y; });
}

Tensor log(const Tensor& x) {
  return from_input(Unary::log, x, [](const Tensor& grad, const Tensor& x) { return grad / x; });
}

Tensor expm1(const Tensor& x) {
  return from_output(UnaryFunction::expm1, x,
                     [](const Tensor& grad, const Tensor& y) { return grad * (y + 1); });
}

Tensor log1p(const Tensor& x) {
  return from_input(UnaryFunction::log1p, x,
                    [](const Tensor& grad, const Tensor& x) { return grad / (x + 1); });
}

Tensor log2(const Tensor& x) {
  return from_input(UnaryFunction::log2, x, [](const Tensor& grad, const Tensor& x) {
    return grad / (x * std::numbers::ln2);
  });
}

Tensor log10(const Tensor& x) {
  return from_input(UnaryFunction::log10, x, [](const Tensor& grad, const Tensor& x) {
    return grad / (x * std::numbers::ln10);
  });
}

Tensor sin(const Tensor& x) {
  return from_input(Unary::sin, x,
                    [](const Tensor& grad, const Tensor& x) { return grad * cos(x); });
}

Tensor cos(const Tensor& x) {
  return from_input(Unary::cos, x,
                    [](const Tensor& grad, const Tensor& x) { return neg(grad * sin(x)); });
}

Tensor tan(const Tensor& x) {
  return from_output(UnaryFunction::tan, x,
                     [](const Tensor& grad, const Tensor& y) { return grad * (y * y + 1); });
}

Tensor asin(const Tensor& x) {
  return from_input(UnaryFunction::asin, x,
                    [](const Tensor& grad, const Tensor& x) { return grad * rsqrt(1 - x * x); });
}

Tensor acos(const Tensor& x) {
  return from_input(UnaryFunction::acos, x, [](const Tensor& grad, const Tensor& x) {
    return neg(grad * rsqrt(1 - x * x));
  });
}

Tensor atan(const Tensor& x) {
  return from_input(UnaryFunction::atan, x,
                    [](const Tensor& grad, const Tensor& x) { return grad / (x * x + 1); });
}

Tensor sinh(const Tensor& x) {
  return from_input(UnaryFunction::sinh, x,
                    [](const Tensor& grad, const Tensor& x) { return grad * cosh(x); });
}

Tensor cosh(const Tensor& x) {
  return from_input(UnaryFunction::cosh, x,
                    [](const Tensor& grad, const Tensor& x) { return grad * sinh(x); });
}

Tensor tanh(const Tensor& x) {
  return from_output(Unary::tanh, x, [](const Tensor& grad, const Tensor& y) {
    return grad_enabled() ? grad * (1 - y * y) : ops::tanh_backward(grad, y);
  });
}

Tensor erf(const Tensor& x) {
  return from_input(UnaryFunction::erf, x, [](const Tensor& grad, const Tensor& x) {
    return grad * exp(neg(x * x)) * (2 * std::numbers::inv_sqrtpi);
  });
}

Tensor erfc(const Tensor& x) {
  return from_input(UnaryFunction::erfc, x, [](const Tensor& grad, const Tensor& x) {
    return grad * exp(neg(x * x)) * (-2 * std::numbers::inv_sqrtpi);
  });
}

Tensor isnan(const Tensor& x) {
  ops::require_defined("isnan", "x", x);
  return ne(x, x);
}
Tensor isinf(const Tensor& x) {
  ops::require_defined("isinf", "x", x);
  return x.is_floating_point() ? eq(abs(x.detach()), infinity) : ne(x, x);
}
Tensor isfinite(const Tensor& x) {
  ops::require_defined("isfinite", "x", x);
  return x.is_floating_point() ? lt(abs(x.detach()), infinity) : eq(x, x);
}

}  // namespace lucid
