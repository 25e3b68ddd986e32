#include "nn/modules/linear.h"

#include <cmath>

#include "autograd/functions/linear_algebra.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/lazy.h"

namespace lucid::nn {

using lucid::detail::message;

Linear::Linear(int64_t out_features, const LinearOptions& options)
    : out_features_(out_features), options_(options) {
  if (out_features < 1) {
    throw ValueError(message("Linear: expected out_features >= 1, got ", out_features));
  }
  const DType dtype = options.dtype.value_or(float32);
  if (!is_floating_point(dtype)) {
    throw DTypeError(message("Linear: expected dtype float32 or float64, got ", dtype));
  }
  const Device device = options.device.value_or(cpu);
  weight_ = register_parameter("weight", Parameter::uninitialized(dtype, device));
  if (options.bias) bias_ = register_parameter("bias", Parameter::uninitialized(dtype, device));
}

Linear::Linear(int64_t in_features, int64_t out_features, const LinearOptions& options)
    : Linear(out_features, options) {
  if (in_features < 1) {
    throw ValueError(message("Linear: expected in_features >= 1, got ", in_features));
  }
  materialize(in_features, options.dtype.value_or(float32));
}

void Linear::materialize(int64_t in_features, DType dtype) {
  const Device device = options_.device.value_or(cpu);
  const double bound = 1 / std::sqrt(static_cast<double>(in_features));
  LazyTransaction transaction(*this);
  materialize_uniform(weight_, {out_features_, in_features}, dtype, device, bound, weight_stream_);
  materialize_uniform(bias_, {out_features_}, dtype, device, bound, bias_stream_);
  transaction.commit();
}

std::optional<int64_t> Linear::in_features() const {
  if (!weight_.is_initialized()) return std::nullopt;
  return weight_.shape(1);
}

Tensor Linear::forward(const Tensor& x) {
  return linear(x, weight_, bias_);
}

std::string Linear::extra_repr() const {
  const auto inputs = in_features();
  return "in_features=" + (inputs ? std::to_string(*inputs) : "None") +
         ", out_features=" + std::to_string(out_features_) +
         ", bias=" + (options_.bias ? "True" : "False");
}

LazyLinear::LazyLinear(int64_t out_features, const LinearOptions& options)
    : Linear(out_features, options) {}

Tensor LazyLinear::forward(const Tensor& x) {
  if (!in_features()) {
    const DType dtype = options().dtype.value_or(float32);
    if (x.dim() < 1 || x.shape(-1) < 1) {
      throw ShapeError(
          message("LazyLinear: expected x of shape (..., in_features), got ", x.shape()));
    }
    if (dtype != x.dtype()) {
      throw DTypeError(message("LazyLinear: expected x of dtype ", dtype, ", got ", x.dtype()));
    }
    // A state dict may have set the bias alone.
    if (nn::is_initialized(bias()) && bias().dtype() != dtype) {
      throw DTypeError(message("LazyLinear: x is ", dtype, " but bias is ", bias().dtype()));
    }
    materialize(x.shape(-1), dtype);
  }
  return Linear::forward(x);
}

std::string LazyLinear::refuse_lazy_value(const std::string& name, const Tensor& value,
                                          const StateDict&) const {
  if (!value.is_floating_point()) {
    return message("expected float32 or float64, got ", value.dtype());
  }
  const bool is_bias = name == "bias";
  const bool fits =
      is_bias ? value.shape() == Shape{out_features()}
              : value.dim() == 2 && value.shape(0) == out_features() && value.shape(1) >= 1;
  if (fits) return "";
  return message("expected shape (", out_features(), is_bias ? "" : ", in_features", "), got ",
                 value.shape());
}

void LazyLinear::finish_lazy_load() {
  if (const auto inputs = in_features()) materialize(*inputs, weight().dtype());
}

}  // namespace lucid::nn
