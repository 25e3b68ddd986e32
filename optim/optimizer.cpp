#include "optim/optimizer.h"

#include <limits>
#include <unordered_set>

#include "autograd/grad_mode.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::optim {

using lucid::detail::message;

Optimizer::Optimizer(const char* name, std::vector<nn::Parameter> parameters, double lr)
    : name_(name), parameters_(std::move(parameters)), lr_(0) {
  if (parameters_.empty())
    throw ValueError(message(name, ": expected at least one parameter, got none"));
  std::unordered_set<const TensorImpl*> seen;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].defined())
      throw ValueError(message(name, ": parameter ", i, " is undefined"));
    if (!seen.insert(parameters_[i].impl()).second) {
      throw ValueError(message(name, ": parameter ", i, " is listed twice"));
    }
  }
  set_lr(lr);
}

void Optimizer::require_range(const char* argument, double value, double low, double high) const {
  // Written so that a NaN fails.
  if (!(value >= low && value < high)) {
    throw ValueError(
        message(name_, ": expected ", argument, " in [", low, ", ", high, "), got ", value));
  }
}

void Optimizer::set_lr(double lr) {
  require_range("lr", lr, 0, std::numeric_limits<double>::infinity());
  lr_ = lr;
}

void Optimizer::step() {
  const NoGradGuard guard;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const nn::Parameter& parameter = parameters_[i];
    const Tensor gradient = parameter.grad();
    if (gradient.defined()) update(i, parameter, gradient);
  }
}

void Optimizer::zero_grad() {
  for (const nn::Parameter& parameter : parameters_) parameter.set_grad({});
}

}  // namespace lucid::optim
