// Dropout.
#pragma once

#include "nn/module.h"

namespace lucid::nn {

/// In training each element is zero with probability p, else divided by 1 - p; in evaluation
/// nothing happens (https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html). Draws from
/// the default generator.
class Dropout : public Module {
 public:
  /// @throws ValueError unless p lies in [0, 1].
  explicit Dropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  double p_;
};

}  // namespace lucid::nn
