// Hooks around forward and backward, as handles that take them away again.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

struct Twice : nn::Module {
  Tensor forward(const Tensor& x) override { return x * 2; }
};

TEST_CASE("hooks: before and after forward, in the order of registration") {
  Twice module;
  std::string order;
  const nn::HookHandle first =
      module.register_forward_pre_hook([&](nn::Module& owner, const Tensor& x) {
        CHECK(owner.type_name() == "Twice");
        CHECK(x.item<double>() == 3);
        order += "a";
      });
  nn::HookHandle second =
      module.register_forward_pre_hook([&](nn::Module&, const Tensor&) { order += "b"; });
  const nn::HookHandle after =
      module.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor& y) {
        CHECK(y.item<double>() == 6);
        order += "c";
      });
  module(full({1}, 3.0));
  CHECK(order == "abc");
  second.remove();
  module(full({1}, 3.0));
  CHECK(order == "abcac");
  module.forward(full({1}, 3.0));
  CHECK(order == "abcac");
}

TEST_CASE("hooks: a pre-hook that throws keeps the call from happening") {
  nn::LazyLinear lazy(2);
  const nn::HookHandle hook = lazy.register_forward_pre_hook(
      [](nn::Module&, const Tensor&) { throw ValueError("not now"); });
  CHECK_THROWS_AS(lazy(ones({1, 2})), ValueError);
  CHECK(lazy.in_features() == std::nullopt);
}

TEST_CASE("hooks: a backward hook sees both gradients of a call") {
  Twice module;
  std::vector<double> seen;
  nn::HookHandle hook =
      module.register_full_backward_hook([&](const Tensor& grad_input, const Tensor& grad_output) {
        seen.push_back(grad_input.item<double>());
        seen.push_back(grad_output.item<double>());
      });
  const Tensor x = full({1}, 1.0, {.dtype = float32, .requires_grad = true});
  Tensor y = module(x) * 5;
  CHECK(seen.empty());
  y.backward();
  CHECK(seen == std::vector<double>{10, 5});
  CHECK(x.grad().item<double>() == 10);

  SUBCASE("every call on its own") {
    seen.clear();
    module(module(x)).backward();
    CHECK(seen == std::vector<double>{2, 1, 4, 2});
  }
  SUBCASE("not without its handle, even for calls made before") {
    seen.clear();
    y = module(x);
    hook.remove();
    y.backward();
    module(x).backward();
    CHECK(seen.empty());
  }
  SUBCASE("not where nothing is recorded") {
    seen.clear();
    const NoGradGuard guard;
    CHECK_FALSE(module(x).requires_grad());
    CHECK(seen.empty());
  }
}

TEST_CASE("hooks: an input without gradient") {
  nn::Linear linear(2, 1);
  int calls = 0;
  const nn::HookHandle hook =
      linear.register_full_backward_hook([&](const Tensor& grad_input, const Tensor& grad_output) {
        CHECK_FALSE(grad_input.defined());
        CHECK(grad_output.shape() == Shape{1, 1});
        ++calls;
      });
  linear(ones({1, 2})).sum().backward();
  CHECK(calls == 1);
  CHECK(mismatch(linear.weight().grad(), {1, 2}, {1, 1}) == "");
}

TEST_CASE("hooks: gradients are the same with and without a backward hook") {
  nn::Sequential model{nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 2)};
  const Tensor x = pattern({5, 3}, float32);
  const auto gradients = [&] {
    model.zero_grad();
    model(x).square().sum().backward();
    return model.parameters()[0].grad().clone();
  };
  const Tensor plain = gradients();
  std::vector<nn::HookHandle> hooks;
  for (const auto& entry : model.named_modules()) {
    hooks.push_back(entry.second->register_full_backward_hook([](const Tensor&, const Tensor&) {}));
  }
  CHECK(equal(gradients(), plain));
  // The call outlives the module that made it.
  Tensor loss;
  {
    nn::Sequential gone{nn::Linear(3, 1)};
    static nn::HookHandle hook =
        gone[0].register_full_backward_hook([](const Tensor&, const Tensor&) {});
    loss = gone(x).sum();
  }
  loss.backward();
}

TEST_CASE("hooks: the last handle may go in a hook after forward") {
  auto module = std::make_unique<Twice>();
  const nn::HookHandle hook = module->register_forward_hook(
      [&module](nn::Module&, const Tensor&, const Tensor&) { module.reset(); });
  CHECK((*module)(full({1}, 3.0)).item<double>() == 6);
  CHECK(module == nullptr);
}

}  // namespace
