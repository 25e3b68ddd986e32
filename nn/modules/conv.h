// Convolution layers.
#pragma once

#include <optional>
#include <string>

#include "lucid/ops/conv.h"
#include "nn/geometry.h"
#include "nn/init.h"
#include "nn/module.h"

namespace lucid::nn {

struct Conv2dOptions {
  Size2d stride = 1;
  Padding2d padding = 0;  ///< size, or "same" (stride 1 only), or "valid"
  Size2d dilation = 1;
  int64_t groups = 1;  ///< divides both channel counts
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// Two-dimensional convolution: x (N, C, H, W) or (C, H, W) gives (N, out_channels, H_out, W_out)
/// with H_out = floor((H + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).
///
/// Parameters: weight (out_channels, in_channels / groups, kernel_h, kernel_w), uniform in
/// +-1 / sqrt(fan_in); bias (out_channels), likewise.
class Conv2d : public Module {
 public:
  /// @throws ValueError for sizes that are not positive, groups that do not divide both channel
  /// counts, or an unknown padding; DTypeError for a dtype that is not floating-point.
  Conv2d(int64_t in_channels, int64_t out_channels, Size2d kernel_size,
         const Conv2dOptions& options = {});

  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  const Parameter& weight() const noexcept { return weight_; }
  /// Undefined without bias.
  const Parameter& bias() const noexcept { return bias_; }
  /// Nothing as long as it is not known.
  std::optional<int64_t> in_channels() const;
  int64_t out_channels() const noexcept { return out_channels_; }
  Size2d kernel_size() const noexcept { return kernel_size_; }
  const Conv2dOptions& options() const noexcept { return options_; }

 protected:
  /// Without a number of input channels: parameters stay uninitialised until materialize().
  Conv2d(int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options);

  /// Gives weight and bias their shapes and first values, as far as they have none.
  /// @throws ValueError if groups does not divide in_channels, or there are none.
  void materialize(int64_t in_channels, DType dtype);
  /// The convolution with given parameters.
  Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias) const;
  Shape weight_shape(int64_t in_channels) const;

 private:
  int64_t out_channels_;
  Size2d kernel_size_;
  Conv2dOptions options_;
  ConvGeometry geometry_;
  Parameter weight_;
  Parameter bias_;
  init::Stream weight_stream_;
  init::Stream bias_stream_;
};

/// A Conv2d whose number of input channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyConv2d.html). Until then weight and bias
/// are registered without storage. Without options.dtype they become float32 at a first input, and
/// take the type of a state dict's values.
class LazyConv2d : public Conv2d {
 public:
  LazyConv2d(int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options = {});

  Tensor forward(const Tensor& x) override;

  std::string refuse_lazy_value(const std::string& name, const Tensor& value,
                                const StateDict& values) const override;
  std::optional<DType> lazy_dtype() const override { return options().dtype; }
  void finish_lazy_load() override;

 private:
  void infer_from(const Tensor& x);
};

}  // namespace lucid::nn
