#include "nn/modules/activation.h"

#include <cstring>

#include "autograd/functions/activation.h"
#include "autograd/functions/math.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/lazy_parameter.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

// "name=0.5". With Python's floats a whole number is "1.0", with its integers "1".
std::string shown(const char* name, double value, bool is_float = true) {
  std::string text = message(name, "=", value);
  if (is_float && text.find_first_not_of("-0123456789", std::strlen(name) + 1) == text.npos) {
    text += ".0";
  }
  return text;
}

}  // namespace

Tensor ReLU::forward(const Tensor& x) {
  return relu(x);
}
Tensor ReLU6::forward(const Tensor& x) {
  return relu6(x);
}

Tensor LeakyReLU::forward(const Tensor& x) {
  return leaky_relu(x, negative_slope_);
}
std::string LeakyReLU::extra_repr() const {
  return shown("negative_slope", negative_slope_);
}

PReLU::PReLU(int64_t num_parameters, const PReLUOptions& options) {
  if (num_parameters < 1) {
    throw ValueError(message("PReLU: expected num_parameters >= 1, got ", num_parameters));
  }
  const LazyOptions known = lazy_options("PReLU", options.dtype, options.device);
  weight_ = register_parameter(
      "weight", lazy_parameter({num_parameters}, constant_values(options.init), known));
  initialize({});
}
Tensor PReLU::forward(const Tensor& x) {
  return prelu(x, weight_);
}
std::string PReLU::extra_repr() const {
  return "num_parameters=" + std::to_string(weight_.numel());
}

Tensor ELU::forward(const Tensor& x) {
  return elu(x, alpha_);
}
std::string ELU::extra_repr() const {
  return shown("alpha", alpha_);
}

Tensor SELU::forward(const Tensor& x) {
  return selu(x);
}

CELU::CELU(double alpha) : alpha_(alpha) {
  if (alpha == 0) throw ValueError("CELU: expected alpha other than 0");
}
Tensor CELU::forward(const Tensor& x) {
  return celu(x, alpha_);
}
std::string CELU::extra_repr() const {
  return shown("alpha", alpha_);
}

GELU::GELU(std::string approximate) : approximate_(std::move(approximate)) {
  if (approximate_ != "none" && approximate_ != "tanh") {
    throw ValueError(
        message("GELU: expected approximate \"none\" or \"tanh\", got \"", approximate_, "\""));
  }
}
Tensor GELU::forward(const Tensor& x) {
  return gelu(x, approximate_);
}
std::string GELU::extra_repr() const {
  return "approximate='" + approximate_ + "'";
}

Tensor SiLU::forward(const Tensor& x) {
  return silu(x);
}
Tensor Mish::forward(const Tensor& x) {
  return mish(x);
}
Tensor Sigmoid::forward(const Tensor& x) {
  return sigmoid(x);
}
Tensor LogSigmoid::forward(const Tensor& x) {
  return logsigmoid(x);
}
Tensor Tanh::forward(const Tensor& x) {
  return tanh(x);
}

Tensor Softplus::forward(const Tensor& x) {
  return softplus(x, options_.beta, options_.threshold);
}
std::string Softplus::extra_repr() const {
  return shown("beta", options_.beta, false) + ", " + shown("threshold", options_.threshold, false);
}

Tensor Softsign::forward(const Tensor& x) {
  return softsign(x);
}

Hardtanh::Hardtanh(const HardtanhOptions& options) : options_(options) {
  if (!(options.min_val < options.max_val)) {
    throw ValueError(message("Hardtanh: expected min_val < max_val, got ", options.min_val, " and ",
                             options.max_val));
  }
}
Tensor Hardtanh::forward(const Tensor& x) {
  return hardtanh(x, options_.min_val, options_.max_val);
}
std::string Hardtanh::extra_repr() const {
  return shown("min_val", options_.min_val) + ", " + shown("max_val", options_.max_val);
}

Tensor Hardsigmoid::forward(const Tensor& x) {
  return hardsigmoid(x);
}
Tensor Hardswish::forward(const Tensor& x) {
  return hardswish(x);
}

Tensor Threshold::forward(const Tensor& x) {
  return threshold(x, threshold_, value_);
}
std::string Threshold::extra_repr() const {
  return shown("threshold", threshold_, false) + ", " + shown("value", value_, false);
}

std::string AlongDim::extra_repr() const {
  return "dim=" + std::to_string(dim_);
}
Tensor Softmax::forward(const Tensor& x) {
  return softmax(x, dim_);
}
Tensor LogSoftmax::forward(const Tensor& x) {
  return log_softmax(x, dim_);
}
Tensor Softmin::forward(const Tensor& x) {
  return softmin(x, dim_);
}
Tensor GLU::forward(const Tensor& x) {
  return glu(x, dim_);
}

}  // namespace lucid::nn
