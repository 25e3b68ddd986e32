#include "autograd/functions/pairwise.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/observer.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/scalar_functions.h"

namespace lucid {

using autograd::Gradients;
using autograd::Needs;
using autograd::record;
using autograd::Saved;
using autograd::detail::unrecorded;
using ops::BinaryFunction;

namespace {

// Both operands in the type the function computes in; the casts are on the tape.
struct Operands {
  Tensor a, b;
  Operands(BinaryFunction op, const Tensor& left, const Tensor& right) {
    ops::require_defined(ops::name(op), "the first operand", left);
    ops::require_defined(ops::name(op), "the second operand", right);
    const DType dtype = ops::result_type(op, ops::promote(left, right));
    a = left.to(dtype);
    b = right.to(dtype);
  }
};

// A number as a tensor of the type that it promotes the other operand to.
Tensor beside(BinaryFunction op, const Tensor& other, Scalar number) {
  ops::require_defined(ops::name(op), "the operand", other);
  return ops::wrap(ops::name(op), number, number.promote(other.dtype()), other.device());
}

// The last two arguments are the operands.
using Derivative = Tensor (*)(const Tensor& grad, const Tensor& a, const Tensor& b);

Tensor recorded(BinaryFunction op, const Tensor& left, const Tensor& right, Derivative by_a,
                Derivative by_b) {
  const Operands in(op, left, right);
  return record(ops::name(op), {in.a, in.b}, ops::apply(op, in.a, in.b),
                [a = Saved(in.a), b = Saved(in.b), by_a, by_b](const Tensor& grad,
                                                               const Needs& needs) -> Gradients<2> {
                  const Tensor x = *a;
                  const Tensor y = *b;
                  return {needs[0] ? sum_to_size(by_a(grad, x, y), x.shape()) : Tensor(),
                          needs[1] ? sum_to_size(by_b(grad, x, y), y.shape()) : Tensor()};
                });
}

// The masks below keep infinities out of the formulas themselves: taken out of their results they
// would come back as NaN in second derivatives.

Tensor power_by_base(const Tensor& grad, const Tensor& x, const Tensor& exponent) {
  // x^0 is constant, also at 0, where the formula would give 0 * infinity.
  const Tensor constant = logical_and(eq(exponent, 0), logical_not(gt(abs(x), 0)));
  return grad * (exponent * pow(where(constant, 1, x), exponent - 1));
}

Tensor power_by_exponent(const Tensor& grad, const Tensor& x, const Tensor& exponent) {
  // 0^e is constant for e >= 0.
  const Tensor constant = logical_and(eq(x, 0), ge(exponent, 0));
  return grad * (pow(x, exponent) * log(where(constant, 1, x)));
}

// How often fmod took b away from a. a / b itself may round to the integer above.
Tensor whole_quotient(const Tensor& a, const Tensor& rest, const Tensor& b) {
  return round((a - rest) / b);
}

Tensor fmod_by_divisor(const Tensor& grad, const Tensor& a, const Tensor& b) {
  const Tensor finite = logical_and(isfinite(a), ne(b, 0));
  return neg(grad * where(finite, whole_quotient(a, fmod(a, b), b), a / b));
}

Tensor remainder_by_divisor(const Tensor& grad, const Tensor& a, const Tensor& b) {
  const Tensor rest = fmod(a, b);
  const Tensor other_side = logical_and(ne(rest, 0), ne(lt(rest, 0), lt(b, 0)));
  const Tensor quotient = whole_quotient(a, rest, b) - other_side.to(b.dtype());
  return neg(grad * where(ne(b, 0), quotient, a / b));
}

Tensor unchanged(const Tensor& grad, const Tensor&, const Tensor&) {
  return grad;
}

}  // namespace

Tensor pow(const Tensor& x, const Tensor& exponent) {
  return recorded(BinaryFunction::pow, x, exponent, power_by_base, power_by_exponent);
}

Tensor pow(Scalar x, const Tensor& exponent) {
  return pow(beside(BinaryFunction::pow, exponent, x), exponent);
}

Tensor pow(const Tensor& input, Scalar exponent) {
  ops::require_defined("pow", "x", input);
  const Tensor x = input.to(exponent.promote(input.dtype()));
  return record("pow", {x}, ops::pow(x, exponent), [exponent, x = Saved(x)](const Tensor& grad) {
    const double power = exponent.to<double>();
    // As in power_by_base.
    if (power == 0) return zeros_like(grad);
    return grad * pow(*x, power - 1) * power;
  });
}

Tensor atan2(const Tensor& y, const Tensor& x) {
  return recorded(
      BinaryFunction::atan2, y, x,
      [](const Tensor& grad, const Tensor& y, const Tensor& x) {
        return grad * (x / (y * y + x * x));
      },
      [](const Tensor& grad, const Tensor& y, const Tensor& x) {
        return neg(grad * (y / (y * y + x * x)));
      });
}

Tensor fmod(const Tensor& a, const Tensor& b) {
  return recorded(BinaryFunction::fmod, a, b, unchanged, fmod_by_divisor);
}
Tensor fmod(const Tensor& a, Scalar b) {
  return fmod(a, beside(BinaryFunction::fmod, a, b));
}
Tensor remainder(const Tensor& a, const Tensor& b) {
  return recorded(BinaryFunction::remainder, a, b, unchanged, remainder_by_divisor);
}
Tensor remainder(const Tensor& a, Scalar b) {
  return remainder(a, beside(BinaryFunction::remainder, a, b));
}
Tensor remainder(Scalar a, const Tensor& b) {
  return remainder(beside(BinaryFunction::remainder, b, a), b);
}

Tensor clamp(const Tensor& input, std::optional<Scalar> min, std::optional<Scalar> max) {
  if (!min && !max) throw ValueError("clamp: expected min, max or both, got neither");
  ops::require_defined("clamp", "x", input);
  Tensor x = input;
  if (min) x = x.to(min->promote(x.dtype()));
  if (max) x = x.to(max->promote(x.dtype()));
  return record("clamp", {x}, ops::clamp(x, min, max),
                [min, max, x = Saved(x)](const Tensor& grad) {
                  const Tensor inside = !max   ? ge(*x, *min)
                                        : !min ? le(*x, *max)
                                               : logical_and(ge(*x, *min), le(*x, *max));
                  return where(inside, grad, 0);
                });
}

namespace {

// Like maximum() and minimum(), but x gets the whole gradient where it equals the bound.
Tensor limited(ops::Binary op, const Tensor& input, const Tensor& limit) {
  ops::require_defined("clamp", "x", input);
  broadcast_shapes("clamp", input.shape(), limit.shape());
  const DType dtype = ops::promote(input, limit);
  const Tensor x = input.to(dtype);
  const Tensor bound = limit.to(dtype);
  return record("clamp", {x, bound}, ops::binary(op, x, bound),
                [op, x = Saved(x), bound = Saved(bound)](const Tensor& grad) -> Gradients<2> {
                  const Tensor a = *x;
                  const Tensor b = *bound;
                  const bool from_below = op == ops::Binary::maximum;
                  const Tensor kept = from_below ? ge(a, b) : le(a, b);
                  const Tensor taken = from_below ? lt(a, b) : gt(a, b);
                  return {sum_to_size(where(kept, grad, 0), a.shape()),
                          sum_to_size(where(taken, grad, 0), b.shape())};
                });
}

}  // namespace

Tensor clamp(const Tensor& x, const Tensor& min, const Tensor& max) {
  if (!min.defined() && !max.defined()) {
    throw ValueError("clamp: expected min, max or both, got neither");
  }
  const Tensor raised = min.defined() ? limited(ops::Binary::maximum, x, min) : x;
  return max.defined() ? limited(ops::Binary::minimum, raised, max) : raised;
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  ops::require_defined("masked_fill", "x", x);
  ops::require_defined("masked_fill", "mask", mask);
  ops::require_defined("masked_fill", "value", value);
  if (mask.dtype() != bool_) {
    throw DTypeError(ops::message("masked_fill: expected a bool mask, got ", mask.dtype()));
  }
  if (value.dim() != 0) {
    throw ShapeError(
        ops::message("masked_fill: expected a number or a zero-dimensional value, got ", "shape ",
                     value.shape(), "; where() takes any"));
  }
  broadcast_shapes("masked_fill", x.shape(), mask.shape());
  return where(mask, value.to(x.dtype()), x);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value) {
  ops::require_defined("masked_fill", "x", x);
  return masked_fill(x, mask, ops::wrap("masked_fill", value, x.dtype(), x.device()));
}

namespace {

void require_ends(const Tensor& start, const Tensor& end) {
  ops::require_floating("lerp", "start", start);
  ops::require_defined("lerp", "end", end);
  ops::require_same_dtype("lerp", start, "start", end, "end");
  broadcast_shapes("lerp", start.shape(), end.shape());
}

}  // namespace

Tensor lerp(const Tensor& start, const Tensor& end, double weight) {
  require_ends(start, end);
  // From the nearer end, which is how both are exact.
  const Tensor way = end - start;
  return weight < 0.5 ? start + way * weight : end - way * (1 - weight);
}

Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  require_ends(start, end);
  ops::require_defined("lerp", "weight", weight);
  ops::require_same_dtype("lerp", start, "start", weight, "weight");
  broadcast_shapes("lerp", broadcast_shapes("lerp", start.shape(), end.shape()), weight.shape());
  const auto value = [&] {
    const NoGradGuard guard;
    const Tensor way = end - start;
    return where(lt(weight, 0.5), start + way * weight, end - way * (1 - weight));
  };
  return record("lerp", {start, end, weight}, value(),
                [start = Saved(start), end = Saved(end), weight = Saved(weight)](
                    const Tensor& grad, const Needs& needs) -> Gradients<3> {
                  const Tensor w = *weight;
                  const Tensor a = *start;
                  const Tensor b = *end;
                  return {needs[0] ? sum_to_size(grad * (1 - w), a.shape()) : Tensor(),
                          needs[1] ? sum_to_size(grad * w, b.shape()) : Tensor(),
                          needs[2] ? sum_to_size(grad * (b - a), w.shape()) : Tensor()};
                });
}

namespace {

// Two operands as bools, whatever is not zero being true; the operation that follows would name
// itself in the error about their shapes.
struct Bools {
  Tensor a, b;
  Bools(const char* operation, const Tensor& left, const Tensor& right) {
    ops::require_defined(operation, "the first operand", left);
    ops::require_defined(operation, "the second operand", right);
    broadcast_shapes(operation, left.shape(), right.shape());
    a = left.to(bool_);
    b = right.to(bool_);
  }
};

}  // namespace

Tensor logical_and(const Tensor& left, const Tensor& right) {
  const Bools in("logical_and", left, right);
  return unrecorded(ops::binary(ops::Binary::mul, in.a, in.b), left, right);
}
Tensor logical_or(const Tensor& left, const Tensor& right) {
  const Bools in("logical_or", left, right);
  return unrecorded(ops::binary(ops::Binary::add, in.a, in.b), left, right);
}
Tensor logical_xor(const Tensor& left, const Tensor& right) {
  const Bools in("logical_xor", left, right);
  return unrecorded(ops::compare(ops::Compare::ne, in.a, in.b), left, right);
}

}  // namespace lucid
