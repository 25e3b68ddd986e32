// Gradient cases of the methods of Tensor, in-place ones included.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"
#include "tests/autograd/method_table.h"

namespace lucid::test {
namespace {

struct Adder {
  GradientCases& cases;
  template <class F>
  void operator()(const char* covers, const Tensor& x, F f) const {
    cases.push_back(
        {std::string("Tensor.") + covers, "", {x}, [f](const Tensors& v) { return f(v[0]); }});
  }
  template <class F>
  void operator()(const char* covers, const Tensor& x, const Tensor& y, F f) const {
    cases.push_back({std::string("Tensor.") + covers, "", {x, y}, [f](const Tensors& v) {
                       return f(v[0], v[1]);
                     }});
  }
};

void add_arithmetic(const Adder& add) {
  const Tensor x = normal({3, 4});
  const Tensor y = positive({4}, 2);
  const Tensor above = positive({3, 4});
  add("add(Tensor)", x, y, [](const Tensor& a, const Tensor& b) { return a.add(b); });
  add("sub(Tensor)", x, y, [](const Tensor& a, const Tensor& b) { return a.sub(b); });
  add("mul(Tensor)", x, y, [](const Tensor& a, const Tensor& b) { return a.mul(b); });
  add("div(Tensor)", x, y, [](const Tensor& a, const Tensor& b) { return a.div(b); });
  add("pow(Scalar)", x, [](const Tensor& t) { return t.pow(3); });
  add("neg()", x, [](const Tensor& t) { return t.neg(); });
  add("abs()", distinct({3, 4}), [](const Tensor& t) { return t.abs(); });
  add("exp()", x, [](const Tensor& t) { return t.exp(); });
  add("log()", above, [](const Tensor& t) { return t.log(); });
  add("sqrt()", above, [](const Tensor& t) { return t.sqrt(); });
  add("square()", x, [](const Tensor& t) { return t.square(); });
  add("tanh()", x, [](const Tensor& t) { return t.tanh(); });
  add("sigmoid()", x, [](const Tensor& t) { return t.sigmoid(); });
  add("relu()", distinct({3, 4}), [](const Tensor& t) { return t.relu(); });
  add("softmax(int64_t)", x, [](const Tensor& t) { return t.softmax(1); });
  add("log_softmax(int64_t)", x, [](const Tensor& t) { return t.log_softmax(0); });
}

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
                     return buffer * v[0];
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

}  // namespace

GradientCases method_cases() {
  GradientCases cases;
  const Adder add{cases};
  add_arithmetic(add);
  for (const Method& m : differentiable_methods()) {
    cases.push_back({std::string("Tensor.") + m.signature, "", m.inputs, [m](const Tensors& v) {
                       return m.method(v[0], operand(v, 1), operand(v, 2));
                     }});
  }
  return cases;
}

GradientCases in_place_cases() {
  GradientCases cases;
  add_binary_writes(cases);
  using T = const Tensor&;
  const Tensor x = distinct({3, 4});
  const Tensor above = positive({3, 4});
  add_write(cases, "fill_(Scalar)", x, [](T y, T) { y.fill_(3); });
  add_write(cases, "zero_()", x, [](T y, T) { y.zero_(); });
  add_write(cases, "add_(Scalar)", x, [](T y, T) { y.add_(2.5); });
  add_write(cases, "sub_(Scalar)", x, [](T y, T) { y.sub_(2.5); });
  add_write(cases, "mul_(Scalar)", x, [](T y, T) { y.mul_(2.5); });
  add_write(cases, "div_(Scalar)", x, [](T y, T) { y.div_(2.5); });
  add_write(cases, "operator+=(Scalar)", x, [](T y, T) { y += 2.5; });
  add_write(cases, "operator-=(Scalar)", x, [](T y, T) { y -= 2.5; });
  add_write(cases, "operator*=(Scalar)", x, [](T y, T) { y *= 2.5; });
  add_write(cases, "operator/=(Scalar)", x, [](T y, T) { y /= 2.5; });
  add_write(cases, "neg_()", x, [](T y, T) { y.neg_(); });
  add_write(cases, "exp_()", x, [](T y, T) { y.exp_(); });
  add_write(cases, "sqrt_()", above, [](T y, T) { y.sqrt_(); });
  add_write(cases, "tanh_()", x, [](T y, T) { y.tanh_(); });
  add_write(cases, "sigmoid_()", x, [](T y, T) { y.sigmoid_(); });
  add_write(cases, "relu_()", x, [](T y, T) { y.relu_(); });
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

}  // namespace lucid::test
