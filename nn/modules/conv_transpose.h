// Transposed convolution layers.
#pragma once

#include <optional>
#include <string>

#include "lucid/conv_mode.h"
#include "nn/modules/conv_base.h"

namespace lucid::nn {

template <size_t Rank>
struct ConvTransposeOptions {
  Size<Rank> stride = 1;
  Size<Rank> padding = 0;         ///< taken off the output on both sides
  Size<Rank> output_padding = 0;  ///< added on the high side; less than stride or dilation
  int64_t groups = 1;             ///< divides both channel counts
  bool bias = true;
  Size<Rank> dilation = 1;
  PaddingMode padding_mode = PaddingMode::zeros;  ///< no other, as in PyTorch
  std::optional<Device> device = std::nullopt;    ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;      ///< float32 unless given
  std::optional<ConvMode> mode = std::nullopt;    ///< how exact: conv_mode() unless given
};

using ConvTranspose1dOptions = ConvTransposeOptions<1>;
using ConvTranspose2dOptions = ConvTransposeOptions<2>;
using ConvTranspose3dOptions = ConvTransposeOptions<3>;

/// Transposed convolution in Rank dimensions: x (N, C, ...) or (C, ...) gives (N, out_channels,
/// ...) with (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 in
/// each dimension: what the layers below share.
///
/// Parameters: weight (in_channels, out_channels / groups, kernel sizes), uniform in
/// +-1 / sqrt(out_channels / groups * kernel sizes); bias (out_channels), likewise.
template <size_t Rank>
class ConvTranspose : public ConvBase<Rank> {
 public:
  Tensor forward(const Tensor& x) override;
  /// The same with the output_padding that gives these spatial sizes.
  /// @throws ValueError for sizes that none gives.
  Tensor forward(const Tensor& x, const Size<Rank>& output_size);
  std::string extra_repr() const override;
  double multiply_adds(const Shape& input, const Shape& output) const override;

  std::optional<int64_t> in_channels() const override;
  const ConvTransposeOptions<Rank>& options() const noexcept { return options_; }

 protected:
  /// Without a number of input channels the parameters wait for it.
  ConvTranspose(std::optional<int64_t> in_channels, int64_t out_channels, Size<Rank> kernel_size,
                const ConvTransposeOptions<Rank>& options);

 private:
  LazySizes sizes_for(int64_t in_channels) const override;
  Tensor compute(const Tensor& x, const Size<Rank>& output_padding) const;

  ConvTransposeOptions<Rank> options_;
};

extern template class ConvTranspose<1>;
extern template class ConvTranspose<2>;
extern template class ConvTranspose<3>;

/// Transposed convolution of x (N, C, L) or (C, L)
/// (https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html).
class ConvTranspose1d : public ConvTranspose<1> {
 public:
  /// @throws ValueError for sizes that are not positive, groups that do not divide both channel
  /// counts, an output_padding that is too large, or another padding_mode than zeros; DTypeError
  /// for a dtype that is not floating-point. So for the layers below.
  ConvTranspose1d(int64_t in_channels, int64_t out_channels, Size1d kernel_size,
                  const ConvTranspose1dOptions& options = {})
      : ConvTranspose(in_channels, out_channels, kernel_size, options) {}

 protected:
  ConvTranspose1d(int64_t out_channels, Size1d kernel_size, const ConvTranspose1dOptions& options)
      : ConvTranspose(std::nullopt, out_channels, kernel_size, options) {}
};

/// Transposed convolution of x (N, C, H, W) or (C, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html).
class ConvTranspose2d : public ConvTranspose<2> {
 public:
  ConvTranspose2d(int64_t in_channels, int64_t out_channels, Size2d kernel_size,
                  const ConvTranspose2dOptions& options = {})
      : ConvTranspose(in_channels, out_channels, kernel_size, options) {}

 protected:
  ConvTranspose2d(int64_t out_channels, Size2d kernel_size, const ConvTranspose2dOptions& options)
      : ConvTranspose(std::nullopt, out_channels, kernel_size, options) {}
};

/// Transposed convolution of x (N, C, D, H, W) or (C, D, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html).
class ConvTranspose3d : public ConvTranspose<3> {
 public:
  ConvTranspose3d(int64_t in_channels, int64_t out_channels, Size3d kernel_size,
                  const ConvTranspose3dOptions& options = {})
      : ConvTranspose(in_channels, out_channels, kernel_size, options) {}

 protected:
  ConvTranspose3d(int64_t out_channels, Size3d kernel_size, const ConvTranspose3dOptions& options)
      : ConvTranspose(std::nullopt, out_channels, kernel_size, options) {}
};

/// A ConvTranspose1d whose number of input channels is read off the first input, or off a state
/// dict (https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose1d.html); otherwise as
/// LazyConv1d. So for the layers below.
class LazyConvTranspose1d : public Lazy<ConvTranspose1d> {
 public:
  LazyConvTranspose1d(int64_t out_channels, Size1d kernel_size,
                      const ConvTranspose1dOptions& options = {})
      : Lazy(out_channels, kernel_size, options) {}

  using Lazy::forward;
  Tensor forward(const Tensor& x, const Size1d& output_size) {
    return Lazy::forward(x, output_size);
  }
};

/// https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose2d.html
class LazyConvTranspose2d : public Lazy<ConvTranspose2d> {
 public:
  LazyConvTranspose2d(int64_t out_channels, Size2d kernel_size,
                      const ConvTranspose2dOptions& options = {})
      : Lazy(out_channels, kernel_size, options) {}

  using Lazy::forward;
  Tensor forward(const Tensor& x, const Size2d& output_size) {
    return Lazy::forward(x, output_size);
  }
};

/// https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose3d.html
class LazyConvTranspose3d : public Lazy<ConvTranspose3d> {
 public:
  LazyConvTranspose3d(int64_t out_channels, Size3d kernel_size,
                      const ConvTranspose3dOptions& options = {})
      : Lazy(out_channels, kernel_size, options) {}

  using Lazy::forward;
  Tensor forward(const Tensor& x, const Size3d& output_size) {
    return Lazy::forward(x, output_size);
  }
};

}  // namespace lucid::nn
