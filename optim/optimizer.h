// What all optimisers share.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/parameter.h"

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

 protected:
  /// @param name of the optimiser, for errors
  /// @throws ValueError if there are no parameters, one is undefined or listed twice, or lr is
  /// negative.
  Optimizer(const char* name, std::vector<nn::Parameter> parameters, double lr);

  /// The update of one parameter, which has a gradient.
  virtual void update(size_t index, const Tensor& parameter, const Tensor& gradient) = 0;

  /// @throws ValueError unless value lies in [low, high).
  void require_range(const char* argument, double value, double low, double high) const;

 private:
  const char* name_;
  std::vector<nn::Parameter> parameters_;
  double lr_;
};

}  // namespace lucid::optim
