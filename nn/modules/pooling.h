// Pooling layers over (N, C, L), (N, C, H, W) or (N, C, D, H, W), or one example without N.
#pragma once

#include <string>

#include "nn/functional.h"
#include "nn/module.h"

namespace lucid::nn {

template <size_t Rank>
using MaxPoolOptions = functional::MaxPoolFunctionOptions<Rank>;
using MaxPool1dOptions = MaxPoolOptions<1>;
using MaxPool2dOptions = MaxPoolOptions<2>;
using MaxPool3dOptions = MaxPoolOptions<3>;

template <size_t Rank>
using AvgPoolOptions = functional::AvgPoolFunctionOptions<Rank>;
using AvgPool1dOptions = AvgPoolOptions<1>;
using AvgPool2dOptions = AvgPoolOptions<2>;
using AvgPool3dOptions = AvgPoolOptions<3>;

/// What the layers below share; Rank is the number of spatial dimensions.
template <size_t Rank>
class MaxPool : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 protected:
  MaxPool(Size<Rank> kernel_size, const MaxPoolOptions<Rank>& options) noexcept
      : kernel_size_(kernel_size), options_(options) {}

 private:
  Size<Rank> kernel_size_;
  MaxPoolOptions<Rank> options_;
};

template <size_t Rank>
class AvgPool : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 protected:
  AvgPool(Size<Rank> kernel_size, const AvgPoolOptions<Rank>& options) noexcept
      : kernel_size_(kernel_size), options_(options) {}

 private:
  Size<Rank> kernel_size_;
  AvgPoolOptions<Rank> options_;
};

template <size_t Rank>
class AdaptiveAvgPool : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 protected:
  explicit AdaptiveAvgPool(Size<Rank> output_size) noexcept : output_size_(output_size) {}

 private:
  Size<Rank> output_size_;
};

template <size_t Rank>
class AdaptiveMaxPool : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 protected:
  explicit AdaptiveMaxPool(Size<Rank> output_size) noexcept : output_size_(output_size) {}

 private:
  Size<Rank> output_size_;
};

extern template class MaxPool<1>;
extern template class MaxPool<2>;
extern template class MaxPool<3>;
extern template class AvgPool<1>;
extern template class AvgPool<2>;
extern template class AvgPool<3>;
extern template class AdaptiveAvgPool<1>;
extern template class AdaptiveAvgPool<2>;
extern template class AdaptiveAvgPool<3>;
extern template class AdaptiveMaxPool<1>;
extern template class AdaptiveMaxPool<2>;
extern template class AdaptiveMaxPool<3>;

/// https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html
class MaxPool1d : public MaxPool<1> {
 public:
  explicit MaxPool1d(Size1d kernel_size, const MaxPool1dOptions& options = {}) noexcept
      : MaxPool(kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
class MaxPool2d : public MaxPool<2> {
 public:
  explicit MaxPool2d(Size2d kernel_size, const MaxPool2dOptions& options = {}) noexcept
      : MaxPool(kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html
class MaxPool3d : public MaxPool<3> {
 public:
  explicit MaxPool3d(Size3d kernel_size, const MaxPool3dOptions& options = {}) noexcept
      : MaxPool(kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html
class AvgPool1d : public AvgPool<1> {
 public:
  explicit AvgPool1d(Size1d kernel_size, const AvgPool1dOptions& options = {}) noexcept
      : AvgPool(kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
class AvgPool2d : public AvgPool<2> {
 public:
  explicit AvgPool2d(Size2d kernel_size, const AvgPool2dOptions& options = {}) noexcept
      : AvgPool(kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html
class AvgPool3d : public AvgPool<3> {
 public:
  explicit AvgPool3d(Size3d kernel_size, const AvgPool3dOptions& options = {}) noexcept
      : AvgPool(kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html
class AdaptiveAvgPool1d : public AdaptiveAvgPool<1> {
 public:
  explicit AdaptiveAvgPool1d(Size1d output_size) noexcept : AdaptiveAvgPool(output_size) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
class AdaptiveAvgPool2d : public AdaptiveAvgPool<2> {
 public:
  explicit AdaptiveAvgPool2d(Size2d output_size) noexcept : AdaptiveAvgPool(output_size) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html
class AdaptiveAvgPool3d : public AdaptiveAvgPool<3> {
 public:
  explicit AdaptiveAvgPool3d(Size3d output_size) noexcept : AdaptiveAvgPool(output_size) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html
class AdaptiveMaxPool1d : public AdaptiveMaxPool<1> {
 public:
  explicit AdaptiveMaxPool1d(Size1d output_size) noexcept : AdaptiveMaxPool(output_size) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
class AdaptiveMaxPool2d : public AdaptiveMaxPool<2> {
 public:
  explicit AdaptiveMaxPool2d(Size2d output_size) noexcept : AdaptiveMaxPool(output_size) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html
class AdaptiveMaxPool3d : public AdaptiveMaxPool<3> {
 public:
  explicit AdaptiveMaxPool3d(Size3d output_size) noexcept : AdaptiveMaxPool(output_size) {}
};

}  // namespace lucid::nn
