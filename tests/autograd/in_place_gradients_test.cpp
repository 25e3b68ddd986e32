// Gradients through in-place methods that overwrite what others read, or read what they overwrite.
#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"
#include "tests/autograd/method_table.h"
#include "tests/support/outcome.h"

namespace lucid::test {
namespace {

// Writes to a tensor that was computed from the input and whose values matter before and after;
// what is written may depend on the input again.
template <class F>
autograd::Function overwriting(F write) {
  return [write](const Tensors& v) {
    const Tensor y = v[0] * 1.5;
    const Tensor before = y.add(v[0]);  // saves nothing, so y may change
    write(y, v.back());
    return y * y + before;
  };
}

template <class F>
void add_write(GradientCases& cases, const char* covers, const Tensor& x, F write) {
  cases.push_back({std::string("Tensor.") + covers, "", {x}, overwriting(write)});
}

// The inputs of a method as far as there are any.
Tensor operand(const Tensors& inputs, size_t i) {
  return i < inputs.size() ? inputs[i] : Tensor();
}

// Also with a constant on the right, and on the left.
template <class F>
void add_write2(GradientCases& cases, const char* covers, F write) {
  const std::string name = std::string("Tensor.") + covers;
  const Tensor x = normal({3, 4});
  const Tensor y = positive({4}, 2);
  cases.push_back({name, "broadcast operand", {x, y}, overwriting(write)});
  cases.push_back({name, "constant operand", {x}, overwriting([=](const Tensor& t, const Tensor&) {
                     write(t, y.detach());
                   })});
  cases.push_back({name, "written to a constant", {x}, [write](const Tensors& v) {
                     const Tensor buffer = full({3, 4}, 2, {.dtype = float64});
                     write(buffer, v[0]);
                     return buffer * buffer * v[0];
                   }});
  cases.push_back({name, "written to a column", {x, positive({3}, 2)}, [write](const Tensors& v) {
                     const Tensor base = v[0] * 1.5;
                     const Tensor column = base.select(1, 2);
                     write(column, v[1]);
                     return column * column;
                   }});
  cases.push_back({name, "operand computed from the target", {x}, [write](const Tensors& v) {
                     const Tensor target = v[0] * 1.5;
                     write(target, target.exp());  // whose gradient needs its own output alone
                     return target * target;
                   }});
  cases.push_back({name, "the target itself", {positive({3, 4})}, [write](const Tensors& v) {
                     const Tensor target = v[0] * v[0];
                     write(target, target);
                     return target * v[0] + v[0];
                   }});
  cases.push_back({name, "a view of the target", {positive({3, 4})}, [write](const Tensors& v) {
                     const Tensor target = v[0] * v[0];
                     write(target, target.select(0, 1));
                     return target * v[0];
                   }});
}

void add_binary_writes(GradientCases& cases) {
  add_write2(cases, "copy_(Tensor)", [](const Tensor& y, const Tensor& x) { y.copy_(x); });
  add_write2(cases, "add_(Tensor,Scalar)", [](const Tensor& y, const Tensor& x) { y.add_(x); });
  add_write2(cases, "add_(Tensor,Scalar)",
             [](const Tensor& y, const Tensor& x) { y.add_(x, -0.7); });
  add_write2(cases, "sub_(Tensor)", [](const Tensor& y, const Tensor& x) { y.sub_(x); });
  add_write2(cases, "mul_(Tensor)", [](const Tensor& y, const Tensor& x) { y.mul_(x); });
  add_write2(cases, "div_(Tensor)", [](const Tensor& y, const Tensor& x) { y.div_(x); });
  add_write2(cases, "operator+=(Tensor)", [](const Tensor& y, const Tensor& x) { y += x; });
  add_write2(cases, "operator-=(Tensor)", [](const Tensor& y, const Tensor& x) { y -= x; });
  add_write2(cases, "operator*=(Tensor)", [](const Tensor& y, const Tensor& x) { y *= x; });
  add_write2(cases, "operator/=(Tensor)", [](const Tensor& y, const Tensor& x) { y /= x; });
}

GradientCases in_place_cases() {
  GradientCases cases;
  add_binary_writes(cases);
  using T = const Tensor&;
  const Tensor x = distinct({3, 4});
  add_write(cases, "fill_(Scalar)", x, [](T y, T) { y.fill_(3); });
  add_write(cases, "zero_()", x, [](T y, T) { y.zero_(); });
  add_write(cases, "relu_()", x, [](T y, T x) { y.mul_(2).add_(x).relu_().add_(x * x).exp_(); });
  for (const Method& m : in_place_methods()) {
    cases.push_back({std::string("Tensor.") + m.signature, "", m.inputs, [m](const Tensors& v) {
                       const auto write = [&](const Tensor& y, const Tensor&) {
                         m.method(y, operand(v, 1), operand(v, 2));
                       };
                       return overwriting(write)(v);
                     }});
  }
  return cases;
}

TEST_CASE("gradients of in-place methods that overlap what they read") {
  for (const GradientCase& c : in_place_cases()) {
    CAPTURE(c.covers);
    CAPTURE(c.what);
    CHECK_EQ(outcome([&] { return autograd::gradcheck(c.function, c.inputs); }), "right");
    CHECK_EQ(outcome([&] { return autograd::gradgradcheck(c.function, c.inputs); }), "right");
  }
}

}  // namespace
}  // namespace lucid::test
