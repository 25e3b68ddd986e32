// Gradient cases of pairwise.h.
#include "autograd/functions/pairwise.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

using Binary = Tensor (*)(const Tensor&, const Tensor&);

// `a` and `b` are {4, 6}; the function must be smooth at the values of both, in any pairing that
// broadcasting leaves.
void add_binary(GradientCases& cases, const std::string& name, Binary f, const Tensor& a,
                const Tensor& b) {
  const std::string covers = name + "(Tensor,Tensor)";
  const auto case_of = [&](const char* what, const autograd::Function& function) {
    cases.push_back({covers, what, {a, b}, function});
  };
  case_of("same shape", [f](const Tensors& v) { return f(v[0], v[1]); });
  case_of("broadcast left", [f](const Tensors& v) { return f(select(v[0], 0, 1), v[1]); });
  case_of("broadcast right", [f](const Tensors& v) {
    return f(slice(v[0], 0, 1, 4), slice(v[1], 1, 2, 3).narrow(0, 0, 3));
  });
  case_of("broadcast both", [f](const Tensors& v) {
    return f(unsqueeze(select(v[0], 1, 2), 1), select(v[1], 0, 3));
  });
  case_of("zero-dim", [f](const Tensors& v) { return f(v[0][1][2], v[1][2][3]); });
  case_of("strided", [f](const Tensors& v) {
    return f(transpose(slice(v[0], 1, 0, 6, 2), 0, 1), transpose(slice(v[1], 1, 1, 6, 2), 0, 1));
  });
}

void add_powers(GradientCases& cases) {
  add_binary(cases, "pow", pow, positive({4, 6}), normal({4, 6}, 2));
  const auto add_case = [&](const char* what, const Tensor& x, Scalar exponent) {
    cases.push_back({"pow(Tensor,Scalar)", what, {x}, [exponent](const Tensors& v) {
                       return pow(v[0], exponent);
                     }});
  };
  add_case("cube of both signs", distinct({3, 5}), 3);
  add_case("square", distinct({3, 5}), 2.0);
  add_case("first power", distinct({3}), 1);
  add_case("root", positive({3, 5}), 0.5);
  add_case("negative, fractional", positive({3, 5}), -1.7);
  add_case("negative, integral", distinct({3, 5}), -2);
  add_case("zero-dim", positive({}), 2.5);
  const auto of_number = [](const Tensors& v) { return pow(2.5, v[0]); };
  cases.push_back({"pow(Scalar,Tensor)", "", {normal({3, 5})}, of_number});
  cases.push_back({"pow(Scalar,Tensor)", "zero-dim", {normal({})}, of_number});
}

void add_remainders(GradientCases& cases) {
  // Quotients from 0.01 to 0.45 off an integer, of all signs.
  const Tensor a = distinct({4, 6}, 3);
  const Tensor b = tensor({{0.53}, {-0.31}, {0.73}, {-0.97}}, {.dtype = float64})
                       .expand({4, 6})
                       .clone()
                       .requires_grad_();
  add_binary(cases, "fmod", fmod, a, b);
  add_binary(cases, "remainder", remainder, a, b);
  cases.push_back(
      {"fmod(Tensor,Scalar)", "", {a}, [](const Tensors& v) { return fmod(v[0], -0.53); }});
  cases.push_back({"remainder(Tensor,Scalar)", "", {a}, [](const Tensors& v) {
                     return remainder(v[0], -0.53);
                   }});
  cases.push_back(
      {"remainder(Scalar,Tensor)", "", {b}, [](const Tensors& v) { return remainder(2, v[0]); }});
}

void add_clamp(GradientCases& cases) {
  const char* numbers = "clamp(Tensor,std::optional<Scalar>,std::optional<Scalar>)";
  const Tensor x = distinct({3, 5});
  cases.push_back({numbers, "both", {x}, [](const Tensors& v) { return clamp(v[0], -0.4, 0.3); }});
  cases.push_back({numbers, "min", {x}, [](const Tensors& v) { return clamp(v[0], 0); }});
  cases.push_back({numbers, "max", {x}, [](const Tensors& v) { return clamp(v[0], {}, 0.3); }});
  cases.push_back({numbers, "transposed", {x}, [](const Tensors& v) {
                     return clamp(transpose(v[0], 0, 1), -0.4, 0.3);
                   }});
  const char* tensors = "clamp(Tensor,Tensor,Tensor)";
  const Tensors bounds{distinct({4, 6}), positive({6}, 2), positive({4, 1}, 3)};
  cases.push_back({tensors, "both", bounds,
                   [](const Tensors& v) { return clamp(v[0], v[1] - 1.8, v[2] - 0.7); }});
  cases.push_back({tensors, "min", {bounds[0], bounds[1]}, [](const Tensors& v) {
                     return clamp(v[0], v[1] - 1.2);
                   }});
  cases.push_back({tensors, "max", {bounds[0], bounds[2]}, [](const Tensors& v) {
                     return clamp(v[0], Tensor(), v[1] - 1.2);
                   }});
}

void add_fill_and_lerp(GradientCases& cases) {
  const Tensor mask = tensor({{true, false, true}, {false, false, true}});
  cases.push_back(
      {"masked_fill(Tensor,Tensor,Scalar)", "", {normal({2, 3})}, [mask](const Tensors& v) {
         return masked_fill(v[0], mask, 2);
       }});
  cases.push_back({"masked_fill(Tensor,Tensor,Scalar)",
                   "broadcast",
                   {normal({4, 1, 3})},
                   [mask](const Tensors& v) { return masked_fill(v[0], mask, 2); }});
  cases.push_back(
      {"masked_fill(Tensor,Tensor,Tensor)",
       "",
       {normal({3, 2}), normal({}, 2)},
       [mask](const Tensors& v) { return masked_fill(transpose(v[0], 0, 1), mask, v[1]); }});
  const Tensors ends{normal({3, 5}), normal({5}, 2), normal({2, 3, 1}, 3)};
  for (const double weight : {0.3, 0.5, -1.5}) {
    cases.push_back({"lerp(Tensor,Tensor,double)",
                     std::to_string(weight),
                     {ends[0], ends[1]},
                     [weight](const Tensors& v) { return lerp(v[0], v[1], weight); }});
  }
  cases.push_back({"lerp(Tensor,Tensor,Tensor)", "broadcast", ends,
                   [](const Tensors& v) { return lerp(v[0], v[1], v[2]); }});
}

}  // namespace

GradientCases pairwise_cases() {
  GradientCases cases;
  add_powers(cases);
  add_binary(cases, "atan2", atan2, distinct({4, 6}), normal({4, 6}, 2));
  add_remainders(cases);
  add_clamp(cases);
  add_fill_and_lerp(cases);
  return cases;
}

}  // namespace lucid::test
