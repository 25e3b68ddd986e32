// Tensors without elements: results and gradients keep their shapes.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

using T = const Tensor&;

Tensor nothing(const Shape& shape) {
  return zeros(shape, {.dtype = float64, .requires_grad = true});
}

TEST_CASE("gradients of nothing: functions of one tensor") {
  const std::map<std::string, std::function<Tensor(T)>> functions{
      {"expm1", expm1},
      {"floor", floor},
      {"erfc", erfc},
      {"clamp", [](T x) { return clamp(x, -1, 1); }},
      {"pow", [](T x) { return pow(x, 2.5); }},
      {"leaky_relu", [](T x) { return leaky_relu(x); }},
      {"elu", [](T x) { return elu(x); }},
      {"gelu", [](T x) { return gelu(x); }},
      {"gelu tanh", [](T x) { return gelu(x, "tanh"); }},
      {"softplus", [](T x) { return softplus(x); }},
      {"hardtanh", [](T x) { return hardtanh(x); }},
      {"glu", [](T x) { return glu(x, 1); }},
      {"softmin", [](T x) { return softmin(x, 0); }},
      {"prelu", [](T x) { return prelu(x, ones({4}, {.dtype = float64})); }}};
  for (const auto& entry : functions) {
    CAPTURE(entry.first);
    const Tensor x = nothing({0, 4});
    entry.second(x).sum().backward();
    REQUIRE(x.grad().defined());
    CHECK(x.grad().shape() == Shape{0, 4});
  }
}

TEST_CASE("gradients of nothing: functions of two and three tensors") {
  const std::map<std::string, std::function<Tensor(T, T)>> functions{
      {"pow", [](T a, T b) { return pow(a, b); }},
      {"atan2", atan2},
      {"fmod", [](T a, T b) { return fmod(a, b); }},
      {"remainder", [](T a, T b) { return remainder(a, b); }},
      {"maximum", maximum},
      {"clamp", [](T a, T b) { return clamp(a, b); }},
      {"lerp", [](T a, T b) { return lerp(a, b, b); }}};
  for (const auto& entry : functions) {
    CAPTURE(entry.first);
    const Tensor a = nothing({0, 4});
    const Tensor b = nothing({1, 4});
    entry.second(a, b).sum().backward();
    REQUIRE(a.grad().defined());
    REQUIRE(b.grad().defined());
    CHECK(a.grad().shape() == Shape{0, 4});
    // Broadcast to no rows: the sum over none of them.
    CHECK(mismatch(b.grad(), {1, 4}, {0, 0, 0, 0}) == "");
  }
}

}  // namespace
}  // namespace lucid::test
