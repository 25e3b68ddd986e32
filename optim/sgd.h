// Stochastic gradient descent.
#pragma once

#include "optim/optimizer.h"

namespace lucid::optim {

struct SGDOptions {
  double lr = 1e-3;         ///< learning rate
  double momentum = 0;      ///< in [0, 1)
  double dampening = 0;     ///< of the momentum
  double weight_decay = 0;  ///< L2 penalty, added to the gradient
  bool nesterov = false;    ///< needs momentum, and no dampening
  bool maximize = false;    ///< climb instead of descend
};

/// v = momentum * v + (1 - dampening) * (g + weight_decay * p), starting with v = g;
/// p -= lr * v, or lr * (g + momentum * v) with Nesterov's variant
/// (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
class SGD : public Optimizer {
 public:
  /// @throws ValueError for options out of their range.
  explicit SGD(std::vector<nn::Parameter> parameters, const SGDOptions& options = {});

  const SGDOptions& options() const noexcept { return options_; }

 private:
  void check(const SGDOptions& options) const;
  void update(size_t index, const Tensor& parameter, const Tensor& gradient) override;
  void write_state(StateDict& state) const override;
  CommitLoad read_state(StateReader& reader) override;

  SGDOptions options_;
  std::vector<Tensor> momentum_;  // undefined until a parameter's first step
};

}  // namespace lucid::optim
