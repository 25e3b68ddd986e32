// Batch normalisation layers.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "nn/module.h"

namespace lucid::nn {

struct BatchNorm2dOptions {
  double eps = 1e-5;                     ///< added to the variance, positive
  std::optional<double> momentum = 0.1;  ///< nothing: the running statistics are plain averages
  bool affine = true;                    ///< weight and bias per channel
  bool track_running_stats = true;       ///< else evaluation uses the batch's statistics too
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// Normalises each channel of x (N, C, H, W) to mean 0 and variance 1 over batch and pixels, then
/// scales and shifts it (https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html).
///
/// Parameters: weight (C) of ones, bias (C) of zeros. Buffers: running_mean, running_var,
/// num_batches_tracked.
class BatchNorm2d : public Module {
 public:
  /// @throws ValueError unless num_features and eps are positive.
  explicit BatchNorm2d(int64_t num_features, const BatchNorm2dOptions& options = {});

  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  /// Undefined without affine.
  const Parameter& weight() const noexcept { return weight_; }
  const Parameter& bias() const noexcept { return bias_; }
  /// Undefined without track_running_stats.
  const Tensor& running_mean() const noexcept { return running_mean_; }
  const Tensor& running_var() const noexcept { return running_var_; }
  /// Nothing as long as it is not known.
  std::optional<int64_t> num_features() const;
  const BatchNorm2dOptions& options() const noexcept { return options_; }

 protected:
  explicit BatchNorm2d(const BatchNorm2dOptions& options);
  /// Gives parameters and buffers their shapes and first values, as far as they have none.
  void materialize(int64_t num_features, DType dtype);
  /// What has one value per channel. Some may be undefined.
  std::array<const Tensor*, 4> per_channel() const noexcept {
    return {&weight_, &bias_, &running_mean_, &running_var_};
  }

 private:
  double next_momentum() const;

  BatchNorm2dOptions options_;
  std::optional<int64_t> given_features_;  // by the constructor; without tensors nothing else knows
  Parameter weight_, bias_;
  Tensor running_mean_, running_var_, num_batches_tracked_;
};

/// A BatchNorm2d whose number of channels is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm2d.html).
class LazyBatchNorm2d : public BatchNorm2d {
 public:
  explicit LazyBatchNorm2d(const BatchNorm2dOptions& options = {});

  Tensor forward(const Tensor& x) override;

  std::string refuse_lazy_value(const std::string& name, const Tensor& value,
                                const StateDict& values) const override;
  std::optional<DType> lazy_dtype() const override { return options().dtype; }
  void finish_lazy_load() override;

 private:
  bool is_complete() const;
};

}  // namespace lucid::nn
