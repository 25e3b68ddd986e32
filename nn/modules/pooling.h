// Pooling layers over (N, C, H, W) or (C, H, W).
#pragma once

#include "nn/functional.h"
#include "nn/module.h"

namespace lucid::nn {

using MaxPool2dOptions = functional::MaxPool2dFunctionOptions;
using AvgPool2dOptions = functional::AvgPool2dFunctionOptions;

/// https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(Size2d kernel_size, const MaxPool2dOptions& options = {}) noexcept
      : kernel_size_(kernel_size), options_(options) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  Size2d kernel_size_;
  MaxPool2dOptions options_;
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
class AvgPool2d : public Module {
 public:
  explicit AvgPool2d(Size2d kernel_size, const AvgPool2dOptions& options = {}) noexcept
      : kernel_size_(kernel_size), options_(options) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  Size2d kernel_size_;
  AvgPool2dOptions options_;
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
class AdaptiveAvgPool2d : public Module {
 public:
  explicit AdaptiveAvgPool2d(Size2d output_size) noexcept : output_size_(output_size) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  Size2d output_size_;
};

}  // namespace lucid::nn
