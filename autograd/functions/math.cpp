#include "autograd/functions/math.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/pointwise.h"

namespace lucid {

using autograd::record;
using autograd::Saved;
using ops::Unary;

namespace {

// x in the type the operation computes in; the cast is on the tape.
Tensor prepared(Unary op, const Tensor& x) {
  return x.to(ops::result_type(op, x.dtype()));
}

// For gradients that need the input.
template <class Derivative>
Tensor from_input(Unary op, const Tensor& input, const Derivative& derivative) {
  const Tensor x = prepared(op, input);
  return record(ops::name(op), {x}, ops::unary(op, x),
                [derivative, x = Saved(x)](const Tensor& grad) { return derivative(grad, *x); });
}

// For gradients that need the output.
template <class Derivative>
Tensor from_output(Unary op, const Tensor& input, const Derivative& derivative) {
  const Tensor x = prepared(op, input);
  return record(ops::name(op), {x}, ops::unary(op, x), derivative);
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

Tensor sign(const Tensor& input) {
  const Tensor x = prepared(Unary::sign, input);
  return record("sign", {x}, ops::unary(Unary::sign, x),
                [](const Tensor& grad) { return zeros_like(grad); });
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

Tensor sin(const Tensor& x) {
  return from_input(Unary::sin, x,
                    [](const Tensor& grad, const Tensor& x) { return grad * cos(x); });
}

Tensor cos(const Tensor& x) {
  return from_input(Unary::cos, x,
                    [](const Tensor& grad, const Tensor& x) { return neg(grad * sin(x)); });
}

Tensor tanh(const Tensor& x) {
  return from_output(Unary::tanh, x,
                     [](const Tensor& grad, const Tensor& y) { return grad * (1 - y * y); });
}

Tensor pow(const Tensor& input, Scalar exponent) {
  const Tensor x = input.to(exponent.promote(input.dtype()));
  return record("pow", {x}, ops::pow(x, exponent), [exponent, x = Saved(x)](const Tensor& grad) {
    const double power = exponent.to<double>();
    // x^0 is constant, also at 0, where the formula would give 0 * infinity.
    if (power == 0) return zeros_like(grad);
    return grad * pow(*x, power - 1) * power;
  });
}

Tensor clamp(const Tensor& x, double low, double high) {
  return record("clamp", {x}, ops::clamp(x, low, high),
                [low, high, x = Saved(x)](const Tensor& grad) {
                  return where(lt(*x, low), 0, where(gt(*x, high), 0, grad));
                });
}

}  // namespace lucid
