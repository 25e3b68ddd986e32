// Non-linearities as layers.
#pragma once

#include "nn/module.h"

namespace lucid::nn {

/// max(x, 0) (https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

/// 1 / (1 + exp(-x))
class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

/// Softmax along a dimension.
class Softmax : public Module {
 public:
  explicit Softmax(int64_t dim) noexcept : dim_(dim) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  int64_t dim_;
};

}  // namespace lucid::nn
