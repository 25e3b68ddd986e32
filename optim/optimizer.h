// What all optimisers share.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lucid/state_dict.h"
#include "nn/parameter.h"

namespace lucid {
class StateReader;
}

namespace lucid::optim {

/// Changes parameters along their gradients (https://pytorch.org/docs/stable/optim.html).
///
/// Parameters may still be uninitialised when they are handed in. step() leaves alone those without
/// a gradient.
class Optimizer {
 public:
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// One update of every parameter that has a gradient; nothing of it is recorded.
  void step();
  /// Forgets the gradients.
  void zero_grad();

  const std::vector<nn::Parameter>& parameters() const noexcept { return parameters_; }
  double lr() const noexcept { return lr_; }
  /// For schedules. @throws ValueError if lr is negative or no number.
  void set_lr(double lr);

  /// Options and what was learnt about each parameter so far, under PyTorch's names
  /// (https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.state_dict.html):
  /// "param_groups.0.lr" and the other options, "param_groups.0.params" with the parameters'
  /// indices, "state.0.momentum_buffer" and so on. Parameters that have not been changed yet have
  /// no state. The tensors share memory with the optimiser, whose next step changes them.
  StateDict state_dict() const;
  /// Replaces the state of all parameters and, as PyTorch does, all options by those in the dict:
  /// lr() and, for the others, options() give the new ones. Values are copied, in the parameters'
  /// types.
  /// Parameters that are still uninitialised cannot get a state: load their module first.
  /// @throws ValueError that lists everything that does not fit; then nothing has changed.
  void load_state_dict(const StateDict& state);
  /// The first half of load_state_dict, which changes nothing. The optimiser must outlive it.
  [[nodiscard]] CommitLoad prepare_load(const StateDict& state);

 protected:
  /// @param name of the optimiser, for errors
  /// @throws ValueError if there are no parameters, one is undefined or listed twice, or lr is
  /// negative.
  Optimizer(const char* name, std::vector<nn::Parameter> parameters, double lr);

  /// The update of one parameter, which has a gradient.
  virtual void update(size_t index, const Tensor& parameter, const Tensor& gradient) = 0;

  /// Adds the options but lr under option_key(), and the state under state_key().
  virtual void write_state(StateDict& state) const = 0;
  /// Reads what write_state() wrote without changing anything yet.
  virtual CommitLoad read_state(StateReader& reader) = 0;

  /// Makes what a check of the options that were read throws a problem of theirs.
  static void check_read(StateReader& reader, const std::function<void()>& check);
  static std::string option_key(const std::string& option);
  static std::string state_key(size_t index, const std::string& name);
  /// A tensor like parameter `index`; undefined if it cannot be had, which the reader then knows.
  Tensor read_like_parameter(StateReader& reader, size_t index, const std::string& name) const;

  /// @throws ValueError unless value lies in [low, high).
  void require_range(const char* argument, double value, double low, double high) const;

 private:
  const char* name_;
  std::vector<nn::Parameter> parameters_;
  double lr_;
};

}  // namespace lucid::optim
