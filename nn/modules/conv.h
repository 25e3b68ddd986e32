// Convolution layers.
#pragma once

#include <optional>
#include <string>

#include "lucid/conv_mode.h"
#include "nn/modules/conv_base.h"

namespace lucid::ops {
class PreparedConv;
}

namespace lucid::nn {

namespace detail {
template <size_t Rank>
class ConvPlan;
}

template <size_t Rank>
struct ConvOptions {
  Size<Rank> stride = 1;
  Padding<Rank> padding = 0;  ///< size, or "same" (stride 1 only), or "valid"
  Size<Rank> dilation = 1;
  int64_t groups = 1;  ///< divides both channel counts
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
  std::optional<ConvMode> mode = std::nullopt;  ///< how exact: conv_mode() unless given
};

using Conv1dOptions = ConvOptions<1>;
using Conv2dOptions = ConvOptions<2>;
using Conv3dOptions = ConvOptions<3>;

/// Convolution in Rank dimensions: x (N, C, ...) or (C, ...) gives (N, out_channels, ...) with
/// floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1) in each dimension: what
/// the layers below share.
///
/// Parameters: weight (out_channels, in_channels / groups, kernel sizes), uniform in
/// +-1 / sqrt(fan_in); bias (out_channels), likewise.
template <size_t Rank>
class Conv : public ConvBase<Rank> {
 public:
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  double multiply_adds(const Shape& input, const Shape& output) const override;

  std::optional<int64_t> in_channels() const override;
  const ConvOptions<Rank>& options() const noexcept { return options_; }

 protected:
  /// Without a number of input channels the parameters wait for it.
  Conv(std::optional<int64_t> in_channels, int64_t out_channels, Size<Rank> kernel_size,
       const ConvOptions<Rank>& options);

 private:
  friend class detail::Fusion;
  template <size_t>
  friend class detail::ConvPlan;
  LazySizes sizes_for(int64_t in_channels) const override;
  Tensor padded(const Tensor& x) const;
  /// forward() with other weights, and maybe a relu in the same pass.
  Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, bool relu) const;
  /// Prepares the weights for inputs like one of shape x.
  ops::PreparedConv prepare(const Shape& x, const Tensor& weight, const Tensor& bias,
                            bool relu) const;
  /// forward() with weights that were prepared; undefined where they do not serve x. Not recorded.
  Tensor convolve(const Tensor& x, const ops::PreparedConv& prepared) const;

  ConvOptions<Rank> options_;
};

extern template class Conv<1>;
extern template class Conv<2>;
extern template class Conv<3>;

/// Convolution of x (N, C, L) or (C, L)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html).
class Conv1d : public Conv<1> {
 public:
  /// @throws ValueError for sizes that are not positive, groups that do not divide both channel
  /// counts, or an unknown padding; DTypeError for a dtype that is not floating-point. So for the
  /// layers below.
  Conv1d(int64_t in_channels, int64_t out_channels, Size1d kernel_size,
         const Conv1dOptions& options = {})
      : Conv(in_channels, out_channels, kernel_size, options) {}

 protected:
  Conv1d(int64_t out_channels, Size1d kernel_size, const Conv1dOptions& options)
      : Conv(std::nullopt, out_channels, kernel_size, options) {}
};

/// Convolution of x (N, C, H, W) or (C, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).
class Conv2d : public Conv<2> {
 public:
  Conv2d(int64_t in_channels, int64_t out_channels, Size2d kernel_size,
         const Conv2dOptions& options = {})
      : Conv(in_channels, out_channels, kernel_size, options) {}

 protected:
  Conv2d(int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options)
      : Conv(std::nullopt, out_channels, kernel_size, options) {}
};

/// Convolution of x (N, C, D, H, W) or (C, D, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Conv3d.html).
class Conv3d : public Conv<3> {
 public:
  Conv3d(int64_t in_channels, int64_t out_channels, Size3d kernel_size,
         const Conv3dOptions& options = {})
      : Conv(in_channels, out_channels, kernel_size, options) {}

 protected:
  Conv3d(int64_t out_channels, Size3d kernel_size, const Conv3dOptions& options)
      : Conv(std::nullopt, out_channels, kernel_size, options) {}
};

/// A Conv1d whose number of input channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyConv1d.html). Until then weight and bias
/// are registered without storage. Without options.dtype they become float32 at a first input, and
/// take the type of a state dict's values. So for the layers below.
class LazyConv1d : public Lazy<Conv1d> {
 public:
  LazyConv1d(int64_t out_channels, Size1d kernel_size, const Conv1dOptions& options = {})
      : Lazy(out_channels, kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.LazyConv2d.html
class LazyConv2d : public Lazy<Conv2d> {
 public:
  LazyConv2d(int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options = {})
      : Lazy(out_channels, kernel_size, options) {}
};

/// https://pytorch.org/docs/stable/generated/torch.nn.LazyConv3d.html
class LazyConv3d : public Lazy<Conv3d> {
 public:
  LazyConv3d(int64_t out_channels, Size3d kernel_size, const Conv3dOptions& options = {})
      : Lazy(out_channels, kernel_size, options) {}
};

}  // namespace lucid::nn
