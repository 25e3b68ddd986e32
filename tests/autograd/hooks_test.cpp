// Hooks on gradients, and gradients of tensors that are no leaves.
#include <doctest/doctest.h>

#include "autograd/engine.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/allocator.h"
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
Doubles values(const Tensor& t) {
  return t.to_vector<double>();
}

// Counts and keeps what passes.
struct Watch {
  int calls = 0;
  Doubles seen;
  GradHook hook() {
    return [this](const Tensor& grad) {
      ++calls;
      seen = values(grad);
      return Tensor();
    };
  }
};

}  // namespace

TEST_CASE("a hook sees the whole gradient of a tensor, once") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  Watch on_y, on_x;
  const HookHandle first = y.register_hook(on_y.hook());
  const HookHandle second = x.register_hook(on_x.hook());
  (y * y + y + x).sum().backward();
  CHECK(on_y.calls == 1);
  CHECK(on_y.seen == Doubles{5, 9});
  CHECK(on_x.calls == 1);
  CHECK(on_x.seen == Doubles{11, 19});
  CHECK(values(x.grad()) == Doubles{11, 19});
}

TEST_CASE("hooks replace gradients one after the other") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  const HookHandle a = y.register_hook([](const Tensor& grad) { return grad * 10; });
  const HookHandle b = y.register_hook([](const Tensor& grad) { return grad + 1; });
  const HookHandle c = x.register_hook([](const Tensor& grad) { return -grad; });
  y.retain_grad();
  y.sum().backward();
  CHECK(values(y.grad()) == Doubles{11, 11});
  CHECK(values(x.grad()) == Doubles{-22, -22});
}

TEST_CASE("a hook ends with its handle") {
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  Watch watch;
  {
    const HookHandle handle = y.register_hook(watch.hook());
    y.backward({}, true);
  }
  y.backward({}, true);
  HookHandle handle = x.register_hook(watch.hook());
  y.backward({}, true);
  handle.remove();
  y.backward();
  CHECK(watch.calls == 2);
  CHECK(values(x.grad()) == Doubles{8});
}

TEST_CASE("a hook may remove itself and add others") {
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  Watch watch;
  HookHandle handle, added;
  handle = y.register_hook([&](const Tensor&) {
    handle.remove();
    added = y.register_hook(watch.hook());
    return Tensor();
  });
  y.backward({}, true);
  CHECK(watch.calls == 0);
  y.backward();
  CHECK(watch.calls == 1);
}

TEST_CASE("hooks run in grad() too, also where it ends") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  Watch passed;
  const HookHandle a = y.register_hook([](const Tensor& grad) { return grad * 2; });
  const HookHandle b = x.register_hook(passed.hook());
  CHECK(values(autograd::grad({(y * y).sum()}, {y})[0]) == Doubles{12, 24});
  CHECK(passed.calls == 0);
  CHECK(values(autograd::grad({(x * 3 + y).sum()}, {x})[0]) == Doubles{9, 9});
  CHECK(passed.calls == 1);
}

TEST_CASE("a hook is recorded with create_graph") {
  const Tensor x = leaf({3});
  const Tensor y = x * x;
  const HookHandle hook = y.register_hook([&](const Tensor& grad) { return grad * x; });
  const Tensor first = autograd::grad({y}, {x}, {}, {.create_graph = true})[0];  // 2 x^2
  CHECK(values(first) == Doubles{18});
  CHECK(values(autograd::grad({first}, {x})[0]) == Doubles{12});
}

TEST_CASE("what a hook returns must fit, and what it throws changes nothing") {
  const Tensor x = leaf({1, 2});
  SUBCASE("the shape") {
    const HookHandle hook =
        x.register_hook([](const Tensor&) { return ones({3}, {.dtype = float64}); });
    CHECK(contains(message_of<AutogradError>([&] { (x * 2).sum().backward(); }), "[3]"));
    CHECK_FALSE(x.grad().defined());
  }
  SUBCASE("the type") {
    const HookHandle hook = x.register_hook([](const Tensor&) { return ones({2}); });
    CHECK(contains(message_of<AutogradError>([&] { (x * 2).sum().backward(); }), "float32"));
    CHECK_FALSE(x.grad().defined());
  }
  SUBCASE("an error") {
    const Tensor w = leaf({1, 2});
    const HookHandle hook =
        x.register_hook([](const Tensor&) -> Tensor { throw ValueError("no"); });
    CHECK_THROWS_AS((w * x).sum().backward(), ValueError);
    CHECK_FALSE(w.grad().defined());
  }
}

TEST_CASE("only what has a gradient can be watched") {
  const Tensor c = tensor({1.0});
  CHECK(contains(message_of<AutogradError>([&] { (void)c.register_hook({}); }), "requires_grad_"));
  CHECK_THROWS_AS(c.retain_grad(), AutogradError);
  CHECK_THROWS_AS((void)Tensor().register_hook({}), UninitializedError);
  const Tensor x = leaf({1});
  CHECK_THROWS_AS((void)x.register_hook({}), ValueError);
  CHECK(contains(message_of<AutogradError>([&] {
                   (void)(x * 2).register_post_accumulate_grad_hook([](const Tensor&) {});
                 }),
                 "mul"));
}

TEST_CASE("retain_grad keeps the gradient of what was computed") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  CHECK_FALSE(y.grad().defined());
  y.retain_grad();
  y.retain_grad();
  const Tensor z = (y * y).sum();
  z.backward({}, true);
  CHECK(values(y.grad()) == Doubles{6, 12});
  z.backward();
  CHECK(values(y.grad()) == Doubles{12, 24});
  CHECK(values(x.grad()) == Doubles{36, 72});
  y.grad().zero_();
  CHECK(values(x.grad()) == Doubles{36, 72});
  y.set_grad({});
  CHECK_FALSE(y.grad().defined());
  CHECK_NOTHROW(x.retain_grad());
  // grad() touches nobody's.
  autograd::grad({(y * 2).sum()}, {y});
  CHECK_FALSE(y.grad().defined());
}

TEST_CASE("retained gradients share memory with no others") {
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 4});
  const Tensor seed = ones({2}, {.dtype = float64});
  const Tensor y = x + w;
  y.retain_grad();
  y.backward(seed);
  y.grad().mul_(5);
  CHECK(values(seed) == Doubles{1, 1});
  CHECK(values(x.grad()) == Doubles{1, 1});
  CHECK(values(w.grad()) == Doubles{1, 1});
}

TEST_CASE("a tensor that is written to still retains its gradient") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  y.retain_grad();
  Watch before;
  const HookHandle hook = y.register_hook(before.hook());
  y.mul_(2);
  (y * 5).sum().backward();
  CHECK(values(y.grad()) == Doubles{5, 5});
  CHECK(before.seen == Doubles{10, 10});  // of the values it was registered for
  CHECK(values(x.grad()) == Doubles{30, 30});
}

TEST_CASE("a leaf updates itself when its gradient is there") {
  const Tensor w = leaf({1, 2});
  const Tensor b = leaf({5});
  std::vector<std::string> order;
  const HookHandle update = w.register_post_accumulate_grad_hook([&](const Tensor& p) {
    CHECK(p.is_same(w));
    CHECK(b.grad().defined());
    const NoGradGuard guard;
    p.sub_(p.grad() * 0.5);
    p.set_grad({});
    order.push_back("w");
  });
  const HookHandle note =
      b.register_post_accumulate_grad_hook([&](const Tensor&) { order.push_back("b"); });
  (w * w + b).sum().backward();
  CHECK(values(w) == Doubles{0, 0});
  CHECK_FALSE(w.grad().defined());
  CHECK(order.size() == 2);
  CHECK(values(autograd::grad({(w + b).sum()}, {w})[0]) == Doubles{1, 1});
  CHECK(order.size() == 2);
}

TEST_CASE("hooks and retained gradients leak nothing") {
  const int64_t start = memory_statistics().in_use;
  {
    const Tensor x = ones({1000}, {.requires_grad = true});
    const Tensor y = x * 2;
    y.retain_grad();
    const HookHandle a = y.register_hook([](const Tensor& grad) { return grad * 2; });
    const HookHandle b = x.register_post_accumulate_grad_hook([](const Tensor&) {});
    y.sum().backward();
  }
  CHECK(memory_statistics().in_use == start);
}
