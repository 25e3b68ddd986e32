// Layers that do not compute: other shapes, and none at all.
#pragma once

#include "nn/module.h"

namespace lucid::nn {

/// Dimensions start_dim to end_dim, both included, become one
/// (https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html).
class Flatten : public Module {
 public:
  explicit Flatten(int64_t start_dim = 1, int64_t end_dim = -1) noexcept
      : start_dim_(start_dim), end_dim_(end_dim) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  int64_t start_dim_;
  int64_t end_dim_;
};

/// Gives its input back.
class Identity : public Module {
 public:
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace lucid::nn
