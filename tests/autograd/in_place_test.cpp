// Writing to tensors that the tape knows: what is refused, and what gives right gradients.
#include <doctest/doctest.h>

#include "autograd/engine.h"
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/functions/math.h"
#include "autograd/functions/normalization.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Doubles = std::vector<double>;

Tensor leaf(const NestedList& values) {
  return tensor(values, {.dtype = float64, .requires_grad = true});
}
Tensor constant(const NestedList& values) {
  return tensor(values, {.dtype = float64});
}
Doubles values(const Tensor& t) {
  return t.to_vector<double>();
}

}  // namespace

TEST_CASE("a leaf cannot be written to while the tape records") {
  const Tensor x = leaf({1, 2});
  for (const auto& write : std::initializer_list<void (*)(const Tensor&)>{
           [](const Tensor& t) { t.add_(1); }, [](const Tensor& t) { t.mul_(t.detach()); },
           [](const Tensor& t) { t.zero_(); }, [](const Tensor& t) { t.fill_(3); },
           [](const Tensor& t) { t.relu_(); }, [](const Tensor& t) { t.set({0}, 3); },
           [](const Tensor& t) {
             t.copy_(constant({5, 6}));
           }}) {
    const uint64_t version = x.version();
    const std::string message = message_of<AutogradError>([&] { write(x); });
    CHECK(contains(message, "leaf"));
    CHECK(contains(message, "NoGradGuard"));
    CHECK(values(x) == Doubles{1, 2});
    CHECK(x.version() == version);
  }
  CHECK(contains(message_of<AutogradError>([&] { x.exp_(); }), "exp_"));
}

TEST_CASE("neither can a view of a leaf") {
  const Tensor x = leaf({{1, 2}, {3, 4}});
  for (const Tensor& view :
       {x[0], x.t(), x.reshape({4}), x.narrow(1, 0, 1), x.view({4}).slice(0, 0, 4, 2),
        x.permute({1, 0})[1].unsqueeze(0), x.flatten().squeeze()}) {
    CHECK_THROWS_AS(view.add_(1), AutogradError);
    CHECK_THROWS_AS(view.zero_(), AutogradError);
  }
  CHECK(values(x) == Doubles{1, 2, 3, 4});
  // A copy of a view is nobody's view.
  CHECK_NOTHROW(x.t().reshape({4}).add_(1));
  CHECK_NOTHROW(x.t().contiguous().add_(1));
  CHECK(values(x) == Doubles{1, 2, 3, 4});
}

TEST_CASE("an update under a NoGradGuard is how optimisers work") {
  const Tensor w = leaf({1, 2});
  (w * w).sum().backward();
  {
    const NoGradGuard guard;
    w.sub_(w.grad() * 0.25);
    w.grad().zero_();
  }
  CHECK(values(w) == Doubles{0.5, 1});
  CHECK(w.requires_grad());
  CHECK(w.is_leaf());
  (w * w).sum().backward();
  CHECK(values(w.grad()) == Doubles{1, 2});
}

TEST_CASE(
    "a write between forward and backward to what was saved is an error with the operation's "
    "name") {
  const Tensor x = leaf({1, 2});
  SUBCASE("an input") {
    const Tensor a = x * 2;
    const Tensor y = a * a;
    a.add_(1);
    const std::string message = message_of<AutogradError>([&] { y.sum().backward(); });
    CHECK(contains(message, "mul: "));
    CHECK(contains(message, "that mul saved"));
    CHECK(contains(message, "modified in place since by add_ "));
  }
  SUBCASE("an output") {
    const Tensor y = x.exp();
    y.mul_(2);
    CHECK(contains(message_of<AutogradError>([&] { y.sum().backward(); }), "exp: "));
  }
  SUBCASE("a parameter, updated too early") {
    const Tensor y = (x * x).sum();
    {
      const NoGradGuard guard;
      x.add_(1);
    }
    CHECK(contains(message_of<AutogradError>([&] { y.backward(); }), "clone()"));
  }
  SUBCASE("a constant operand, through a view") {
    const Tensor mask = constant({1, 0});
    const Tensor y = x * mask;
    mask[1].fill_(1);
    CHECK(contains(message_of<AutogradError>([&] { y.sum().backward(); }), "by fill_ "));
  }
  SUBCASE("the weight of a convolution") {
    const Tensor image = ones({1, 1, 3, 3}, {.dtype = float64, .requires_grad = true});
    const Tensor weight = ones({1, 1, 2, 2}, {.dtype = float64});
    const Tensor y = conv(image, weight, {}, {});
    weight.zero_();
    const std::string message = message_of<AutogradError>([&] { y.sum().backward(); });
    CHECK(contains(message, "conv2d: "));
    CHECK(contains(message, "by zero_ "));
    CHECK_FALSE(image.grad().defined());
  }
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a write to what nobody saved is fine") {
  const Tensor x = leaf({1, 2});
  const Tensor a = x * 2;
  const Tensor y = a + 1;
  a.mul_(100);
  y.sum().backward();
  CHECK(values(x.grad()) == Doubles{2, 2});
}

TEST_CASE("a chain of recorded writes") {
  const Tensor x = leaf({1, -2, 3});
  const Tensor y = x * 2;
  y.mul_(3).add_(x).sub_(1).relu_().div_(2);
  CHECK(values(y) == Doubles{3, 0, 10});
  CHECK(y.grad_fn() == "div");
  y.sum().backward();
  CHECK(values(x.grad()) == Doubles{3.5, 0, 3.5});
}

TEST_CASE("writing over a tensor forgets what it was") {
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 4});
  const Tensor y = x * 2;
  y.copy_(w);
  (y * constant({5, 6})).sum().backward();
  CHECK(values(w.grad()) == Doubles{5, 6});
  CHECK_FALSE(x.grad().defined());
  const Tensor z = x * 2;
  z.zero_();
  CHECK_FALSE(z.requires_grad());
}

TEST_CASE("a copy of a leaf may be written to") {
  const Tensor w = leaf({3, 4});
  const Tensor y = zeros({2}, {.dtype = float64});
  y.copy_(w);
  y.mul_(2);
  y.sum().backward();
  CHECK(values(w) == Doubles{3, 4});
  CHECK(values(w.grad()) == Doubles{2, 2});
}

TEST_CASE("one element of a computed tensor can be set") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  y.set({1}, 10);
  CHECK(values(y) == Doubles{3, 10});
  (y * y).sum().backward();
  CHECK(values(x.grad()) == Doubles{18, 0});
  CHECK_THROWS_AS(y.set({2}, 1), IndexError);
  CHECK_THROWS_AS(y.set({0, 0}, 1), IndexError);
}

TEST_CASE("a write through a view is recorded there, and the tensors behind it refuse to be used") {
  const Tensor x = leaf({{1, 2}, {3, 4}});
  const Tensor base = x * 2;
  const Tensor other = base.t();
  const Tensor row = base[1];
  row.mul_(10);
  CHECK(values(base) == Doubles{2, 4, 60, 80});
  for (const Tensor& stale : {base, other}) {
    CHECK(contains(message_of<AutogradError>([&] { stale + 1; }), "add"));
    CHECK(contains(message_of<AutogradError>([&] { stale.sum(); }), "overwritten"));
    CHECK_THROWS_AS(stale.add_(1), AutogradError);
    CHECK_THROWS_AS(stale.backward(ones_like(stale)), AutogradError);
    CHECK_THROWS_AS(autograd::grad({stale}, {x}, {ones_like(stale)}), AutogradError);
  }
  CHECK(values(base.detach() + 0) == Doubles{2, 4, 60, 80});
  row.sum().backward();
  CHECK(values(x.grad()) == Doubles{0, 0, 20, 20});
}

TEST_CASE("a view of a constant that is written to with a gradient") {
  const Tensor x = leaf({5, 6});
  const Tensor buffer = zeros({2, 2}, {.dtype = float64});
  const Tensor row = buffer[0];
  row.add_(x);
  // The tape cannot tell how buffer depends on x: to go on silently would lose a gradient.
  CHECK_THROWS_AS(buffer * 2, AutogradError);
  const NoGradGuard guard;
  CHECK(values(buffer * 2) == Doubles{10, 12, 0, 0});
}

TEST_CASE("views taken after a write know it") {
  const Tensor x = leaf({{1, 2}, {3, 4}});
  const Tensor y = x * 2;
  const Tensor before = y[0];
  y.mul_(10);
  CHECK_THROWS_AS(before * 1, AutogradError);
  y[0].sum().backward();
  CHECK(values(x.grad()) == Doubles{20, 20, 0, 0});
}

TEST_CASE("writes without a gradient leave views usable") {
  const Tensor buffer = constant({1, 2});
  const Tensor first = buffer[0];
  buffer.add_(1);
  first.mul_(3);
  const Tensor x = leaf({1, 1});
  (x * buffer).sum().backward();
  CHECK(values(x.grad()) == Doubles{6, 3});
  CHECK(buffer.version() == 2);
  CHECK(first.version() == 2);
}

TEST_CASE("a write that does not fit changes nothing") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  const Tensor integers = tensor({1, 2});
  const uint64_t version = y.version();
  CHECK(contains(message_of<ShapeError>([&] { y.add_(constant({{1, 2}, {3, 4}})); }), "add_"));
  CHECK_THROWS_AS(y.copy_(constant({1, 2, 3})), ShapeError);
  CHECK(contains(message_of<DTypeError>([&] { integers.mul_(0.5); }), "int64"));
  CHECK(values(y) == Doubles{2, 4});
  CHECK(y.version() == version);
  CHECK(y.grad_fn() == "mul");
  CHECK(integers.to_vector<int64_t>() == std::vector<int64_t>{1, 2});
}

TEST_CASE("an expanded tensor has too little memory to be written to") {
  const Tensor wide = constant({1, 2}).expand({3, 2});
  CHECK(contains(message_of<ValueError>([&] {
                   wide.add_(constant({{1, 2}, {3, 4}, {5, 6}}));
                 }),
                 "add_"));
  CHECK_THROWS_AS(wide.copy_(constant({{1, 2}, {3, 4}, {5, 6}})), ValueError);
  CHECK_THROWS_AS(wide.exp_(), ValueError);
  CHECK(values(wide) == Doubles{1, 2, 1, 2, 1, 2});
  CHECK_NOTHROW(wide.fill_(3));  // the same value everywhere
  CHECK(values(wide[0]) == Doubles{3, 3});
}

TEST_CASE("writes convert to the type of what is written") {
  const Tensor x = tensor({1.5, 2.5}, {.dtype = float32, .requires_grad = true});
  const Tensor y = zeros({2}, {.dtype = float64});
  y.add_(x * 2);
  CHECK(y.dtype() == float64);
  y.sum().backward();
  CHECK(x.grad().dtype() == float32);
  CHECK(values(x.grad()) == Doubles{2, 2});
}

TEST_CASE("running statistics and gradients that change name who changed them") {
  const Tensor x = ones({2, 3}, {.dtype = float64, .requires_grad = true});
  const Tensor running = ones({3}, {.dtype = float64});
  const Tensor variance = ones({3}, {.dtype = float64});
  const Tensor y = x * running;
  batch_norm(x.detach(), running, variance, {}, {}, {.training = true});
  std::string error = message_of<AutogradError>([&] { y.sum().backward(); });
  CHECK(contains(error,
                 "mul saved for the backward pass has been modified in place since by batch_norm"));
  const Tensor w = ones({3}, {.dtype = float64, .requires_grad = true});
  (w * 2).sum().backward();
  const Tensor z = x * w.grad();
  (w * 2).sum().backward();
  error = message_of<AutogradError>([&] { z.sum().backward(); });
  CHECK(contains(error, "modified in place since by backward"));
}
