#include "optim/sgd.h"

#include <limits>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/ops/optim.h"
#include "lucid/state_values.h"

namespace lucid::optim {

SGD::SGD(std::vector<nn::Parameter> parameters, const SGDOptions& options)
    : Optimizer("SGD", std::move(parameters), options.lr),
      options_(options),
      momentum_(Optimizer::parameters().size()) {
  check(options);
}

void SGD::check(const SGDOptions& options) const {
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

namespace {

template <class Options, class Visit>
void for_each_option(Options& options, const Visit& visit) {
  visit("momentum", options.momentum);
  visit("dampening", options.dampening);
  visit("weight_decay", options.weight_decay);
  visit("nesterov", options.nesterov);
  visit("maximize", options.maximize);
}

constexpr const char* kMomentumBuffer = "momentum_buffer";

}  // namespace

void SGD::write_state(StateDict& state) const {
  for (size_t i = 0; i < momentum_.size(); ++i) {
    if (momentum_[i].defined()) state.insert(state_key(i, kMomentumBuffer), momentum_[i]);
  }
  for_each_option(options_, [&](const char* name, auto value) {
    state.insert(option_key(name), state_value(value));
  });
}

CommitLoad SGD::read_state(StateReader& reader) {
  SGDOptions options = options_;
  for_each_option(options,
                  [&](const char* name, auto& value) { reader.read(option_key(name), value); });
  check_read(reader, [&] { check(options); });
  std::vector<Tensor> momentum(momentum_.size());
  for (size_t i = 0; i < momentum.size(); ++i) {
    if (options.momentum == 0 || !reader.contains(state_key(i, kMomentumBuffer))) continue;
    momentum[i] = read_like_parameter(reader, i, kMomentumBuffer);
  }
  return [this, options, momentum = std::move(momentum)] {
    options_ = options;
    momentum_ = momentum;  // as many as before, for which there is room
  };
}

}  // namespace lucid::optim
