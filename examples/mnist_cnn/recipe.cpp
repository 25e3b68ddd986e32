#include "recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

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

std::unique_ptr<optim::Optimizer> make_optimizer(const nn::Module& model, const Options& options) {
  const bool is_sgd = options.optimizer == OptimizerKind::sgd;
  const double lr = options.lr.value_or(is_sgd ? 0.05 : 0.001);
  const auto parameters = model.parameters();
  switch (options.optimizer) {
    case OptimizerKind::adam:
      return std::make_unique<optim::Adam>(
          parameters,
          optim::AdamOptions{.lr = lr, .weight_decay = options.weight_decay.value_or(0)});
    case OptimizerKind::adamw:
      return std::make_unique<optim::AdamW>(
          parameters,
          optim::AdamWOptions{.lr = lr, .weight_decay = options.weight_decay.value_or(0.01)});
    case OptimizerKind::sgd:
      break;
  }
  return std::make_unique<optim::SGD>(
      parameters, optim::SGDOptions{.lr = lr,
                                    .momentum = options.momentum.value_or(0.9),
                                    .weight_decay = options.weight_decay.value_or(5e-4)});
}

double learning_rate(double highest, int64_t step, int64_t steps) {
  const int64_t rising_steps = std::min<int64_t>(100, steps / 10 + 1);
  const double rise =
      std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(rising_steps));
  const double done = static_cast<double>(step) / static_cast<double>(steps);
  return highest * rise * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace mnist_cnn
