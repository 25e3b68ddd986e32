// Functions element by element against PyTorch's: values and gradients, special values included.
#include <functional>
#include <limits>
#include <map>

#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "lucid/creation.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Operands = std::vector<Tensor>;
using Functions = std::map<std::string, std::function<Tensor(const Operands&)>>;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Functions unary_functions() {
  Functions functions;
  for (const auto& [name, f] : std::map<std::string, Tensor (*)(const Tensor&)>{
           {"neg", neg},     {"abs", abs},     {"sign", sign},   {"square", square},
           {"exp", exp},     {"expm1", expm1}, {"sin", sin},     {"cos", cos},
           {"tan", tan},     {"atan", atan},   {"sinh", sinh},   {"cosh", cosh},
           {"tanh", tanh},   {"erf", erf},     {"erfc", erfc},   {"sigmoid", sigmoid},
           {"floor", floor}, {"ceil", ceil},   {"round", round}, {"reciprocal", reciprocal},
           {"sqrt", sqrt},   {"rsqrt", rsqrt}, {"log", log},     {"log1p", log1p},
           {"log2", log2},   {"log10", log10}, {"asin", asin},   {"acos", acos}}) {
    functions[name] = [f = f](const Operands& v) { return f(v[0]); };
    functions[name + "_special"] = functions[name];
  }
  return functions;
}

Functions binary_functions() {
  Functions functions;
  for (const auto& [name, f] :
       std::map<std::string, Tensor (*)(const Tensor&, const Tensor&)>{{"pow", pow},
                                                                       {"atan2", atan2},
                                                                       {"fmod", fmod},
                                                                       {"remainder", remainder},
                                                                       {"maximum", maximum},
                                                                       {"minimum", minimum}}) {
    functions[name] = [f = f](const Operands& v) { return f(v[0], v[1]); };
    functions[name + "_special"] = functions[name];
  }
  return functions;
}

Functions other_functions() {
  const Tensor mask = tensor({{true, false, true}, {false, false, true}});
  return {
      {"pow_of_number", [](const Operands& v) { return pow(2.5, v[0]); }},
      {"pow_of_zero", [](const Operands& v) { return pow(0.0, v[0]); }},
      {"pow_cube", [](const Operands& v) { return pow(v[0], 3); }},
      {"pow_root", [](const Operands& v) { return pow(v[0], 0.5); }},
      {"fmod_number", [](const Operands& v) { return fmod(v[0], -1.5); }},
      {"remainder_number", [](const Operands& v) { return remainder(v[0], -1.5); }},
      {"remainder_of_number", [](const Operands& v) { return remainder(7.0, v[0]); }},
      {"clamp", [](const Operands& v) { return clamp(v[0], -1, 1.5); }},
      {"clamp_min", [](const Operands& v) { return clamp(v[0], 0.5); }},
      {"clamp_max", [](const Operands& v) { return clamp(v[0], {}, 0.5); }},
      {"clamp_crossed", [](const Operands& v) { return clamp(v[0], 1, -1); }},
      {"clamp_nan", [](const Operands& v) { return clamp(v[0], nan, 1); }},
      {"clamp_tensors", [](const Operands& v) { return clamp(v[0], v[1], v[2]); }},
      {"clamp_tensor_min", [](const Operands& v) { return clamp(v[0], v[1]); }},
      {"clamp_tensor_max", [](const Operands& v) { return clamp(v[0], Tensor(), v[1]); }},
      {"masked_fill", [mask](const Operands& v) { return masked_fill(v[0], mask, 2.5); }},
      {"masked_fill_broadcast", [mask](const Operands& v) { return masked_fill(v[0], mask, -1); }},
      {"masked_fill_tensor", [mask](const Operands& v) { return masked_fill(v[0], mask, v[1]); }},
      {"lerp", [](const Operands& v) { return lerp(v[0], v[1], 0.3); }},
      {"lerp_far", [](const Operands& v) { return lerp(v[0], v[1], 1.7); }},
      {"lerp_tensor", [](const Operands& v) { return lerp(v[0], v[1], v[2]); }},
  };
}

Functions activations() {
  using Unary = std::function<Tensor(const Tensor&)>;
  Functions functions;
  for (const auto& [name, f] : std::map<std::string, Unary>{
           {"relu", relu},
           {"relu6", relu6},
           {"hardtanh", [](const Tensor& x) { return hardtanh(x); }},
           {"hardtanh_asymmetric", [](const Tensor& x) { return hardtanh(x, -0.5, 1.5); }},
           {"threshold", [](const Tensor& x) { return threshold(x, 0.5, -2.0); }},
           {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
           {"leaky_relu_steep", [](const Tensor& x) { return leaky_relu(x, 0.3); }},
           {"elu", [](const Tensor& x) { return elu(x); }},
           {"elu_scaled", [](const Tensor& x) { return elu(x, 0.7); }},
           {"selu", selu},
           {"celu", [](const Tensor& x) { return celu(x); }},
           {"celu_scaled", [](const Tensor& x) { return celu(x, 0.5); }},
           {"gelu", [](const Tensor& x) { return gelu(x); }},
           {"gelu_tanh", [](const Tensor& x) { return gelu(x, "tanh"); }},
           {"silu", silu},
           {"mish", mish},
           {"sigmoid", sigmoid},
           {"logsigmoid", logsigmoid},
           {"softplus", [](const Tensor& x) { return softplus(x); }},
           {"softplus_sharp", [](const Tensor& x) { return softplus(x, 2, 5); }},
           {"softsign", softsign},
           {"hardsigmoid", hardsigmoid},
           {"hardswish", hardswish}}) {
    functions[name] = [f = f](const Operands& v) { return f(v[0]); };
    functions[name + "_special"] = functions[name];
  }
  functions["prelu"] = functions["prelu_one"] = [](const Operands& v) { return prelu(v[0], v[1]); };
  for (const int64_t dim : {0, 1, -1}) {
    functions["softmin_" + std::to_string(dim)] = [dim](const Operands& v) {
      return softmin(v[0], dim);
    };
  }
  functions["glu"] = [](const Operands& v) { return glu(v[0]); };
  functions["glu_middle"] = [](const Operands& v) { return glu(v[0], 1); };
  return functions;
}

// Every case of the file, and none besides, is compared.
void check_file(const std::string& file, Functions functions) {
  for_each_case(file, "", [&](const GoldenCase& c) {
    CAPTURE(c.name());
    REQUIRE(functions.contains(c.name()));
    Operands operands;
    std::vector<std::pair<std::string, Tensor>> leaves;
    for (const char* key : {"a", "b", "c"}) {
      if (!c.has(key)) continue;
      operands.push_back(c.leaf(key));
      leaves.emplace_back(key, operands.back());
    }
    c.check(functions.at(c.name())(operands), leaves);
    if (c.dtype() == float32) functions.erase(c.name());
  });
  for (const auto& [name, function] : functions) FAIL_CHECK("no golden values for ", name);
}

}  // namespace

TEST_CASE("functions element by element as PyTorch computes them") {
  Functions functions = unary_functions();
  functions.merge(binary_functions());
  functions.merge(other_functions());
  check_file("pointwise", std::move(functions));
}

TEST_CASE("activations as PyTorch computes them") {
  check_file("activations", activations());
}
