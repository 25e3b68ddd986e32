// Gradient cases of activation.h.
#include "autograd/functions/activation.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

// Values 0.1 apart from -1.95 on that stay 0.05 away from where pieces of functions meet.
Tensor across() {
  return distinct({5, 8});
}

void add(GradientCases& cases, const char* covers, const char* what, Tensor (*f)(const Tensor& x)) {
  const Tensor x = across();
  const std::string name = what;
  cases.push_back({covers, name, {x}, [f](const Tensors& v) { return f(v[0]); }});
  cases.push_back(
      {covers, name + " zero-dim", {distinct({})}, [f](const Tensors& v) { return f(v[0]); }});
  cases.push_back({covers, name + " strided", {x}, [f](const Tensors& v) {
                     return f(slice(transpose(v[0], 0, 1), 0, 1, 8, 3));
                   }});
}

void add_pieces(GradientCases& cases) {
  using T = const Tensor&;
  add(cases, "relu(Tensor)", "", relu);
  add(cases, "relu6(Tensor)", "", [](T x) { return relu6(mul(x, 4)); });
  const char* limited = "hardtanh(Tensor,Scalar,Scalar)";
  add(cases, limited, "", [](T x) { return hardtanh(x); });
  add(cases, limited, "asymmetric", [](T x) { return hardtanh(x, -0.5, 1.5); });
  add(cases, "threshold(Tensor,Scalar,Scalar)", "", [](T x) { return threshold(x, -0.2, 7); });
  add(cases, "leaky_relu(Tensor,double)", "", [](T x) { return leaky_relu(x); });
  add(cases, "leaky_relu(Tensor,double)", "negative", [](T x) { return leaky_relu(x, -0.4); });
  add(cases, "hardsigmoid(Tensor)", "", [](T x) { return hardsigmoid(mul(x, 2)); });
  add(cases, "hardswish(Tensor)", "", [](T x) { return hardswish(mul(x, 2)); });
}

void add_smooth(GradientCases& cases) {
  using T = const Tensor&;
  add(cases, "elu(Tensor,double)", "", [](T x) { return elu(x); });
  add(cases, "elu(Tensor,double)", "scaled", [](T x) { return elu(x, 0.7); });
  add(cases, "selu(Tensor)", "", selu);
  add(cases, "celu(Tensor,double)", "", [](T x) { return celu(x); });
  add(cases, "celu(Tensor,double)", "scaled", [](T x) { return celu(x, 0.7); });
  add(cases, "gelu(Tensor,std::string_view)", "", [](T x) { return gelu(x); });
  add(cases, "gelu(Tensor,std::string_view)", "tanh", [](T x) { return gelu(x, "tanh"); });
  add(cases, "silu(Tensor)", "", silu);
  add(cases, "mish(Tensor)", "", mish);
  add(cases, "sigmoid(Tensor)", "", sigmoid);
  add(cases, "logsigmoid(Tensor)", "", logsigmoid);
  add(cases, "softplus(Tensor,double,double)", "", [](T x) { return softplus(x); });
  add(cases, "softplus(Tensor,double,double)", "sharp", [](T x) { return softplus(x, 2, 0.8); });
  add(cases, "softsign(Tensor)", "", softsign);
}

void add_along(GradientCases& cases) {
  using Along = Tensor (*)(const Tensor&, int64_t);
  for (const auto& [name, f] : {std::pair{"softmax", Along(softmax)},
                                {"log_softmax", Along(log_softmax)},
                                {"softmin", Along(softmin)}}) {
    const auto along = [f = f](int64_t dim) {
      return [f, dim](const Tensors& v) { return f(v[0], dim); };
    };
    const std::string covers = std::string(name) + "(Tensor,int64_t)";
    cases.push_back({covers, "last dim", {normal({3, 5})}, along(-1)});
    cases.push_back({covers, "first dim", {normal({3, 5})}, along(0)});
    cases.push_back({covers, "middle dim", {normal({2, 3, 5})}, along(1)});
    cases.push_back({covers, "vector", {normal({7})}, along(0)});
    cases.push_back({covers, "transposed", {normal({3, 5})}, [f = f](const Tensors& v) {
                       return f(transpose(v[0], 0, 1), 1);
                     }});
  }
  const char* covers = "glu(Tensor,int64_t)";
  cases.push_back({covers, "last", {normal({3, 4})}, [](const Tensors& v) { return glu(v[0]); }});
  cases.push_back(
      {covers, "middle", {normal({2, 6, 3})}, [](const Tensors& v) { return glu(v[0], -2); }});
}

void add_prelu(GradientCases& cases) {
  const char* covers = "prelu(Tensor,Tensor)";
  const auto f = [](const Tensors& v) { return prelu(v[0], v[1]); };
  cases.push_back({covers, "one slope", {distinct({3, 5}), normal({1})}, f});
  cases.push_back({covers, "slopes of channels", {distinct({2, 3, 4}), normal({3})}, f});
  cases.push_back({covers, "zero-dim", {distinct({}), normal({})}, f});
}

}  // namespace

GradientCases activation_cases() {
  GradientCases cases;
  add_pieces(cases);
  add_smooth(cases);
  add_along(cases);
  add_prelu(cases);
  return cases;
}

}  // namespace lucid::test
