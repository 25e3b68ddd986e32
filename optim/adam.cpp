#include "optim/adam.h"

#include <cmath>
#include <limits>

#include "lucid/creation.h"
#include "lucid/ops/optim.h"
#include "lucid/state_values.h"

namespace lucid::optim {

Adam::Adam(const char* name, std::vector<nn::Parameter> parameters, const AdamOptions& options,
           bool decoupled_weight_decay)
    : Optimizer(name, std::move(parameters), options.lr),
      options_(options),
      decoupled_weight_decay_(decoupled_weight_decay),
      moments_(Optimizer::parameters().size()) {
  check(options);
}

void Adam::check(const AdamOptions& options) const {
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

namespace {

template <class Options, class Visit>
void for_each_option(Options& options, const Visit& visit) {
  visit("betas", options.betas);
  visit("eps", options.eps);
  visit("weight_decay", options.weight_decay);
  visit("amsgrad", options.amsgrad);
  visit("maximize", options.maximize);
}

constexpr const char* kStep = "step";
constexpr const char* kFirst = "exp_avg";
constexpr const char* kSecond = "exp_avg_sq";
constexpr const char* kGreatestSecond = "max_exp_avg_sq";

}  // namespace

void Adam::write_state(StateDict& state) const {
  for (size_t i = 0; i < moments_.size(); ++i) {
    const Moments& moments = moments_[i];
    if (!moments.first.defined()) continue;
    state.insert(state_key(i, kStep), state_value(moments.steps));
    state.insert(state_key(i, kFirst), moments.first);
    state.insert(state_key(i, kSecond), moments.second);
    if (options_.amsgrad) state.insert(state_key(i, kGreatestSecond), moments.greatest_second);
  }
  for_each_option(options_, [&](const char* name, const auto& value) {
    state.insert(option_key(name), state_value(value));
  });
}

Adam::Moments Adam::read_moments(StateReader& reader, size_t index, bool amsgrad) const {
  Moments moments;
  const auto has = [&](const char* name) { return reader.contains(state_key(index, name)); };
  // All of it or nothing: a part alone is an error.
  if (!has(kStep) && !has(kFirst) && !has(kSecond)) return moments;
  reader.read_count(state_key(index, kStep), moments.steps, 1);
  moments.first = read_like_parameter(reader, index, kFirst);
  moments.second = read_like_parameter(reader, index, kSecond);
  if (amsgrad) moments.greatest_second = read_like_parameter(reader, index, kGreatestSecond);
  return moments;
}

CommitLoad Adam::read_state(StateReader& reader) {
  AdamOptions options = options_;
  for_each_option(options,
                  [&](const char* name, auto& value) { reader.read(option_key(name), value); });
  check_read(reader, [&] { check(options); });
  std::vector<Moments> moments;
  for (size_t i = 0; i < moments_.size(); ++i) {
    moments.push_back(read_moments(reader, i, options.amsgrad));
  }
  return [this, options, moments = std::move(moments)] {
    options_ = options;
    moments_ = moments;  // as many as before, for which there is room
  };
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
