// Non-linearities as layers: the functions of autograd/functions/activation.h, which say what they
// compute
// (https://pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity).
#pragma once

#include <optional>
#include <string>

#include "nn/module.h"

namespace lucid::nn {

/// max(x, 0) (https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class ReLU6 : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class LeakyReLU : public Module {
 public:
  explicit LeakyReLU(double negative_slope = 0.01) noexcept : negative_slope_(negative_slope) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  double negative_slope_;
};

struct PReLUOptions {
  double init = 0.25;                           ///< the first value of all slopes
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// A leaky ReLU that learns its slopes: one, or one for each channel of (N, C, ...)
/// (https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html). Parameter: weight
/// (num_parameters).
class PReLU : public Module {
 public:
  /// @throws ValueError unless num_parameters >= 1; DTypeError for a dtype without gradients.
  explicit PReLU(int64_t num_parameters = 1, const PReLUOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  const Parameter& weight() const noexcept { return weight_; }

 private:
  Parameter weight_;
};

class ELU : public Module {
 public:
  explicit ELU(double alpha = 1) noexcept : alpha_(alpha) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  double alpha_;
};

class SELU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class CELU : public Module {
 public:
  /// @throws ValueError if alpha is 0.
  explicit CELU(double alpha = 1);
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  double alpha_;
};

class GELU : public Module {
 public:
  /// @param approximate "none" or "tanh". @throws ValueError for anything else.
  explicit GELU(std::string approximate = "none");
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  std::string approximate_;
};

class SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class Mish : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

/// 1 / (1 + exp(-x))
class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class LogSigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

struct SoftplusOptions {
  double beta = 1;
  double threshold = 20;  ///< beta * x above which the layer is the identity
};

class Softplus : public Module {
 public:
  explicit Softplus(const SoftplusOptions& options = {}) noexcept : options_(options) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  SoftplusOptions options_;
};

class Softsign : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

struct HardtanhOptions {
  double min_val = -1;
  double max_val = 1;
};

class Hardtanh : public Module {
 public:
  /// @throws ValueError unless min_val < max_val.
  explicit Hardtanh(const HardtanhOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  HardtanhOptions options_;
};

class Hardsigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

class Hardswish : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

/// x where x > threshold, else value.
class Threshold : public Module {
 public:
  Threshold(double threshold, double value) noexcept : threshold_(threshold), value_(value) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  double threshold_;
  double value_;
};

/// A function along a dimension.
class AlongDim : public Module {
 public:
  std::string extra_repr() const override;

 protected:
  explicit AlongDim(int64_t dim) noexcept : dim_(dim) {}

  int64_t dim_;
};

/// Softmax along a dimension.
class Softmax : public AlongDim {
 public:
  explicit Softmax(int64_t dim) noexcept : AlongDim(dim) {}
  Tensor forward(const Tensor& x) override;
};

class LogSoftmax : public AlongDim {
 public:
  explicit LogSoftmax(int64_t dim) noexcept : AlongDim(dim) {}
  Tensor forward(const Tensor& x) override;
};

class Softmin : public AlongDim {
 public:
  explicit Softmin(int64_t dim) noexcept : AlongDim(dim) {}
  Tensor forward(const Tensor& x) override;
};

/// The first half of a dimension times the sigmoid of the second.
class GLU : public AlongDim {
 public:
  explicit GLU(int64_t dim = -1) noexcept : AlongDim(dim) {}
  Tensor forward(const Tensor& x) override;
};

}  // namespace lucid::nn
