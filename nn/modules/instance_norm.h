// Instance normalisation layers.
#pragma once

#include "nn/modules/channel_norm.h"

namespace lucid::nn {

struct InstanceNormLayerOptions {
  double eps = 1e-5;                     ///< added to the variance, positive
  std::optional<double> momentum = 0.1;  ///< nothing: the running statistics are plain averages
  bool affine = false;                   ///< weight and bias per channel
  bool track_running_stats = false;      ///< evaluation uses running statistics
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

using InstanceNorm1dOptions = InstanceNormLayerOptions;
using InstanceNorm2dOptions = InstanceNormLayerOptions;
using InstanceNorm3dOptions = InstanceNormLayerOptions;

/// The lazy layers scale, shift and track running statistics unless told otherwise, and the eager
/// ones do not: those are PyTorch's defaults.
using LazyInstanceNorm1dOptions = ChannelNormOptions;
using LazyInstanceNorm2dOptions = ChannelNormOptions;
using LazyInstanceNorm3dOptions = ChannelNormOptions;

/// Normalises each channel of each example to mean 0 and variance 1 over its positions, then scales
/// and shifts it if affine: what the layers below share. As in PyTorch, num_batches_tracked counts
/// nothing; unlike there, without momentum it does, for the plain averages.
class InstanceNorm : public ChannelNorm {
 public:
  Tensor forward(const Tensor& x) override;

 protected:
  InstanceNorm(int rank, int64_t num_features, const InstanceNormLayerOptions& options);
  /// For the lazy form.
  InstanceNorm(int rank, const ChannelNormOptions& options);

 private:
  bool is_batched(const Tensor& x) const noexcept { return x.dim() == rank_ + 2; }
  int64_t channel_dim(const Tensor& x) const override { return is_batched(x) ? 1 : 0; }

  int rank_;
};

/// Instance normalisation of x (N, C, L) or (C, L)
/// (https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html).
class InstanceNorm1d : public InstanceNorm {
 public:
  /// @throws ValueError unless num_features and eps are positive.
  explicit InstanceNorm1d(int64_t num_features, const InstanceNorm1dOptions& options = {})
      : InstanceNorm(1, num_features, options) {}

 protected:
  explicit InstanceNorm1d(const LazyInstanceNorm1dOptions& options) : InstanceNorm(1, options) {}
};

/// An InstanceNorm1d whose number of channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm1d.html).
class LazyInstanceNorm1d : public Lazy<InstanceNorm1d> {
 public:
  explicit LazyInstanceNorm1d(const LazyInstanceNorm1dOptions& options = {}) : Lazy(options) {}
};

/// Instance normalisation of x (N, C, H, W) or (C, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html).
class InstanceNorm2d : public InstanceNorm {
 public:
  /// @throws ValueError unless num_features and eps are positive.
  explicit InstanceNorm2d(int64_t num_features, const InstanceNorm2dOptions& options = {})
      : InstanceNorm(2, num_features, options) {}

 protected:
  explicit InstanceNorm2d(const LazyInstanceNorm2dOptions& options) : InstanceNorm(2, options) {}
};

/// An InstanceNorm2d whose number of channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm2d.html).
class LazyInstanceNorm2d : public Lazy<InstanceNorm2d> {
 public:
  explicit LazyInstanceNorm2d(const LazyInstanceNorm2dOptions& options = {}) : Lazy(options) {}
};

/// Instance normalisation of x (N, C, D, H, W) or (C, D, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html).
class InstanceNorm3d : public InstanceNorm {
 public:
  /// @throws ValueError unless num_features and eps are positive.
  explicit InstanceNorm3d(int64_t num_features, const InstanceNorm3dOptions& options = {})
      : InstanceNorm(3, num_features, options) {}

 protected:
  explicit InstanceNorm3d(const LazyInstanceNorm3dOptions& options) : InstanceNorm(3, options) {}
};

/// An InstanceNorm3d whose number of channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm3d.html).
class LazyInstanceNorm3d : public Lazy<InstanceNorm3d> {
 public:
  explicit LazyInstanceNorm3d(const LazyInstanceNorm3dOptions& options = {}) : Lazy(options) {}
};

}  // namespace lucid::nn
