// Anomaly mode, and pictures of the tape: what helps to find mistakes.
#include "autograd/anomaly.h"

#include <doctest/doctest.h>

#include <limits>
#include <thread>

#include "autograd/custom_function.h"
#include "autograd/dot.h"
#include "autograd/engine.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;
using autograd::AnomalyGuard;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Tensor leaf(const NestedList& values) {
  return tensor(values, {.dtype = float64, .requires_grad = true});
}

template <class Function>
std::string anomaly_of(const Function& function) {
  return message_of<AutogradError>([&] {
    const AnomalyGuard guard;
    function();
  });
}

}  // namespace

TEST_CASE("the operation that makes the first NaN or infinity is named") {
  const Tensor x = leaf({{1, -1, 0}});
  CHECK(contains(anomaly_of([&] { log(x * 2).sum(); }), "anomaly: log gave NaN"));
  CHECK(contains(anomaly_of([&] { log(x * 2).sum(); }), "[1, 3]"));
  CHECK(contains(anomaly_of([&] { (1 / (x + 1)).sum(); }), "div gave an infinity"));
  CHECK(contains(anomaly_of([&] { matmul(x, x.detach().t() * inf); }), "mul gave"));
  // Also of what is not recorded, of other layouts and types.
  CHECK(contains(anomaly_of([&] { sqrt(x.detach()); }), "sqrt gave NaN"));
  CHECK(contains(anomaly_of([&] { log(x.to(float32).t()); }), "log gave NaN"));
  CHECK(contains(anomaly_of([&] { x.detach().clone().sqrt_(); }), "sqrt gave NaN"));
}

TEST_CASE("what comes in from outside is named where it is used") {
  const Tensor x = leaf({1, 2});
  const Tensor data = tensor({1.0, nan}, {.dtype = float64});
  const std::string message = anomaly_of([&] { x* data; });
  CHECK(contains(message, "mul gave NaN"));
  CHECK(contains(message, "[2], [2] (has NaN already)"));
}

TEST_CASE("a gradient that is not finite names the operation of the forward pass") {
  const Tensor x = leaf({4, 0});
  const std::string message = anomaly_of([&] {
    const autograd::OriginGuard origin("features.3 (Root)");
    sqrt(x).sum().backward();
  });
  CHECK(contains(message, "backward pass of sqrt in module features.3 (Root)"));
  CHECK(contains(message, "infinity"));
  CHECK_FALSE(x.grad().defined());
  // Of an operation whose backward makes it in one piece.
  const std::string custom = anomaly_of([&] {
    const auto out = autograd::apply_custom(
        "broken", {x}, [&](autograd::FunctionContext&) { return std::vector<Tensor>{x * 1}; },
        [&](autograd::FunctionContext&, const std::vector<Tensor>&) {
          return std::vector<Tensor>{tensor({1.0, nan}, {.dtype = float64})};
        });
    out[0].sum().backward();
  });
  CHECK(contains(custom, "the backward pass of broken gave NaN in the gradient of shape [2]"));
}

TEST_CASE("infinities may be meant") {
  const Tensor x = leaf({1, 2});
  const AnomalyGuard guard(false);
  CHECK_NOTHROW((x * inf).sum());
  CHECK_THROWS_AS((x * inf - x * inf).sum(), AutogradError);
}

TEST_CASE("anomaly mode belongs to a scope and a thread, and meets no integers or meta tensors") {
  const Tensor x = leaf({1, -1});
  CHECK_FALSE(autograd::anomaly_enabled());
  {
    const AnomalyGuard outer(false);
    {
      const AnomalyGuard inner;
      CHECK_THROWS_AS(x * inf, AutogradError);
    }
    CHECK_NOTHROW(x * inf);
    CHECK(autograd::anomaly_enabled());
    CHECK_NOTHROW((tensor({1, 2}) * 3).sum());
    CHECK_NOTHROW(zeros({2}, {.device = meta}) * 3);
    bool fine = false;
    std::thread([&] { fine = !autograd::anomaly_enabled() && log(x).defined(); }).join();
    CHECK(fine);
  }
  CHECK_NOTHROW(log(x).sum().backward());
}

TEST_CASE("a picture of the tape") {
  const Tensor w = tensor({{1, 2, 3}, {4, 5, 6}}, {.dtype = float64, .requires_grad = true});
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = exp(w * x);
  CHECK(autograd::to_dot((y * y).sum(), {{"layer \"1\".weight", w}}) ==
        R"(digraph tape {
  rankdir=BT;
  n0 [label="sum"];
  n1 [label="mul"];
  n1 -> n0 [label="[2, 3]"];
  n2 [label="exp"];
  n2 -> n1 [label="[2, 3]"];
  n2 -> n1 [label="[2, 3]"];
  n3 [label="mul"];
  n3 -> n2 [label="[2, 3]"];
  leaf0 [shape=box, label="layer \"1\".weight\n[2, 3]"];
  leaf0 -> n3;
  leaf1 [shape=box, label="[3]"];
  leaf1 -> n3;
  result [shape=box, label="[]"];
  n0 -> result;
}
)");
  CHECK(contains(message_of<AutogradError>([&] { autograd::to_dot(x); }), "to_dot"));
  CHECK_THROWS_AS(autograd::to_dot(Tensor()), AutogradError);
  // A long chain needs no stack.
  Tensor z = x;
  for (int i = 0; i < 100000; ++i) z = z * 1;
  CHECK(autograd::to_dot(z).size() > 1000000);
}
