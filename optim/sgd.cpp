#include "optim/sgd.h"

#include <limits>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/ops/optim.h"

namespace lucid::optim {

SGD::SGD(std::vector<nn::Parameter> parameters, const SGDOptions& options)
    : Optimizer("SGD", std::move(parameters), options.lr),
      options_(options),
      momentum_(Optimizer::parameters().size()) {
  constexpr double unbounded = std::numeric_limits<double>::infinity();
  require_range("momentum", options.momentum, 0, 1);
  require_range("weight_decay", options.weight_decay, 0, unbounded);
  require_range("dampening", options.dampening, 0, unbounded);
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0)) {
    throw ValueError("SGD: nesterov needs momentum > 0 and dampening = 0");
  }
}

void SGD::update(size_t index, const Tensor& parameter, const Tensor& gradient) {
  Tensor momentum = momentum_[index];
  const bool first = !momentum.defined();
  if (options_.momentum != 0 && first) {
    momentum = empty(parameter.shape(), {.dtype = parameter.dtype()});
  }
  ops::sgd_step({.learning_rate = lr(),
                 .momentum = options_.momentum,
                 .dampening = options_.dampening,
                 .weight_decay = options_.weight_decay,
                 .nesterov = options_.nesterov,
                 .maximize = options_.maximize,
                 .first_step = first},
                parameter, gradient, momentum);
  // Only now: a step that failed must not leave a buffer nobody wrote to.
  momentum_[index] = momentum;
}

}  // namespace lucid::optim
