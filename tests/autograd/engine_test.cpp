// backward() and grad(): what arrives where, and what is refused.
#include <doctest/doctest.h>

#include <cmath>

#include "autograd/engine.h"
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;

namespace {

Tensor leaf(const NestedList& values, DType dtype = float64) {
  return tensor(values, {.dtype = dtype, .requires_grad = true});
}

using Doubles = std::vector<double>;

Doubles values(const Tensor& t) {
  return t.to_vector<double>();
}

}  // namespace

TEST_CASE("gradients accumulate in leaves, and in leaves alone") {
  const Tensor x = leaf({1, 2, 3});
  CHECK_FALSE(x.grad().defined());
  const Tensor y = x * 2;
  (y * y).sum().backward();
  CHECK(values(x.grad()) == Doubles{8, 16, 24});
  CHECK_FALSE(y.grad().defined());
  (x * 10).sum().backward();
  CHECK(values(x.grad()) == Doubles{18, 26, 34});
  x.set_grad({});
  CHECK_FALSE(x.grad().defined());
  x.sum().backward();
  CHECK(values(x.grad()) == Doubles{1, 1, 1});
}

TEST_CASE("a leaf is its own output") {
  const Tensor x = leaf({1, 2});
  const Tensor weight = tensor({3.0, 4.0}, {.dtype = float64});
  x.backward(weight);
  CHECK(values(x.grad()) == Doubles{3, 4});
  // Neither is the leaf's gradient the weight itself.
  weight.fill_(0);
  CHECK(values(x.grad()) == Doubles{3, 4});
}

TEST_CASE("a tensor used twice, and a graph that forks and joins") {
  const Tensor x = leaf({2, 3});
  (x * x * x + x).sum().backward();
  CHECK(values(x.grad()) == Doubles{13, 28});

  const Tensor z = leaf({0.5});
  const Tensor shared = z * 3;
  const Tensor left = shared.exp();
  const Tensor right = shared * shared;
  (left * right + left).sum().backward();
  // d/dz (e^3z (9z^2 + 1)) = 3 e^3z (9z^2 + 1) + 18 z e^3z
  const double expected = std::exp(1.5) * (3 * (9 * 0.25 + 1) + 18 * 0.5);
  CHECK(z.grad().item<double>() == doctest::Approx(expected).epsilon(1e-14));
}

TEST_CASE("a fork visits its shared part once") {
  // 60 doublings: 2^60 paths, which only a pass in tape order can finish.
  const Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 60; ++i) y = y + y;
  y.backward();
  CHECK(x.grad().item<double>() == std::pow(2.0, 60));
}

TEST_CASE("gradients never share memory") {
  const Tensor x = leaf({1, 2});
  const Tensor y = leaf({3, 4});
  const auto check_apart = [&] {
    x.grad().mul_(100);
    CHECK(values(y.grad()) == Doubles{1, 1});
    CHECK(values(x.grad()) == Doubles{100, 100});
    x.set_grad({});
    y.set_grad({});
  };
  SUBCASE("of the terms of a sum") {
    (x + y).backward(ones({2}, {.dtype = float64}));
    check_apart();
  }
  SUBCASE("of a sum of views") {
    (x.view({1, 2}) + y.unsqueeze(0)).sum().backward();
    check_apart();
  }
  SUBCASE("of parts of one tensor") {
    cat({x, y}).sum().backward();
    check_apart();
  }
  SUBCASE("with the gradient passed in") {
    const Tensor weight = ones({2}, {.dtype = float64});
    (x + y).backward(weight);
    x.grad().mul_(100);
    CHECK(values(weight) == Doubles{1, 1});
    CHECK(values(y.grad()) == Doubles{1, 1});
  }
  SUBCASE("across two passes") {
    const Tensor sum = x + y;
    sum.backward(ones({2}, {.dtype = float64}), true);
    sum.backward(ones({2}, {.dtype = float64}));
    CHECK(values(x.grad()) == Doubles{2, 2});
    CHECK(values(y.grad()) == Doubles{2, 2});
  }
}

TEST_CASE("a graph is freed unless it is to be retained") {
  const Tensor x = leaf({3});
  const Tensor y = x * x;
  y.backward({}, true);
  y.backward();
  CHECK(values(x.grad()) == Doubles{12});
  const std::string message = message_of<AutogradError>([&] { y.backward(); });
  CHECK(contains(message, "mul"));
  CHECK(contains(message, "retain_graph = true"));
  CHECK(values(x.grad()) == Doubles{12});
  // Also where only a part of the graph is old.
  CHECK_THROWS_AS((y + x).backward(), AutogradError);
  CHECK(values(x.grad()) == Doubles{12});
}

TEST_CASE("backward wants a place to start from") {
  const Tensor x = leaf({1, 2});
  CHECK(contains(message_of<ShapeError>([&] { (x * 2).backward(); }), "[2]"));
  CHECK(contains(message_of<ShapeError>([&] { (x * 2).backward(ones({3}, {.dtype = float64})); }),
                 "[3]"));
  CHECK_THROWS_AS((x * 2).backward(ones({2}, {.dtype = float32})), Error);
  CHECK_THROWS_AS(autograd::backward({x * 2}, {Tensor(), Tensor()}), ValueError);
  CHECK(contains(message_of<AutogradError>([&] { tensor(1.0).backward(); }),
                 "does not require a gradient"));
  CHECK_THROWS_AS(Tensor().backward(), UninitializedError);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("backward from several tensors at once") {
  const Tensor x = leaf({1, 2});
  const Tensor shared = x * x;
  autograd::backward({shared.sum(), shared * 3, shared}, {Tensor(), ones_like(x), ones_like(x)});
  CHECK(values(x.grad()) == Doubles{10, 20});
}

TEST_CASE("grad leaves every grad() alone") {
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 4});
  const Tensor y = x * w;
  const std::vector<Tensor> grads = autograd::grad({y.sum()}, {w, x});
  CHECK(values(grads[0]) == Doubles{1, 2});
  CHECK(values(grads[1]) == Doubles{3, 4});
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(w.grad().defined());
  CHECK_FALSE(grads[0].requires_grad());
}

TEST_CASE("grad with respect to tensors in between, outputs and repetitions") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  const Tensor z = (y * y).sum();
  const std::vector<Tensor> grads = autograd::grad({z}, {y, x, y, z});
  CHECK(values(grads[0]) == Doubles{6, 12});
  CHECK(values(grads[1]) == Doubles{18, 36});
  CHECK(values(grads[2]) == Doubles{6, 12});
  CHECK(values(grads[3]) == Doubles{1});
}

TEST_CASE("grad of several outputs adds up") {
  const Tensor x = leaf({2});
  const Tensor a = x * 3;
  const Tensor b = x * x;
  const std::vector<Tensor> grads =
      autograd::grad({a, b}, {x}, {Tensor(), tensor({10.0}, {.dtype = float64})});
  CHECK(values(grads[0]) == Doubles{43});
}

TEST_CASE("grad of inputs without influence") {
  const Tensor x = leaf({2});
  const Tensor other = leaf({3});
  CHECK(contains(message_of<AutogradError>([&] {
                   autograd::grad({x * 2}, {x, other});
                 }),
                 "input 1"));
  const std::vector<Tensor> grads = autograd::grad({x * 2}, {x, other}, {}, {.allow_unused = true});
  CHECK(values(grads[0]) == Doubles{2});
  CHECK_FALSE(grads[1].defined());
  CHECK_THROWS_AS(autograd::grad({x * 2}, {tensor({1.0})}), AutogradError);
}

TEST_CASE("grad runs and frees only what lies between outputs and inputs") {
  const Tensor x = leaf({2});
  const Tensor y = x.exp();
  const Tensor z = y * y;
  CHECK(values(autograd::grad({z}, {y})[0])[0] == doctest::Approx(2 * std::exp(2.0)));
  y.backward();  // exp has not been run, so its graph is still there
  CHECK(x.grad().item<double>() == doctest::Approx(std::exp(2.0)));
}

TEST_CASE("gradients of gradients") {
  const Tensor x = leaf({2, 3});
  const Tensor first = autograd::grad({(x * x * x).sum()}, {x}, {}, {.create_graph = true})[0];
  CHECK(values(first) == Doubles{12, 27});
  CHECK(first.requires_grad());
  const Tensor second = autograd::grad({first.sum()}, {x}, {}, {.create_graph = true})[0];
  CHECK(values(second) == Doubles{12, 18});
  second.sum().backward();
  CHECK(values(x.grad()) == Doubles{6, 6});
}

TEST_CASE("a penalty on the gradient's length trains through backward") {
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, -1});
  (w * x * x).sum().backward({}, false, true);
  const Tensor penalty = (x.grad() * x.grad()).sum();  // sum (2 w x)^2
  CHECK(penalty.requires_grad());
  w.set_grad({});
  penalty.backward();
  CHECK(values(w.grad()) == Doubles{24, -32});  // 8 w x^2
  x.set_grad({});  // breaks the cycle of the gradient with its own graph
}

TEST_CASE("second gradients with respect to a tensor that an operation saved as its output") {
  // g = dz/dy = 2 y, through exp's saved output too: both must be the same y.
  const Tensor x = leaf({0.5});
  const Tensor y = x.exp();
  const Tensor by_x = autograd::grad({y * y}, {x}, {}, {.create_graph = true})[0];  // 2 y * y
  const Tensor by_y = autograd::grad({by_x}, {y})[0];
  CHECK(by_y.item<double>() == doctest::Approx(4 * std::exp(0.5)).epsilon(1e-14));
}

TEST_CASE("guards nest, and end with their scope") {
  const Tensor x = leaf({1});
  CHECK(grad_enabled());
  {
    const NoGradGuard off;
    CHECK_FALSE(grad_enabled());
    CHECK_FALSE((x * 2).requires_grad());
    {
      const EnableGradGuard on;
      CHECK((x * 2).requires_grad());
      {
        const NoGradGuard off_again;
        CHECK((x * 2).is_leaf());
      }
      CHECK((x * 2).requires_grad());
    }
    CHECK_FALSE((x * 2).requires_grad());
    CHECK(x.requires_grad());
  }
  CHECK((x * 2).requires_grad());
  CHECK_THROWS_AS(
      [] {
        const NoGradGuard off;
        throw ValueError("out of the scope");
      }(),
      ValueError);
  CHECK(grad_enabled());
}

TEST_CASE("backward works below a NoGradGuard") {
  const Tensor x = leaf({1, 2});
  const Tensor y = (x * x).sum();
  const NoGradGuard off;
  y.backward();
  CHECK(values(x.grad()) == Doubles{2, 4});
  CHECK_FALSE(x.grad().requires_grad());
}

TEST_CASE("detach shares the values and nothing else") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  const Tensor cut = y.detach();
  CHECK(cut.data<double>() == y.data<double>());
  CHECK_FALSE(cut.requires_grad());
  CHECK(cut.is_leaf());
  CHECK(cut.grad_fn() == "");
  (y * cut).sum().backward();
  CHECK(values(x.grad()) == Doubles{9, 18});
}

TEST_CASE("requires_grad_ is for floating-point leaves") {
  CHECK(contains(message_of<DTypeError>([] { tensor({1, 2}).requires_grad_(); }), "int64"));
  CHECK_THROWS_AS(tensor({true}).requires_grad_(), DTypeError);
  CHECK_THROWS_AS(zeros({2}, {.dtype = int32, .requires_grad = true}), DTypeError);
  CHECK_NOTHROW(tensor({1}).requires_grad_(false));
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  CHECK_NOTHROW(y.requires_grad_());
  CHECK(contains(message_of<AutogradError>([&] { y.requires_grad_(false); }), "detach()"));
  CHECK(y.requires_grad());
  CHECK_THROWS_AS(Tensor().requires_grad_(), UninitializedError);
  CHECK(x.is_leaf());
  CHECK_FALSE(y.is_leaf());
  CHECK(y.grad_fn() == "mul");
}

TEST_CASE("a leaf that stopped requiring a gradient gets none") {
  const Tensor x = leaf({1});
  const Tensor w = leaf({5});
  const Tensor y = x * w;
  x.requires_grad_(false);
  y.backward();
  CHECK_FALSE(x.grad().defined());
  CHECK(values(w.grad()) == Doubles{1});
}

TEST_CASE("gradients have their leaf's type") {
  const Tensor single = leaf({1, 2}, float32);
  const Tensor twice = leaf({3, 4}, float64);
  const Tensor product = single * twice * tensor({2, 2});
  CHECK(product.dtype() == float64);
  product.sum().backward();
  CHECK(single.grad().dtype() == float32);
  CHECK(twice.grad().dtype() == float64);
  CHECK(values(single.grad()) == Doubles{6, 8});
  CHECK(values(twice.grad()) == Doubles{2, 4});

  const Tensor x = leaf({1, 2}, float32);
  x.to(float64).square().sum().backward();
  CHECK(x.grad().dtype() == float32);
  CHECK(values(x.grad()) == Doubles{2, 4});
  // Through integers there is no gradient.
  CHECK_FALSE(x.to(int64).requires_grad());
  CHECK_FALSE((x > 1).requires_grad());
  CHECK_FALSE(argmax(x).requires_grad());
}

TEST_CASE("set_grad checks what it is given") {
  const Tensor x = leaf({1, 2});
  CHECK_THROWS_AS(x.set_grad(zeros({3}, {.dtype = float64})), Error);
  CHECK_THROWS_AS(x.set_grad(zeros({2}, {.dtype = float32})), Error);
  x.set_grad(tensor({5.0, 6.0}, {.dtype = float64}));
  x.sum().backward();
  CHECK(values(x.grad()) == Doubles{6, 7});
}

TEST_CASE("tensors without elements have gradients without elements") {
  const Tensor x = zeros({0, 3}, {.dtype = float64, .requires_grad = true});
  const Tensor w = leaf({{1, 2, 3}, {4, 5, 6}});
  const Tensor y = linear(x, w).relu();
  CHECK(y.shape() == Shape{0, 2});
  (y.sum() + x.mean(1).sum() + (x * w[0]).sum()).backward();
  CHECK(x.grad().shape() == Shape{0, 3});
  CHECK(equal(w.grad(), zeros_like(w)));
  const Tensor inner = zeros({2, 0}, {.dtype = float64, .requires_grad = true});
  matmul(inner, zeros({0, 3}, {.dtype = float64})).sum().backward();
  CHECK(inner.grad().shape() == Shape{2, 0});
}
