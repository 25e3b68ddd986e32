// What batch and instance normalisation share: one scale, shift, mean and variance per channel.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "nn/lazy.h"

namespace lucid::nn {

struct ChannelNormOptions {
  double eps = 1e-5;                     ///< added to the variance, positive
  std::optional<double> momentum = 0.1;  ///< nothing: the running statistics are plain averages
  bool affine = true;                    ///< weight and bias per channel
  bool track_running_stats = true;       ///< else evaluation uses the statistics of its input too
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// A layer that normalises each channel of x (N, C, ...). Parameters: weight (C) of ones, bias (C)
/// of zeros. Buffers: running_mean, running_var (C), num_batches_tracked.
class ChannelNorm : public Module {
 public:
  std::string extra_repr() const override;
  LazySizes infer_sizes(const Tensor& x) const override;

  /// Undefined without affine.
  const Parameter& weight() const noexcept { return weight_; }
  const Parameter& bias() const noexcept { return bias_; }
  /// Undefined without track_running_stats.
  const Tensor& running_mean() const noexcept { return running_mean_; }
  const Tensor& running_var() const noexcept { return running_var_; }
  /// Nothing as long as it is not known.
  std::optional<int64_t> num_features() const;
  const ChannelNormOptions& options() const noexcept { return options_; }

 protected:
  /// @param ranks the lowest and the highest rank of x, with `layout` its shape in words
  /// @param num_features nothing for the lazy form
  /// @throws ValueError unless num_features and eps are positive.
  ChannelNorm(const char* name, std::array<int64_t, 2> ranks, const char* layout,
              std::optional<int64_t> num_features, const ChannelNormOptions& options);

  /// @throws ShapeError unless x has a rank that the layer takes, and its channels.
  void check_input(const Tensor& x) const;
  const std::array<int64_t, 2>& ranks() const noexcept { return ranks_; }
  /// The dimension of x that holds the channels.
  virtual int64_t channel_dim(const Tensor&) const { return 1; }
  /// The weight of this batch in the running statistics.
  double next_momentum() const;
  void count_batch();

 private:
  std::array<int64_t, 2> ranks_;  ///< lowest and highest
  const char* layout_;
  ChannelNormOptions options_;
  std::optional<int64_t> given_features_;  // by the constructor; without tensors nothing else knows
  Parameter weight_, bias_;
  Buffer running_mean_, running_var_, num_batches_tracked_;
};

}  // namespace lucid::nn
