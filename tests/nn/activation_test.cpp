// Activations as layers: what they print, what they refuse, that they compute their functions.
#include <doctest/doctest.h>

#include <functional>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;

namespace {

// A layer, what PyTorch prints for it, and the function it stands for.
template <class Layer>
void check_layer(Layer layer, const std::string& text,
                 const std::function<Tensor(const Tensor&)>& function) {
  CAPTURE(text);
  CHECK(layer.str() == text);
  const Tensor x = pattern({3, 4}) * 8;
  const Tensor y = layer(x);
  CHECK(mismatch(y, function(x).shape(), function(x).to_vector<double>()) == "");
  CHECK(layer(x.to(float32)).dtype() == float32);
  // Walking a model by shape alone.
  CHECK(layer(zeros({3, 4}, {.device = meta})).shape() == y.shape());
  CHECK(layer(zeros({0, 4})).shape()[0] == 0);
}

using T = const Tensor&;

TEST_CASE("activation layers without parameters") {
  check_layer(nn::ReLU(), "ReLU()", relu);
  check_layer(nn::ReLU6(), "ReLU6()", relu6);
  check_layer(nn::SELU(), "SELU()", selu);
  check_layer(nn::SiLU(), "SiLU()", silu);
  check_layer(nn::Mish(), "Mish()", mish);
  check_layer(nn::Sigmoid(), "Sigmoid()", sigmoid);
  check_layer(nn::LogSigmoid(), "LogSigmoid()", logsigmoid);
  check_layer(nn::Tanh(), "Tanh()", [](T x) { return tanh(x); });
  check_layer(nn::Softsign(), "Softsign()", softsign);
  check_layer(nn::Hardsigmoid(), "Hardsigmoid()", hardsigmoid);
  check_layer(nn::Hardswish(), "Hardswish()", hardswish);
}

TEST_CASE("activation layers with options") {
  check_layer(nn::LeakyReLU(), "LeakyReLU(negative_slope=0.01)", [](T x) { return leaky_relu(x); });
  check_layer(nn::LeakyReLU(1), "LeakyReLU(negative_slope=1.0)", [](T x) { return x; });
  check_layer(nn::ELU(), "ELU(alpha=1.0)", [](T x) { return elu(x); });
  check_layer(nn::ELU(1e20), "ELU(alpha=1e+20)", [](T x) { return elu(x, 1e20); });
  check_layer(nn::CELU(0.5), "CELU(alpha=0.5)", [](T x) { return celu(x, 0.5); });
  check_layer(nn::GELU(), "GELU(approximate='none')", [](T x) { return gelu(x); });
  check_layer(nn::GELU("tanh"), "GELU(approximate='tanh')", [](T x) { return gelu(x, "tanh"); });
  check_layer(nn::Softplus(), "Softplus(beta=1, threshold=20)", [](T x) { return softplus(x); });
  check_layer(nn::Softplus({.beta = 0.5, .threshold = 1e-5}), "Softplus(beta=0.5, threshold=1e-05)",
              [](T x) { return softplus(x, 0.5, 1e-5); });
  check_layer(nn::Hardtanh(), "Hardtanh(min_val=-1.0, max_val=1.0)",
              [](T x) { return hardtanh(x); });
  check_layer(nn::Hardtanh({.min_val = -2.5}), "Hardtanh(min_val=-2.5, max_val=1.0)",
              [](T x) { return hardtanh(x, -2.5, 1); });
  check_layer(nn::Threshold(0.1, 20), "Threshold(threshold=0.1, value=20)",
              [](T x) { return threshold(x, 0.1, 20); });
}

TEST_CASE("activation layers along a dimension") {
  check_layer(nn::Softmax(0), "Softmax(dim=0)", [](T x) { return softmax(x, 0); });
  check_layer(nn::LogSoftmax(1), "LogSoftmax(dim=1)", [](T x) { return log_softmax(x, 1); });
  check_layer(nn::Softmin(-2), "Softmin(dim=-2)", [](T x) { return softmin(x, 0); });
  check_layer(nn::GLU(), "GLU(dim=-1)", [](T x) { return glu(x); });
}

TEST_CASE("PReLU: slopes that are learnt, saved and cloned") {
  check_layer(nn::PReLU(), "PReLU(num_parameters=1)", [](T x) { return leaky_relu(x, 0.25); });
  nn::PReLU layer(3, {.init = 0.5, .dtype = float64});
  CHECK(layer.str() == "PReLU(num_parameters=3)");
  CHECK(mismatch(layer.weight(), float64, {3}, {0.5, 0.5, 0.5}) == "");
  CHECK(layer.named_parameters().size() == 1);
  layer.load_state_dict({{"weight", tensor({1.0, 2.0, 3.0}, {.dtype = float64})}});
  const Tensor x = full({2, 3, 2}, -1.0, {.dtype = float64});
  CHECK(mismatch(layer(x)[1], {3, 2}, {-1, -1, -2, -2, -3, -3}) == "");
  layer(x).sum().backward();
  CHECK(mismatch(layer.weight().grad(), {3}, {-4, -4, -4}) == "");
  nn::PReLU copy = nn::clone(layer);
  copy.load_state_dict({{"weight", zeros({3}, {.dtype = float64})}});
  CHECK(mismatch(layer.weight(), {3}, {1, 2, 3}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              layer(zeros({2, 4}, {.dtype = float64}));
            },
            {"prelu", "[1] or [4]", "[2, 4]", "[3]"}) == "");
}

TEST_CASE("activation layers: what they refuse") {
  CHECK(wrong_error<ValueError>([] { nn::PReLU(0); }, {"PReLU", "num_parameters", "0"}) == "");
  CHECK(wrong_error<DTypeError>([] { nn::PReLU(1, {.dtype = int64}); }, {"PReLU", "int64"}) == "");
  CHECK(wrong_error<ValueError>([] { nn::CELU(0); }, {"CELU", "alpha"}) == "");
  CHECK(wrong_error<ValueError>([] { nn::GELU("tan"); }, {"GELU", "\"tanh\"", "\"tan\""}) == "");
  CHECK(wrong_error<ValueError>([] { nn::Hardtanh({.min_val = 1}); },
                                {"Hardtanh", "min_val < max_val", "1 and 1"}) == "");
  const Tensor x = zeros({2, 3});
  CHECK(wrong_error<ValueError>([&] { F::hardtanh(x, 2, 1); }, {"hardtanh", "2 and 1"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::celu(x, 0); }, {"celu", "alpha"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::gelu(x, "erf"); }, {"gelu", "\"erf\""}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::glu(x); }, {"glu", "even", "3", "[2, 3]"}) == "");
  CHECK(wrong_error<IndexError>([&] { F::glu(x, 2); }, {"glu", "dim 2"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::prelu(x, zeros({2})); }, {"prelu", "[3]", "[2]"}) == "");
}

TEST_CASE("activations of integers") {
  const Tensor x = tensor({-2, 3, 9});
  CHECK(mismatch(F::relu6(x), int64, {3}, {0, 3, 6}) == "");
  CHECK(mismatch(F::hardtanh(x), int64, {3}, {-1, 1, 1}) == "");
  CHECK(mismatch(F::threshold(x, 3, 7), int64, {3}, {7, 7, 9}) == "");
  CHECK(mismatch(F::sigmoid(tensor({0})), float32, {1}, {0.5}) == "");
  CHECK(mismatch(F::softsign(tensor({-3})), float32, {1}, {-0.75}) == "");
  const std::vector<std::pair<const char*, std::function<Tensor(T)>>> floating{
      {"leaky_relu", [](T x) { return F::leaky_relu(x); }},
      {"prelu", [](T x) { return F::prelu(x, ones({1})); }},
      {"elu", [](T x) { return F::elu(x); }},
      {"selu", F::selu},
      {"celu", [](T x) { return F::celu(x); }},
      {"gelu", [](T x) { return F::gelu(x); }},
      {"silu", F::silu},
      {"mish", F::mish},
      {"logsigmoid", F::logsigmoid},
      {"softplus", [](T x) { return F::softplus(x); }},
      {"hardsigmoid", F::hardsigmoid},
      {"hardswish", F::hardswish},
      {"softmin", [](T x) { return F::softmin(x, 0); }},
      {"glu", [](T x) { return F::glu(x); }}};
  for (const auto& [name, f] : floating) {
    CHECK(wrong_error<DTypeError>([&, f = f] { f(x); }, {name, "float32", "int64"}) == "");
  }
}

}  // namespace
