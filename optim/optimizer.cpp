#include "optim/optimizer.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "autograd/grad_mode.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/state_values.h"

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

std::string Optimizer::option_key(const std::string& option) {
  return message("param_groups.0.", option);
}

std::string Optimizer::state_key(size_t index, const std::string& name) {
  return message("state.", index, ".", name);
}

void Optimizer::check_read(StateReader& reader, const std::function<void()>& check) {
  try {
    check();
  } catch (const ValueError& error) {
    reader.refuse("param_groups.0", error.what());
  }
}

Tensor Optimizer::read_like_parameter(StateReader& reader, size_t index,
                                      const std::string& name) const {
  const nn::Parameter& parameter = parameters_[index];
  if (parameter.is_initialized()) {
    return reader.read_tensor(state_key(index, name), parameter.shape(), parameter.dtype());
  }
  reader.refuse(state_key(index, name),
                message("parameter ", index, " is uninitialized; load its module first"));
  return {};
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  write_state(state);
  std::vector<int64_t> indices(parameters_.size());
  std::iota(indices.begin(), indices.end(), int64_t{0});
  state.insert(option_key("lr"), state_value(lr_));
  state.insert(option_key("params"), state_value(indices));
  return state;
}

CommitLoad Optimizer::prepare_load(const StateDict& state) {
  StateReader reader(state);
  double lr = 0;
  reader.read(option_key("lr"), lr);
  if (!(lr >= 0 && std::isfinite(lr))) {
    reader.refuse(option_key("lr"), message("expected a learning rate in [0, inf), got ", lr));
  }
  std::vector<int64_t> indices(parameters_.size());
  reader.read(option_key("params"), indices);
  if (indices.size() != parameters_.size()) {
    reader.refuse(option_key("params"),
                  message("expected ", parameters_.size(), " parameters, got ", indices.size()));
  }
  CommitLoad rest = read_state(reader);
  reader.finish(name_);
  return [this, lr, rest = std::move(rest)] {
    rest();
    lr_ = lr;
  };
}

void Optimizer::load_state_dict(const StateDict& state) {
  prepare_load(state)();
}

}  // namespace lucid::optim
