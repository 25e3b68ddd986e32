// Operations that users write.
#include "autograd/custom_function.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/engine.h"
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "autograd/gradcheck.h"
#include "lucid/allocator.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;
using autograd::FunctionContext;

namespace {

using Doubles = std::vector<double>;
using Tensors = std::vector<Tensor>;

Tensor leaf(const NestedList& values) {
  return tensor(values, {.dtype = float64, .requires_grad = true});
}
Doubles values(const Tensor& t) {
  return t.to_vector<double>();
}

// x^power * y, with its inputs saved and a number as a member.
struct PowerTimes : autograd::CustomFunction<PowerTimes> {
  double power = 0;
  Tensor forward(FunctionContext& context, const Tensor& x, const Tensor& y, double p) {
    power = p;
    context.save_for_backward({x, y});
    return pow(x, p) * y;
  }
  Tensors backward(FunctionContext& context, const Tensors& grads) {
    const Tensors saved = context.saved_tensors();
    Tensors result(2);
    if (context.needs_input_grad(0)) {
      result[0] = grads[0] * pow(saved[0], power - 1) * power * saved[1];
    }
    if (context.needs_input_grad(1)) result[1] = grads[0] * pow(saved[0], power);
    return result;
  }
};

// exp(x), with its output saved.
struct Exponential : autograd::CustomFunction<Exponential> {
  static Tensor forward(FunctionContext& context, const Tensor& x) {
    const Tensor y = exp(x);
    context.save_for_backward({y});
    return y;
  }
  static Tensors backward(FunctionContext& context, const Tensors& grads) {
    return {grads[0] * context.saved_tensors()[0]};
  }
};

// The sums and differences of two tensors, and where the first is greater.
struct SumAndDifference : autograd::CustomFunction<SumAndDifference> {
  static Tensors forward(FunctionContext&, const Tensors& in) {
    return {in[0] + in[1], in[0] - in[1], gt(in[0], in[1])};
  }
  static Tensors backward(FunctionContext&, const Tensors& grads) {
    CHECK(grads[0].defined());
    CHECK(grads[1].defined());
    return {grads[0] + grads[1], grads[0] - grads[1]};
  }
};

// A wrong backward pass of each kind.
template <int kind>
struct Wrong : autograd::CustomFunction<Wrong<kind>> {
  static Tensor forward(FunctionContext&, const Tensor& x, const Tensor& y) { return x * y; }
  static Tensors backward(FunctionContext&, const Tensors& grads) {
    if (kind == 0) return {grads[0]};
    if (kind == 1) return {grads[0], grads[0].sum()};
    return {grads[0].to(float32), Tensor()};
  }
};

}  // namespace

TEST_CASE("a custom function has the gradients that it says") {
  const Tensor x = leaf({1, 2});
  const Tensor y = leaf({3, 4});
  const Tensor z = PowerTimes::apply(x, y, 3.0);
  CHECK(values(z) == Doubles{3, 32});
  CHECK(z.grad_fn() == "PowerTimes");
  z.sum().backward();
  CHECK(values(x.grad()) == Doubles{9, 48});
  CHECK(values(y.grad()) == Doubles{1, 8});
  // Each call has its own members, and gradients only where they are wanted.
  const Tensor cube = PowerTimes::apply(x, tensor({1.0, 1.0}, {.dtype = float64}), 3.0);
  const Tensor square = PowerTimes::apply(x.detach(), y, 2.0);
  CHECK(values(autograd::grad({cube.sum()}, {x})[0]) == Doubles{3, 12});
  CHECK(values(autograd::grad({square.sum()}, {y})[0]) == Doubles{1, 4});
}

TEST_CASE("custom functions pass gradcheck twice") {
  const auto power = [](const Tensors& in) { return PowerTimes::apply(in[0], in[1], 2.5); };
  const auto exponential = [](const Tensors& in) { return Exponential::apply(in[0]); };
  CHECK(autograd::gradcheck(power, {leaf({1, 2, 0.5}), leaf({3, -4, 1})}));
  CHECK(autograd::gradgradcheck(power, {leaf({1, 2, 0.5}), leaf({3, -4, 1})}));
  CHECK(autograd::gradcheck(exponential, {leaf({1, -2})}));
  CHECK(autograd::gradgradcheck(exponential, {leaf({1, -2})}));
  // As part of a graph, where second gradients come back through the saved output.
  const auto inside = [](const Tensors& in) { return Exponential::apply(in[0] * in[0]).square(); };
  CHECK(autograd::gradgradcheck(inside, {leaf({0.5, -0.25})}));
}

TEST_CASE("several outputs, of which some have no gradient") {
  const Tensor a = leaf({1, 5});
  const Tensor b = leaf({3, 4});
  const Tensors out = SumAndDifference::apply(Tensors{a, b});
  CHECK(out[0].requires_grad());
  CHECK_FALSE(out[2].requires_grad());
  CHECK(out[2].to_vector<bool>() == std::vector<bool>{false, true});
  out[1].sum().backward({}, true);  // the gradient of the other is zeros
  CHECK(values(a.grad()) == Doubles{1, 1});
  CHECK(values(b.grad()) == Doubles{-1, -1});
  (out[0] * 2 + out[1]).sum().backward();
  CHECK(values(a.grad()) == Doubles{4, 4});
  CHECK(values(b.grad()) == Doubles{0, 0});
}

TEST_CASE("marked outputs, and gradients that are not made up") {
  const Tensor x = leaf({1, 2});
  bool undefined = false;
  const Tensors out = autograd::apply_custom(
      "two", {x},
      [&](FunctionContext& context) {
        const Tensor marked = x * 3;
        context.mark_non_differentiable({marked});
        context.set_materialize_grads(false);
        return Tensors{x * 2, marked, x * 5};
      },
      [&](FunctionContext&, const Tensors& grads) {
        undefined = !grads[2].defined();
        return Tensors{grads[0] * 2};
      });
  CHECK_FALSE(out[1].requires_grad());
  CHECK(out[2].requires_grad());
  out[0].sum().backward();
  CHECK(undefined);
  CHECK(values(x.grad()) == Doubles{2, 2});
}

TEST_CASE("errors of a backward pass name the function") {
  const Tensor x = leaf({1, 2});
  const Tensor y = leaf({3, 4});
  const auto outcome = [&](const Tensor& z) {
    return message_of<AutogradError>([&] { z.sum().backward(); });
  };
  const std::string count = outcome(Wrong<0>::apply(x, y));
  CHECK(contains(count, "Wrong"));
  CHECK(contains(count, "1 gradients, expected 2"));
  const std::string shape = outcome(Wrong<1>::apply(x, y));
  CHECK(contains(shape, "[]"));
  CHECK(contains(shape, "input 1, which has shape [2]"));
  CHECK_FALSE(x.grad().defined());
  Wrong<2>::apply(x, y).sum().backward();  // types are converted
  CHECK(x.grad().dtype() == float64);
  CHECK_FALSE(y.grad().defined());
  CHECK_THROWS_AS(autograd::apply_custom(
                      "none", {x}, [](FunctionContext&) { return Tensors{Tensor()}; },
                      [](FunctionContext&, const Tensors& grads) { return grads; }),
                  AutogradError);
}

TEST_CASE("writes to what a custom function saved are noticed") {
  const Tensor x = leaf({1, 2});
  SUBCASE("an input") {
    const Tensor a = x * 2;
    const Tensor z = PowerTimes::apply(a, a, 2.0);
    a.add_(1);
    const std::string message = message_of<AutogradError>([&] { z.sum().backward(); });
    CHECK(contains(message, "PowerTimes"));
    CHECK(contains(message, "by add_"));
  }
  SUBCASE("the output") {
    const Tensor z = Exponential::apply(x);
    z.mul_(2);
    CHECK(contains(message_of<AutogradError>([&] { z.sum().backward(); }), "by mul_"));
  }
  SUBCASE("a second pass") {
    const Tensor z = Exponential::apply(x);
    z.sum().backward();
    CHECK(contains(message_of<AutogradError>([&] { z.sum().backward(); }), "retain_graph"));
  }
}

TEST_CASE("a function that is differentiable once says so the second time") {
  const Tensor x = leaf({1, 2});
  const auto run = [&] {
    return autograd::apply_custom(
        "halved", {x},
        [&](FunctionContext& context) {
          context.set_once_differentiable();
          context.save_for_backward({x});
          return Tensors{x * x};
        },
        [](FunctionContext& context, const Tensors& grads) {
          CHECK_FALSE(grad_enabled());
          return Tensors{grads[0] * 2 * context.saved_tensors()[0]};
        })[0];
  };
  run().sum().backward();
  CHECK(values(x.grad()) == Doubles{2, 4});
  const Tensor first = autograd::grad({run().sum()}, {x}, {}, {.create_graph = true})[0];
  CHECK(values(first) == Doubles{2, 4});
  const std::string message = message_of<AutogradError>([&] { first.sum().backward(); });
  CHECK(contains(message, "halved"));
  CHECK(contains(message, "once"));
}

TEST_CASE("a custom function that records nothing, or returns what it got") {
  const Tensor x = leaf({1, 2});
  {
    const NoGradGuard guard;
    CHECK_FALSE(Exponential::apply(x).requires_grad());
  }
  CHECK_FALSE(Exponential::apply(x.detach()).requires_grad());
  const auto identity = [](const Tensor& t) {
    return autograd::apply_custom(
        "identity", {t}, [&](FunctionContext&) { return Tensors{t}; },
        [](FunctionContext&, const Tensors& grads) { return Tensors{grads[0] * -1}; })[0];
  };
  const Tensor same = identity(x);
  CHECK(x.is_leaf());
  CHECK(same.grad_fn() == "identity");
  same.sum().backward();
  CHECK(values(x.grad()) == Doubles{-1, -1});
  CHECK_THROWS_AS(identity(x).add_(1), AutogradError);  // a view of a leaf
  CHECK_NOTHROW(identity(x * 1).add_(1));
}

TEST_CASE("custom functions leak nothing") {
  const int64_t start = memory_statistics().in_use;
  {
    const Tensor x = ones({1000}, {.dtype = float64, .requires_grad = true});
    Exponential::apply(x).sum().backward();
    const Tensor never = Exponential::apply(PowerTimes::apply(x, x, 2.0));
    autograd::grad({Exponential::apply(x).sum()}, {x}, {}, {.create_graph = true})[0]
        .square()
        .sum()
        .backward();
  }
  CHECK(memory_statistics().in_use == start);
}
