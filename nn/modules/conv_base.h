// What convolutions and transposed convolutions share.
#pragma once

#include <optional>

#include "lucid/ops/conv_geometry.h"
#include "nn/geometry.h"
#include "nn/lazy.h"

namespace lucid::nn {

/// A layer with a window of weights over x (N, C, ...) or (C, ...), with Rank spatial dimensions.
template <size_t Rank>
class ConvBase : public Module {
 public:
  LazySizes infer_sizes(const Tensor& x) const override;

  const Parameter& weight() const noexcept { return weight_; }
  /// Undefined without bias.
  const Parameter& bias() const noexcept { return bias_; }
  /// Nothing as long as it is not known.
  virtual std::optional<int64_t> in_channels() const = 0;
  int64_t out_channels() const noexcept { return out_channels_; }
  const Size<Rank>& kernel_size() const noexcept { return kernel_size_; }

 protected:
  /// @throws ValueError unless out_channels is a positive multiple of groups.
  ConvBase(const char* name, int64_t out_channels, Size<Rank> kernel_size,
           const ConvGeometry& geometry);

  /// Registers weight and, if wanted, bias, both uniform in +-1 / sqrt(fan_in(sizes)).
  /// @param first, second the two sizes of the weight before those of the kernel
  void register_weights(LazyShape::Size first, LazyShape::Size second, bool bias,
                        const std::function<double(const LazySizes&)>& fan_in,
                        const LazyOptions& options);
  /// Initialises an eager layer. @throws ValueError for a count that groups do not divide.
  void set_in_channels(int64_t in_channels);

  /// @throws ShapeError unless x has the right rank and channels.
  void check_input(const Tensor& x) const;

  const ConvGeometry& geometry() const noexcept { return geometry_; }
  double taps() const noexcept;
  /// "in_channels=3, out_channels=8, kernel_size=(3, 3), stride=(1, 1)"
  std::string repr_start() const;
  /// ", groups=2, bias=False, padding_mode='circular'", as far as they differ from the defaults.
  std::string repr_end(bool bias, PaddingMode mode) const;

 private:
  /// The size that the weight waits for, from the number of channels.
  virtual LazySizes sizes_for(int64_t in_channels) const = 0;
  int64_t channels_of(const Tensor& x) const;

  const char* name_;
  int64_t out_channels_;
  Size<Rank> kernel_size_;
  ConvGeometry geometry_;
  Parameter weight_;
  Parameter bias_;
};

extern template class ConvBase<1>;
extern template class ConvBase<2>;
extern template class ConvBase<3>;

/// One of three names, such as "Conv1d", "Conv2d", "Conv3d".
template <size_t Rank>
constexpr const char* name_for_rank(const char* one, const char* two, const char* three) noexcept {
  return Rank == 1 ? one : Rank == 2 ? two : three;
}

}  // namespace lucid::nn
