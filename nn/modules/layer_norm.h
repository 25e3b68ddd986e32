// Normalisation of each example by itself: over its last dimensions, or over groups of channels.
#pragma once

#include <optional>
#include <string>

#include "nn/modules/row_norm.h"

namespace lucid::nn {

struct LayerNormOptions {
  double eps = 1e-5;               ///< added to the variance, positive
  bool elementwise_affine = true;  ///< weight and, if wanted, bias per element
  bool bias = true;
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// Normalises x (..., normalized_shape) to mean 0 and variance 1 over the dimensions of
/// normalized_shape, then scales and shifts each element of it
/// (https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html).
///
/// Parameters: weight (normalized_shape) of ones, bias (normalized_shape) of zeros.
class LayerNorm : public RowNorm {
 public:
  /// @throws ValueError unless all sizes, of which there is at least one, and eps are positive.
  explicit LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options = {});
  explicit LayerNorm(int64_t size, const LayerNormOptions& options = {})
      : LayerNorm(Shape{size}, options) {}

  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  /// Undefined without elementwise_affine or options.bias.
  const Parameter& bias() const noexcept { return bias_; }
  const LayerNormOptions& options() const noexcept { return options_; }

 protected:
  /// For the lazy form: the parameters wait for the sizes of the last dimensions.
  LayerNorm(LastDims dims, const LayerNormOptions& options);

 private:
  LayerNormOptions options_;
  Parameter bias_;
};

/// A LayerNorm over the last `dims` dimensions of its input, whose sizes are read off the first
/// input, or off a state dict. PyTorch has no such layer.
class LazyLayerNorm : public Lazy<LayerNorm> {
 public:
  /// @throws ValueError unless dims and eps are positive.
  explicit LazyLayerNorm(int64_t dims = 1, const LayerNormOptions& options = {})
      : Lazy(LastDims{dims}, options) {}
};

struct GroupNormOptions {
  double eps = 1e-5;                            ///< added to the variance, positive
  bool affine = true;                           ///< weight and bias per channel
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// Normalises each of num_groups groups of channels of each example x (N, C, ...) to mean 0 and
/// variance 1, then scales and shifts each channel
/// (https://pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html).
///
/// Parameters: weight (C) of ones, bias (C) of zeros.
class GroupNorm : public Module {
 public:
  /// @throws ValueError unless num_channels is a positive multiple of num_groups, and eps positive.
  GroupNorm(int64_t num_groups, int64_t num_channels, const GroupNormOptions& options = {});

  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  LazySizes infer_sizes(const Tensor& x) const override;

  /// Undefined without affine.
  const Parameter& weight() const noexcept { return weight_; }
  const Parameter& bias() const noexcept { return bias_; }
  int64_t num_groups() const noexcept { return num_groups_; }
  /// Nothing as long as it is not known.
  std::optional<int64_t> num_channels() const;
  const GroupNormOptions& options() const noexcept { return options_; }

 protected:
  /// For the lazy form: the parameters wait for num_channels.
  GroupNorm(int64_t num_groups, const GroupNormOptions& options);

 private:
  int64_t num_groups_;
  GroupNormOptions options_;
  Parameter weight_, bias_;
  std::optional<int64_t>
      given_channels_;  // by the constructor; without a weight nothing else knows
};

/// A GroupNorm whose number of channels is read off the first input, or off a state dict. PyTorch
/// has no such layer.
class LazyGroupNorm : public Lazy<GroupNorm> {
 public:
  explicit LazyGroupNorm(int64_t num_groups, const GroupNormOptions& options = {})
      : Lazy(num_groups, options) {}
};

}  // namespace lucid::nn
