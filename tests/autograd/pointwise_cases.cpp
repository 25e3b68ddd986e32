// Gradient cases of arithmetic.h and math.h.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

using Binary = Tensor (*)(const Tensor&, const Tensor&);

// Every way in which two operands can be laid out against each other.
void add_binary(GradientCases& cases, const std::string& name, Binary f) {
  const std::string covers = name + "(Tensor,Tensor)";
  const auto two = [f](const Tensors& v) { return f(v[0], v[1]); };
  cases.push_back({covers, "same shape", {normal({3, 5}), positive({3, 5}, 2)}, two});
  cases.push_back({covers, "broadcast right", {normal({2, 3, 5}), positive({3, 1}, 2)}, two});
  cases.push_back({covers, "broadcast left", {normal({1, 5}), positive({4, 5}, 2)}, two});
  cases.push_back({covers, "broadcast both", {normal({3, 1}), positive({1, 4}, 2)}, two});
  cases.push_back({covers, "zero-dim operand", {normal({}), positive({3}, 2)}, two});
  cases.push_back({covers, "two zero-dim operands", {normal({}), positive({}, 2)}, two});
  cases.push_back(
      {covers, "transposed", {normal({3, 5}), positive({5, 3}, 2)}, [f](const Tensors& v) {
         return f(transpose(v[0], 0, 1), v[1]);
       }});
  cases.push_back(
      {covers, "strided and expanded", {normal({4, 3}), positive({3}, 2)}, [f](const Tensors& v) {
         return f(slice(v[0], 0, 1, 4, 2), expand(unsqueeze(v[1], 0), {2, 3}));
       }});
  cases.push_back({covers, "one tensor twice", {positive({3})}, [f](const Tensors& v) {
                     return f(v[0], v[0] * v[0]);
                   }});
}

void add_scalar_forms(GradientCases& cases) {
  const Tensors x{positive({3, 5})};
  const auto add_case = [&](const char* covers, autograd::Function f) {
    cases.push_back({covers, "", x, std::move(f)});
  };
  add_case("add(Tensor,Scalar)", [](const Tensors& v) { return add(v[0], 1.5); });
  add_case("sub(Tensor,Scalar)", [](const Tensors& v) { return sub(v[0], 1.5); });
  add_case("sub(Scalar,Tensor)", [](const Tensors& v) { return sub(1.5, v[0]); });
  add_case("mul(Tensor,Scalar)", [](const Tensors& v) { return mul(v[0], -3); });
  add_case("div(Tensor,Scalar)", [](const Tensors& v) { return div(v[0], 3); });
  add_case("div(Scalar,Tensor)", [](const Tensors& v) { return div(2, v[0]); });
  add_case("operator+(Tensor,Scalar)", [](const Tensors& v) { return v[0] + 1.5; });
  add_case("operator-(Tensor,Scalar)", [](const Tensors& v) { return v[0] - 1.5; });
  add_case("operator*(Tensor,Scalar)", [](const Tensors& v) { return v[0] * 1.5; });
  add_case("operator/(Tensor,Scalar)", [](const Tensors& v) { return v[0] / 1.5; });
  add_case("operator+(Scalar,Tensor)", [](const Tensors& v) { return 1.5 + v[0]; });
  add_case("operator-(Scalar,Tensor)", [](const Tensors& v) { return 1.5 - v[0]; });
  add_case("operator*(Scalar,Tensor)", [](const Tensors& v) { return 1.5 * v[0]; });
  add_case("operator/(Scalar,Tensor)", [](const Tensors& v) { return 1.5 / v[0]; });
}

void add_extrema(GradientCases& cases) {
  const Tensor x = distinct({4, 6});
  for (const auto& [covers, f] : {std::pair{"maximum(Tensor,Tensor)", Binary(maximum)},
                                  std::pair{"minimum(Tensor,Tensor)", Binary(minimum)}}) {
    cases.push_back({covers, "halves of one tensor", {x}, [f = f](const Tensors& v) {
                       return f(slice(v[0], 1, 0, 3), slice(v[0], 1, 3, 6));
                     }});
    cases.push_back({covers, "broadcast", {x}, [f = f](const Tensors& v) {
                       return f(slice(v[0], 1, 0, 5), slice(v[0], 1, 5, 6));
                     }});
  }
}

void add_where(GradientCases& cases) {
  const Tensor odd = tensor({{true, false, true}, {false, false, true}});
  cases.push_back({"where(Tensor,Tensor,Tensor)",
                   "",
                   {normal({2, 3}), normal({2, 3}, 2)},
                   [odd](const Tensors& v) { return where(odd, v[0], v[1]); }});
  cases.push_back({"where(Tensor,Tensor,Tensor)",
                   "all broadcast",
                   {normal({4, 1, 1}), normal({3}, 2)},
                   [odd](const Tensors& v) { return where(odd, v[0], v[1]); }});
  cases.push_back({"where(Tensor,Tensor,Scalar)", "", {normal({2, 3})}, [odd](const Tensors& v) {
                     return where(odd, v[0], 2);
                   }});
  cases.push_back({"where(Tensor,Scalar,Tensor)", "", {normal({3})}, [odd](const Tensors& v) {
                     return where(odd, 2, v[0]);
                   }});
}

using Unary = Tensor (*)(const Tensor&);

void add_unary(GradientCases& cases, const std::string& name, Unary f, const Tensor& matrix,
               const Tensor& scalar) {
  const std::string covers = name + "(Tensor)";
  const auto one = [f](const Tensors& v) { return f(v[0]); };
  cases.push_back({covers, "matrix", {matrix}, one});
  cases.push_back({covers, "zero-dim", {scalar}, one});
  cases.push_back(
      {covers, "transposed", {matrix}, [f](const Tensors& v) { return f(transpose(v[0], 0, 1)); }});
  cases.push_back({covers, "every other column", {matrix}, [f](const Tensors& v) {
                     return f(slice(v[0], 1, 0, 5, 2));
                   }});
  cases.push_back({covers, "expanded", {scalar}, [f](const Tensors& v) {
                     return f(expand(v[0], {2, 3}));
                   }});
}

}  // namespace

GradientCases arithmetic_cases() {
  GradientCases cases;
  add_binary(cases, "add", add);
  add_binary(cases, "sub", sub);
  add_binary(cases, "mul", mul);
  add_binary(cases, "div", div);
  add_binary(cases, "operator+", operator+);
  add_binary(cases, "operator-", operator-);
  add_binary(cases, "operator*", operator*);
  add_binary(cases, "operator/", operator/);
  add_scalar_forms(cases);
  add_extrema(cases);
  add_where(cases);
  const auto sums = [](const Shape& shape) {
    return [shape](const Tensors& v) { return sum_to_size(v[0], shape); };
  };
  cases.push_back({"sum_to_size(Tensor,Shape)", "leading", {normal({2, 3, 5})}, sums({3, 5})});
  cases.push_back({"sum_to_size(Tensor,Shape)", "inner", {normal({2, 3, 5})}, sums({3, 1})});
  cases.push_back({"sum_to_size(Tensor,Shape)", "to zero-dim", {normal({2, 3})}, sums({})});
  cases.push_back({"sum_to_size(Tensor,Shape)", "nothing to do", {normal({2, 3})}, sums({2, 3})});
  return cases;
}

GradientCases math_cases() {
  GradientCases cases;
  const Tensor any = normal({3, 5});
  const Tensor apart = distinct({3, 5});
  const Tensor above = positive({3, 5});
  const Tensor scalar = positive({}, 3);
  const Tensor fraction = (distinct({3, 5}).detach() * 0.9).requires_grad_();
  const Tensor small = distinct({});
  add_unary(cases, "neg", neg, any, scalar);
  add_unary(cases, "operator-", operator-, any, scalar);
  add_unary(cases, "abs", abs, apart, scalar);
  add_unary(cases, "square", square, any, scalar);
  add_unary(cases, "sqrt", sqrt, above, scalar);
  add_unary(cases, "rsqrt", rsqrt, above, scalar);
  add_unary(cases, "reciprocal", reciprocal, apart, scalar);
  add_unary(cases, "exp", exp, any, scalar);
  add_unary(cases, "log", log, above, scalar);
  add_unary(cases, "sin", sin, any, scalar);
  add_unary(cases, "cos", cos, any, scalar);
  add_unary(cases, "tanh", tanh, any, scalar);
  add_unary(cases, "expm1", expm1, any, scalar);
  add_unary(cases, "log1p", log1p, above, scalar);
  add_unary(cases, "log2", log2, above, scalar);
  add_unary(cases, "log10", log10, above, scalar);
  add_unary(cases, "tan", tan, fraction, small);
  add_unary(cases, "asin", asin, fraction, small);
  add_unary(cases, "acos", acos, fraction, small);
  add_unary(cases, "atan", atan, any, scalar);
  add_unary(cases, "sinh", sinh, any, scalar);
  add_unary(cases, "cosh", cosh, any, scalar);
  add_unary(cases, "erf", erf, any, scalar);
  add_unary(cases, "erfc", erfc, any, scalar);
  return cases;
}

}  // namespace lucid::test
