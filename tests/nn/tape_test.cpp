// What the tape does for modules: anomalies with paths, checkpoints, pictures, training in threads.
#include <doctest/doctest.h>

#include <thread>

#include "lucid/lucid.h"
#include "tests/support/message_of.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

struct Root : nn::Module {
  Tensor forward(const Tensor& x) override { return sqrt(x); }
};

std::vector<float> bits(const Tensor& t) {
  return t.to_vector<float>();
}

nn::Sequential small_model() {
  return nn::Sequential{nn::Conv2d(1, 4, 3), nn::ReLU(), nn::Flatten(), nn::Linear(4 * 6 * 6, 3)};
}

// The weights after a few steps.
std::vector<float> trained(nn::Sequential model) {
  Generator generator(5);
  for (const nn::Parameter& p : model.parameters()) {
    const NoGradGuard guard;
    p.copy_(randn(p.shape(), generator) * 0.1);
  }
  optim::SGD optimizer(model.parameters(), {.lr = 0.05, .momentum = 0.9});
  for (int step = 0; step < 10; ++step) {
    const Tensor x = randn({6, 1, 8, 8}, generator);
    optimizer.zero_grad();
    model(x).square().mean().backward();
    optimizer.step();
  }
  std::vector<float> result;
  for (const nn::Parameter& p : model.parameters()) {
    const std::vector<float> values = bits(p);
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

}  // namespace

TEST_CASE("anomaly mode says which module it was") {
  nn::Sequential model{{"head", nn::Sequential{nn::Linear(2, 2), Root()}}, {"tail", nn::ReLU()}};
  const nn::Parameter weight = model.parameters()[0];
  const nn::Parameter bias = model.parameters()[1];
  {
    const NoGradGuard guard;
    weight.fill_(0);
    bias.fill_(-1);
  }
  const auto outcome = [&] {
    return message_of<AutogradError>([&] {
      const autograd::AnomalyGuard guard;
      model(ones({3, 2})).sum().backward();
    });
  };
  const std::string forward = outcome();
  CHECK(contains(forward, "sqrt in module head.1 (Root) gave NaN"));
  CHECK(contains(forward, "[3, 2]"));
  {
    const NoGradGuard guard;
    bias.fill_(0);
  }
  // relu'(0) is 0, and 0 / (2 sqrt(0)) is NaN.
  CHECK(contains(outcome(), "backward pass of sqrt in module head.1 (Root)"));
  CHECK_FALSE(weight.grad().defined());
  CHECK(autograd::current_origin() == "");
}

TEST_CASE("a module as a checkpoint: same bits, same random numbers") {
  const auto run = [](bool checkpointed) {
    manual_seed(3);
    nn::Sequential model{nn::Linear(8, 8), nn::Dropout(0.5), nn::Tanh(), nn::Linear(8, 8)};
    const Tensor x = rand({4, 8});
    const Tensor y = checkpointed ? autograd::checkpoint(model, x) : model(x);
    y.square().sum().backward();
    std::vector<std::vector<float>> result{bits(y)};
    for (const nn::Parameter& p : model.parameters()) result.push_back(bits(p.grad()));
    result.push_back(bits(rand({1})));
    return result;
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("a picture with the names of parameters") {
  nn::Sequential model{nn::Linear(2, 3), nn::ReLU()};
  const std::string dot = autograd::to_dot(model(ones({1, 2})), model.named_parameters());
  CHECK(contains(dot, "0.weight\\n[3, 2]"));
  CHECK(contains(dot, "0.bias\\n[3]"));
  CHECK(contains(dot, "label=\"linear_relu\""));
}

TEST_CASE("gradients have the type that a parameter has by then") {
  nn::Linear layer(2, 2);
  layer.to(float64);
  layer(ones({1, 2}, {.dtype = float64})).sum().backward();
  CHECK(layer.weight().grad().dtype() == float64);
  nn::LazyLinear lazy(2);
  lazy(ones({1, 5})).sum().backward();
  CHECK(lazy.weight().grad().shape() == Shape{2, 5});
}

TEST_CASE("models train in several threads at the same time") {
  const std::vector<float> expected = trained(small_model());
  std::vector<std::vector<float>> results(4);
  std::vector<std::thread> threads;
  for (std::vector<float>& result : results) {
    // Made here, as modules draw from the default generator.
    threads.emplace_back([&result, model = small_model()] { result = trained(model); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<float>& result : results) CHECK(result == expected);
}

TEST_CASE("threads may share the parameters that they compute gradients of") {
  nn::Linear shared(16, 4);
  const auto work = [&] {
    for (int i = 0; i < 50; ++i) shared(ones({2, 16})).sum().backward();
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  CHECK(equal(shared.weight().grad(), full({4, 16}, 400.0)));
}
