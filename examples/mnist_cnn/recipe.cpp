#include "recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace nn = lucid::nn;
namespace optim = lucid::optim;

namespace mnist_cnn {

nn::Sequential make_model() {
  return nn::Sequential{nn::LazyConv2d(32, 3, {.padding = "same"}),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::LazyConv2d(64, 3, {.padding = "same"}),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::LazyConv2d(64, 3, {.padding = "same"}),
                        nn::ReLU(),
                        nn::Flatten(),
                        nn::LazyLinear(128),
                        nn::ReLU(),
                        nn::Dropout(0.5),
                        nn::LazyLinear(10)};
}

Options with_defaults(Options options) {
  const auto fill = [](std::optional<double>& option, double value) {
    if (!option) option = value;
  };
  switch (options.optimizer) {
    case OptimizerKind::sgd:
      fill(options.lr, 0.05);
      fill(options.momentum, 0.9);
      fill(options.weight_decay, 5e-4);
      break;
    case OptimizerKind::adam:
      fill(options.lr, 0.001);
      fill(options.weight_decay, 0);
      break;
    case OptimizerKind::adamw:
      fill(options.lr, 0.001);
      fill(options.weight_decay, 0.01);
      break;
  }
  return options;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const nn::Module& model, const Options& options) {
  const auto parameters = model.parameters();
  const double lr = options.lr.value();
  const double weight_decay = options.weight_decay.value();
  switch (options.optimizer) {
    case OptimizerKind::adam:
      return std::make_unique<optim::Adam>(
          parameters, optim::AdamOptions{.lr = lr, .weight_decay = weight_decay});
    case OptimizerKind::adamw:
      return std::make_unique<optim::AdamW>(
          parameters, optim::AdamWOptions{.lr = lr, .weight_decay = weight_decay});
    case OptimizerKind::sgd:
      break;
  }
  return std::make_unique<optim::SGD>(
      parameters,
      optim::SGDOptions{
          .lr = lr, .momentum = options.momentum.value(), .weight_decay = weight_decay});
}

double learning_rate_factor(int64_t step, int64_t steps) {
  const int64_t rising_steps = std::min<int64_t>(100, steps / 10 + 1);
  const double rise =
      std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(rising_steps));
  const double done = static_cast<double>(step) / static_cast<double>(steps);
  return rise * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace mnist_cnn
