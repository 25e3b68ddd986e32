// Batch normalisation layers.
#pragma once

#include "nn/modules/channel_norm.h"

namespace lucid::nn {

using BatchNorm1dOptions = ChannelNormOptions;
using BatchNorm2dOptions = ChannelNormOptions;
using BatchNorm3dOptions = ChannelNormOptions;

/// Normalises each channel of x to mean 0 and variance 1 over the batch and all positions, then
/// scales and shifts it: what the layers below share.
class BatchNorm : public ChannelNorm {
 public:
  Tensor forward(const Tensor& x) override;

  /// Whether x may have so many dimensions.
  bool takes(int64_t rank) const noexcept { return rank >= ranks()[0] && rank <= ranks()[1]; }

 protected:
  BatchNorm(int rank, std::optional<int64_t> num_features, const ChannelNormOptions& options);

 private:
  friend class detail::Fusion;
  /// forward(), maybe with a relu in the same pass.
  Tensor normalize(const Tensor& x, bool relu);
};

/// Batch normalisation of x (N, C) or (N, C, L)
/// (https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html).
class BatchNorm1d : public BatchNorm {
 public:
  /// @throws ValueError unless num_features and eps are positive.
  explicit BatchNorm1d(int64_t num_features, const BatchNorm1dOptions& options = {})
      : BatchNorm(1, num_features, options) {}

 protected:
  explicit BatchNorm1d(const BatchNorm1dOptions& options) : BatchNorm(1, std::nullopt, options) {}
};

/// A BatchNorm1d whose number of channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm1d.html).
class LazyBatchNorm1d : public Lazy<BatchNorm1d> {
 public:
  explicit LazyBatchNorm1d(const BatchNorm1dOptions& options = {}) : Lazy(options) {}
};

/// Batch normalisation of x (N, C, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html).
class BatchNorm2d : public BatchNorm {
 public:
  /// @throws ValueError unless num_features and eps are positive.
  explicit BatchNorm2d(int64_t num_features, const BatchNorm2dOptions& options = {})
      : BatchNorm(2, num_features, options) {}

 protected:
  explicit BatchNorm2d(const BatchNorm2dOptions& options) : BatchNorm(2, std::nullopt, options) {}
};

/// A BatchNorm2d whose number of channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm2d.html).
class LazyBatchNorm2d : public Lazy<BatchNorm2d> {
 public:
  explicit LazyBatchNorm2d(const BatchNorm2dOptions& options = {}) : Lazy(options) {}
};

/// Batch normalisation of x (N, C, D, H, W)
/// (https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html).
class BatchNorm3d : public BatchNorm {
 public:
  /// @throws ValueError unless num_features and eps are positive.
  explicit BatchNorm3d(int64_t num_features, const BatchNorm3dOptions& options = {})
      : BatchNorm(3, num_features, options) {}

 protected:
  explicit BatchNorm3d(const BatchNorm3dOptions& options) : BatchNorm(3, std::nullopt, options) {}
};

/// A BatchNorm3d whose number of channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm3d.html).
class LazyBatchNorm3d : public Lazy<BatchNorm3d> {
 public:
  explicit LazyBatchNorm3d(const BatchNorm3dOptions& options = {}) : Lazy(options) {}
};

}  // namespace lucid::nn
