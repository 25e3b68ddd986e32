#include "optim/adam.h"

#include <cmath>
#include <limits>

#include "lucid/creation.h"
#include "lucid/ops/optim.h"

namespace lucid::optim {

Adam::Adam(const char* name, std::vector<nn::Parameter> parameters, const AdamOptions& options,
           bool decoupled_weight_decay)
    : Optimizer(name, std::move(parameters), options.lr),
      options_(options),
      decoupled_weight_decay_(decoupled_weight_decay),
      moments_(Optimizer::parameters().size()) {
  constexpr double unbounded = std::numeric_limits<double>::infinity();
  require_range("betas[0]", options.betas[0], 0, 1);
  require_range("betas[1]", options.betas[1], 0, 1);
  require_range("eps", options.eps, 0, unbounded);
  require_range("weight_decay", options.weight_decay, 0, unbounded);
}

Adam::Adam(std::vector<nn::Parameter> parameters, const AdamOptions& options)
    : Adam("Adam", std::move(parameters), options, false) {}

void Adam::update(size_t index, const Tensor& parameter, const Tensor& gradient) {
  Moments moments = moments_[index];
  if (!moments.first.defined()) {
    const TensorOptions like{.dtype = parameter.dtype()};
    moments.first = zeros(parameter.shape(), like);
    moments.second = zeros(parameter.shape(), like);
    if (options_.amsgrad) moments.greatest_second = zeros(parameter.shape(), like);
  }
  const auto steps = static_cast<double>(++moments.steps);
  ops::adam_step({.learning_rate = lr(),
                  .beta1 = options_.betas[0],
                  .beta2 = options_.betas[1],
                  .eps = options_.eps,
                  .weight_decay = options_.weight_decay,
                  .bias_correction1 = 1 - std::pow(options_.betas[0], steps),
                  .bias_correction2 = 1 - std::pow(options_.betas[1], steps),
                  .decoupled_weight_decay = decoupled_weight_decay_,
                  .maximize = options_.maximize,
                  .amsgrad = options_.amsgrad},
                 parameter, gradient, moments.first, moments.second, moments.greatest_second);
  moments_[index] = moments;  // a step that failed does not count
}

AdamW::AdamW(std::vector<nn::Parameter> parameters, const AdamWOptions& options)
    : Adam("AdamW", std::move(parameters),
           {.lr = options.lr,
            .betas = options.betas,
            .eps = options.eps,
            .weight_decay = options.weight_decay,
            .amsgrad = options.amsgrad,
            .maximize = options.maximize},
           true) {}

}  // namespace lucid::optim
