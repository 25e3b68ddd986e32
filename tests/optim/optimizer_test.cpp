// What holds for every optimiser: options, parameters without gradients, the tape, convergence.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

using Parameters = std::vector<nn::Parameter>;
using Make = std::function<std::unique_ptr<optim::Optimizer>(Parameters)>;

template <class Optimizer, class Options>
Make maker(const Options& options) {
  return [options](Parameters p) { return std::make_unique<Optimizer>(std::move(p), options); };
}

struct Method {
  const char* name;
  Make make;
};

const Method optimizers[] = {
    {"SGD", maker<optim::SGD>(optim::SGDOptions{.lr = 0.1, .momentum = 0.5})},
    {"Adam", maker<optim::Adam>(optim::AdamOptions{.lr = 0.1})},
    {"AdamW", maker<optim::AdamW>(optim::AdamWOptions{.lr = 0.1})}};

nn::Parameter parameter_of(double value) {
  return nn::Parameter(full({2}, value, {.dtype = float64}));
}

TEST_CASE("optimisers: defaults are PyTorch's") {
  const optim::SGD sgd({parameter_of(1)});
  CHECK(sgd.lr() == 1e-3);
  CHECK(sgd.options().momentum == 0);
  CHECK(sgd.options().dampening == 0);
  CHECK(sgd.options().weight_decay == 0);
  CHECK_FALSE(sgd.options().nesterov);
  CHECK_FALSE(sgd.options().maximize);
  const optim::Adam adam({parameter_of(1)});
  CHECK(adam.lr() == 1e-3);
  CHECK(adam.options().betas == std::array<double, 2>{0.9, 0.999});
  CHECK(adam.options().eps == 1e-8);
  CHECK(adam.options().weight_decay == 0);
  CHECK_FALSE(adam.options().amsgrad);
  const optim::AdamW adamw({parameter_of(1)});
  CHECK(adamw.lr() == 1e-3);
  CHECK(adamw.options().weight_decay == 1e-2);
}

template <class Optimizer, class Options>
std::string refusal(const Options& options, std::initializer_list<const char*> parts) {
  return wrong_error<ValueError>([&] { Optimizer({parameter_of(1)}, options); }, parts);
}

TEST_CASE("optimisers: options out of range") {
  using optim::SGD, optim::SGDOptions, optim::Adam, optim::AdamOptions;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const double lr : {-0.1, nan, infinity}) {
    CHECK(refusal<SGD>(SGDOptions{.lr = lr}, {"SGD", "lr"}) == "");
    CHECK(refusal<Adam>(AdamOptions{.lr = lr}, {"Adam", "lr"}) == "");
  }
  CHECK(refusal<SGD>(SGDOptions{.momentum = -0.5}, {"SGD", "momentum", "-0.5"}) == "");
  CHECK(refusal<SGD>(SGDOptions{.weight_decay = -1}, {"SGD", "weight_decay", "-1"}) == "");
  CHECK(refusal<SGD>(SGDOptions{.momentum = 0.9, .dampening = nan}, {"SGD", "dampening"}) == "");
  CHECK(refusal<SGD>(SGDOptions{.nesterov = true}, {"SGD", "nesterov", "momentum"}) == "");
  CHECK(refusal<SGD>(SGDOptions{.momentum = 0.9, .dampening = 0.1, .nesterov = true},
                     {"SGD", "nesterov", "dampening"}) == "");
  CHECK(refusal<Adam>(AdamOptions{.betas = {1, 0.9}}, {"Adam", "betas[0]", "1"}) == "");
  CHECK(refusal<Adam>(AdamOptions{.betas = {0.9, -0.1}}, {"Adam", "betas[1]", "-0.1"}) == "");
  CHECK(refusal<Adam>(AdamOptions{.eps = -1}, {"Adam", "eps", "-1"}) == "");
  CHECK(refusal<Adam>(AdamOptions{.weight_decay = nan}, {"Adam", "weight_decay"}) == "");
  CHECK(refusal<optim::AdamW>(optim::AdamWOptions{.weight_decay = -1},
                              {"AdamW", "weight_decay", "-1"}) == "");
}

TEST_CASE("optimisers: parameters that cannot be optimised") {
  for (const Method& method : optimizers) {
    const auto error = [&](Parameters parameters, std::initializer_list<const char*> parts) {
      return wrong_error<ValueError>([&] { method.make(std::move(parameters)); }, parts);
    };
    const nn::Parameter p = parameter_of(1);
    CHECK(error({}, {method.name, "none"}) == "");
    CHECK(error({p, nn::Parameter()}, {method.name, "1", "undefined"}) == "");
    CHECK(error({p, parameter_of(2), p}, {method.name, "2", "twice"}) == "");
  }
}

TEST_CASE("optimisers: the learning rate can be set, within its range") {
  optim::SGD sgd({parameter_of(1)}, {.lr = 0.1});
  sgd.set_lr(0.5);
  CHECK(sgd.lr() == 0.5);
  CHECK(wrong_error<ValueError>([&] { sgd.set_lr(-1); }, {"SGD", "lr", "-1"}) == "");
  CHECK(sgd.lr() == 0.5);
  sgd.set_lr(0);
  CHECK(sgd.lr() == 0);
}

TEST_CASE("optimisers: parameters without gradient are left alone") {
  for (const Method& method : optimizers) {
    INFO(method.name);
    const nn::Parameter with = parameter_of(1), without = parameter_of(1);
    const nn::Parameter lazy = nn::Parameter::uninitialized();
    const auto optimizer = method.make({without, with, lazy});
    const uint64_t version = without.version();
    with.set_grad(ones({2}, {.dtype = float64}));
    optimizer->step();
    CHECK(mismatch(without, {2}, {1, 1}) == "");
    CHECK(without.version() == version);
    CHECK(with.at<double>({0}) < 1);
    CHECK_FALSE(lazy.is_initialized());
    optimizer->zero_grad();
    CHECK_FALSE(with.grad().defined());
    const auto after = with.to_vector<double>();
    optimizer->step();
    CHECK(mismatch(with, {2}, after) == "");
  }
}

TEST_CASE("optimisers: a parameter that joins late starts its own count of steps") {
  const nn::Parameter early = parameter_of(1), late = parameter_of(1);
  optim::Adam adam({early, late}, {.lr = 0.1});
  early.set_grad(ones({2}, {.dtype = float64}));
  for (int i = 0; i < 5; ++i) adam.step();
  late.set_grad(ones({2}, {.dtype = float64}) * 3);
  adam.step();
  // The first step of Adam is the learning rate, whatever the gradient.
  CHECK(late.at<double>({0}) == doctest::Approx(0.9).epsilon(1e-6));
}

TEST_CASE("optimisers: a step is not recorded and leaves leaves") {
  for (const Method& method : optimizers) {
    INFO(method.name);
    const nn::Parameter p = parameter_of(2);
    const auto optimizer = method.make({p});
    for (int i = 0; i < 3; ++i) {
      optimizer->zero_grad();
      (p * p).sum().backward();
      optimizer->step();
    }
    CHECK(p.is_leaf());
    CHECK(p.requires_grad());
    CHECK(p.grad_fn() == "");
    CHECK_FALSE(p.grad().requires_grad());
    CHECK(grad_enabled());
  }
}

TEST_CASE("optimisers: a backward pass that saw the parameters before the step is an error") {
  for (const Method& method : optimizers) {
    INFO(method.name);
    const nn::Parameter p = parameter_of(2);
    const auto optimizer = method.make({p});
    const Tensor loss = (p * p).sum();
    const Tensor stale = (p * p).sum();
    loss.backward();
    const uint64_t version = p.version();
    optimizer->step();
    CHECK(p.version() > version);
    CHECK(wrong_error<AutogradError>([&] { stale.backward(); }, {"mul"}) == "");
  }
}

TEST_CASE("optimisers: gradients of any layout") {
  const nn::Parameter summed(zeros({2, 3}, {.dtype = float64}));
  const nn::Parameter turned(zeros({2, 3}, {.dtype = float64}));
  optim::SGD sgd({summed, turned}, {.lr = 1});
  // The gradient of a sum is one number, expanded; that of a transpose is transposed.
  (summed.sum() + (turned.t() * counting({3, 2})).sum()).backward();
  sgd.step();
  CHECK(mismatch(summed, {2, 3}, {-1, -1, -1, -1, -1, -1}) == "");
  CHECK(mismatch(turned, {2, 3}, {0, -2, -4, -1, -3, -5}) == "");
}

TEST_CASE("optimisers: parameters of any layout") {
  for (const Method& method : optimizers) {
    INFO(method.name);
    const Tensor base = counting({3, 2});
    const nn::Parameter turned(base.t());
    const nn::Parameter straight(base.t().clone());
    const auto first = method.make({turned});
    const auto second = method.make({straight});
    for (int i = 0; i < 2; ++i) {
      turned.set_grad(pattern({2, 3}));
      straight.set_grad(pattern({2, 3}));
      first->step();
      second->step();
    }
    CHECK(mismatch(turned, {2, 3}, straight.to_vector<double>(), 1e-15) == "");
  }
}

TEST_CASE("optimisers: every one finds the minimum of a small problem") {
  manual_seed(0);
  const Tensor x = randn({64, 3});
  const Tensor truth = tensor({{1.5}, {-2.0}, {0.5}});
  const Tensor y = matmul(x, truth) + 0.25;
  for (const Method& method : optimizers) {
    INFO(method.name);
    nn::Linear linear(3, 1);
    const auto optimizer = method.make(linear.parameters());
    double loss = 0;
    for (int i = 0; i < 300; ++i) {
      optimizer->zero_grad();
      const Tensor error = nn::functional::mse_loss(linear(x), y);
      error.backward();
      optimizer->step();
      loss = error.item<double>();
    }
    CHECK(loss < 1e-3);
    CHECK(mismatch(linear.weight(), {1, 3}, {1.5, -2, 0.5}, 0.02) == "");
    CHECK(mismatch(linear.bias(), {1}, {0.25}, 0.02) == "");
  }
}

}  // namespace
