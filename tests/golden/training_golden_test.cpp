// Optimisers and a whole network against PyTorch's.
#include <functional>
#include <map>
#include <memory>

#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "nn/functional.h"
#include "nn/modules/activation.h"
#include "nn/modules/batch_norm.h"
#include "nn/modules/conv.h"
#include "nn/modules/linear.h"
#include "nn/modules/pooling.h"
#include "nn/modules/shape.h"
#include "nn/sequential.h"
#include "optim/adam.h"
#include "optim/scheduler.h"
#include "optim/sgd.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

namespace {

using Parameters = std::vector<nn::Parameter>;
using MakeOptimizer = std::function<std::unique_ptr<optim::Optimizer>(Parameters)>;

MakeOptimizer sgd(const optim::SGDOptions& options) {
  return [options](Parameters p) { return std::make_unique<optim::SGD>(std::move(p), options); };
}
MakeOptimizer adam(const optim::AdamOptions& options) {
  return [options](Parameters p) { return std::make_unique<optim::Adam>(std::move(p), options); };
}
MakeOptimizer adamw(const optim::AdamWOptions& options) {
  return [options](Parameters p) { return std::make_unique<optim::AdamW>(std::move(p), options); };
}

// The options in make_golden.py.
const std::map<std::string, MakeOptimizer> optimizers{
    {"sgd", sgd({.lr = 0.1})},
    {"sgd_decay", sgd({.lr = 0.1, .weight_decay = 0.05})},
    {"sgd_momentum", sgd({.lr = 0.1, .momentum = 0.9})},
    {"sgd_dampening", sgd({.lr = 0.1, .momentum = 0.8, .dampening = 0.3, .weight_decay = 0.01})},
    {"sgd_nesterov", sgd({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true})},
    {"sgd_maximize", sgd({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.05, .maximize = true})},
    {"adam", adam({.lr = 0.05})},
    {"adam_decay", adam({.lr = 0.05, .betas = {0.8, 0.95}, .eps = 1e-6, .weight_decay = 0.1})},
    {"adam_amsgrad", adam({.lr = 0.05, .betas = {0.5, 0.6}, .amsgrad = true})},
    {"adam_maximize", adam({.lr = 0.05, .weight_decay = 0.1, .maximize = true})},
    {"adamw", adamw({.lr = 0.05})},
    {"adamw_decay", adamw({.lr = 0.05, .betas = {0.8, 0.95}, .weight_decay = 0.2})},
    {"adamw_amsgrad", adamw({.lr = 0.05, .betas = {0.5, 0.6}, .amsgrad = true})}};

using MakeScheduler = std::function<std::unique_ptr<optim::LRScheduler>(optim::Optimizer&)>;

template <class Scheduler, class... Args>
MakeScheduler schedule(const Args&... args) {
  return [=](optim::Optimizer& o) { return std::make_unique<Scheduler>(o, args...); };
}

// The options in make_golden.py.
const std::map<std::string, MakeScheduler> schedulers{
    {"lambda",
     [](optim::Optimizer& o) {
       return std::make_unique<optim::LambdaLR>(
           o, [](int64_t epoch) { return std::pow(0.95, double(epoch)) / (1 + double(epoch)); });
     }},
    {"step", schedule<optim::StepLR>(4)},
    {"step_gamma", schedule<optim::StepLR>(7, optim::StepLROptions{.gamma = 0.6})},
    {"multi_step", schedule<optim::MultiStepLR>(std::vector<int64_t>{3, 9, 9, 20})},
    {"multi_step_gamma", schedule<optim::MultiStepLR>(std::vector<int64_t>{15, 5},
                                                      optim::MultiStepLROptions{.gamma = 0.5})},
    {"exponential", schedule<optim::ExponentialLR>(0.9)},
    {"linear", schedule<optim::LinearLR>()},
    {"linear_down", schedule<optim::LinearLR>(optim::LinearLROptions{
                        .start_factor = 1, .end_factor = 0.25, .total_iters = 12})},
    {"cosine", schedule<optim::CosineAnnealingLR>(29)},
    {"cosine_up_again",
     schedule<optim::CosineAnnealingLR>(10, optim::CosineAnnealingLROptions{.eta_min = 0.01})}};

nn::Sequential network(DType dtype) {
  return nn::Sequential{
      nn::Conv2d(2, 4, 3, {.padding = 1, .dtype = dtype}),
      nn::BatchNorm2d(4, {.dtype = dtype}),
      nn::ReLU(),
      nn::MaxPool2d(2),
      nn::Conv2d(4, 6, 3, {.padding = "same", .groups = 2, .bias = false, .dtype = dtype}),
      nn::BatchNorm2d(6, {.dtype = dtype}),
      nn::ReLU(),
      nn::AdaptiveAvgPool2d(2),
      nn::Flatten(),
      nn::Linear(24, 5, {.dtype = dtype})};
}

nn::Sequential lazy_network(DType dtype) {
  return nn::Sequential{
      nn::LazyConv2d(4, 3, {.padding = 1, .dtype = dtype}),
      nn::LazyBatchNorm2d({.dtype = dtype}),
      nn::ReLU(),
      nn::MaxPool2d(2),
      nn::LazyConv2d(6, 3, {.padding = "same", .groups = 2, .bias = false, .dtype = dtype}),
      nn::LazyBatchNorm2d({.dtype = dtype}),
      nn::ReLU(),
      nn::AdaptiveAvgPool2d(2),
      nn::Flatten(),
      nn::LazyLinear(5, {.dtype = dtype})};
}

struct Golden {
  StateDict file = load(std::string(LUCID_GOLDEN_DIR) + "/network.safetensors");
  StateDict initial;
  Golden() {
    for (const auto& [key, value] : file) {
      if (key.starts_with("state.")) initial.insert(key.substr(6), value);
    }
  }
};

void check_first_pass(nn::Sequential& model, const Golden& golden, DType dtype) {
  const GoldenCase c(golden.file, "first", dtype);
  const Tensor x = c.leaf("x");
  const Tensor output = model(x);
  check_close(output, c.stored("output"), dtype);
  const Tensor loss = F::cross_entropy(output, c.stored("target"));
  check_close(loss, c.stored("loss"), dtype);
  loss.backward();
  check_close(x.grad(), c.stored("grad_x"), dtype);
  for (const auto& entry : model.named_parameters()) {
    const std::string& name = entry.first;
    const Tensor& parameter = entry.second;
    CAPTURE(name);
    REQUIRE(c.has("grad." + name));
    // The bias in front of a batch normalisation has no influence: its gradient is rounding alone.
    if (name == "0.bias") {
      CHECK(relative_error(parameter.grad() + 1, c.stored("grad." + name) + 1) <= tolerance(dtype));
    } else {
      check_close(parameter.grad(), c.stored("grad." + name), dtype);
    }
  }
  for (const auto& entry : model.named_buffers()) {
    const std::string& name = entry.first;
    const Tensor& buffer = entry.second;
    CAPTURE(name);
    REQUIRE(c.has("buffer." + name));
    check_close(buffer, c.stored("buffer." + name), buffer.is_floating_point() ? dtype : int64);
  }
}

void check_training(nn::Sequential& model, const Golden& golden, DType dtype) {
  const GoldenCase c(golden.file, "first", dtype);
  const Tensor x = c.constant("x");
  optim::SGD optimizer(model.parameters(), {.lr = 0.1, .momentum = 0.9});
  for (int64_t step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    const Tensor loss = F::cross_entropy(model(x), c.stored("target"));
    loss.backward();
    optimizer.step();
    CAPTURE(step);
    check_close(loss, c.stored("losses")[step], dtype);
  }
  model.eval();
  check_close(model(x), c.stored("evaluated"), dtype);
}

}  // namespace

TEST_CASE("optimisers take PyTorch's steps") {
  size_t cases = 0;
  for_each_case("optimizers", "", [&](const GoldenCase& c) {
    CAPTURE(c.name());
    const nn::Parameter parameter(c.constant("start"));
    const auto optimizer = optimizers.at(c.name())({parameter});
    const Tensor gradients = c.constant("gradients");
    const Tensor trajectory = c.stored("trajectory");
    for (int64_t step = 0; step < gradients.shape(0); ++step) {
      CAPTURE(step);
      parameter.set_grad(gradients[step].clone());
      optimizer->step();
      check_close(parameter.detach(), trajectory[step], c.dtype());
    }
    ++cases;
  });
  CHECK(cases == 2 * optimizers.size());
}

TEST_CASE("schedulers give PyTorch's learning rates") {
  const StateDict file = load(std::string(LUCID_GOLDEN_DIR) + "/schedulers.safetensors");
  CHECK(file.size() == schedulers.size());
  for (const auto& entry : file) {
    CAPTURE(entry.first);
    optim::SGD optimizer({nn::Parameter(zeros({1}))}, {.lr = 0.3});
    const auto scheduler = schedulers.at(entry.first)(optimizer);
    int64_t epoch = 0;
    for (const double expected : entry.second.to_vector<double>()) {
      CAPTURE(epoch);
      CHECK(scheduler->last_epoch() == epoch++);
      CHECK(optimizer.lr() == scheduler->last_lr());
      // PyTorch multiplies from epoch to epoch, which rounds each time.
      CHECK(std::abs(optimizer.lr() - expected) <= 1e-14 * 0.3);
      scheduler->step();
    }
    CHECK(epoch == 30);
  }
}

TEST_CASE("a network with PyTorch's weights computes and learns what PyTorch's does") {
  const Golden golden;
  for (const DType dtype : {float64, float32}) {
    for (const bool lazy : {false, true}) {
      CAPTURE(dtype);
      CAPTURE(lazy);
      nn::Sequential model = lazy ? lazy_network(dtype) : network(dtype);
      const nn::LoadResult loaded = model.load_state_dict(golden.initial);
      CHECK(loaded.missing_keys.empty());
      CHECK(loaded.unexpected_keys.empty());
      check_first_pass(model, golden, dtype);
      check_training(model, golden, dtype);
    }
  }
}
