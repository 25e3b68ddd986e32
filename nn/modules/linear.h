// Fully connected layers.
#pragma once

#include <optional>
#include <string>

#include "nn/lazy.h"

namespace lucid::nn {

struct LinearOptions {
  bool bias = true;
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// x (..., in_features) times the transpose of weight plus bias: (..., out_features)
/// (https://pytorch.org/docs/stable/generated/torch.nn.Linear.html).
///
/// Parameters: weight (out_features, in_features) and bias (out_features), both uniform in
/// +-1 / sqrt(in_features).
class Linear : public Module {
 public:
  /// @throws ValueError unless both counts are positive; DTypeError for a dtype without gradients.
  Linear(int64_t in_features, int64_t out_features, const LinearOptions& options = {});

  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  LazySizes infer_sizes(const Tensor& x) const override;
  double multiply_adds(const Shape& input, const Shape& output) const override;

  const Parameter& weight() const noexcept { return weight_; }
  /// Undefined without bias.
  const Parameter& bias() const noexcept { return bias_; }
  /// Nothing as long as it is not known.
  std::optional<int64_t> in_features() const;
  int64_t out_features() const noexcept { return out_features_; }
  const LinearOptions& options() const noexcept { return options_; }

 protected:
  /// For the lazy form: the parameters wait for in_features.
  Linear(int64_t out_features, const LinearOptions& options);

 private:
  friend class detail::Fusion;

  int64_t out_features_;
  LinearOptions options_;
  Parameter weight_;
  Parameter bias_;
};

/// A Linear whose number of inputs is read off the first input, or off a state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.LazyLinear.html).
class LazyLinear : public Lazy<Linear> {
 public:
  explicit LazyLinear(int64_t out_features, const LinearOptions& options = {})
      : Lazy(out_features, options) {}
};

}  // namespace lucid::nn
