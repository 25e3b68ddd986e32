// Dropout.
#pragma once

#include <string>

#include "nn/module.h"

namespace lucid::nn {

/// What the layers below share. In evaluation nothing happens. Draws from the default generator.
class DropoutBase : public Module {
 public:
  std::string extra_repr() const override;
  double p() const noexcept { return p_; }

 protected:
  /// @throws ValueError unless p lies in [0, 1].
  DropoutBase(const char* name, double p);

 private:
  double p_;
};

/// In training each element is zero with probability p, else divided by 1 - p
/// (https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html).
class Dropout : public DropoutBase {
 public:
  /// @throws ValueError unless p lies in [0, 1]. So for the layers below.
  explicit Dropout(double p = 0.5) : DropoutBase("Dropout", p) {}
  Tensor forward(const Tensor& x) override;
};

/// The same for whole channels of x (N, C, L) or (C, L)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html).
class Dropout1d : public DropoutBase {
 public:
  explicit Dropout1d(double p = 0.5) : DropoutBase("Dropout1d", p) {}
  Tensor forward(const Tensor& x) override;
};

/// The same for whole channels of x (N, C, H, W), or (N, C, L) as in PyTorch
/// (https://pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html).
class Dropout2d : public DropoutBase {
 public:
  explicit Dropout2d(double p = 0.5) : DropoutBase("Dropout2d", p) {}
  Tensor forward(const Tensor& x) override;
};

/// The same for whole channels of x (N, C, D, H, W) or (C, D, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html).
class Dropout3d : public DropoutBase {
 public:
  explicit Dropout3d(double p = 0.5) : DropoutBase("Dropout3d", p) {}
  Tensor forward(const Tensor& x) override;
};

/// Dropout that keeps mean and variance in networks of SELU
/// (https://pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html).
class AlphaDropout : public DropoutBase {
 public:
  explicit AlphaDropout(double p = 0.5) : DropoutBase("AlphaDropout", p) {}
  Tensor forward(const Tensor& x) override;
};

}  // namespace lucid::nn
