#include "nn/modules/linear.h"

#include <cmath>

#include "autograd/functions/linear_algebra.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

Linear::Linear(int64_t out_features, const LinearOptions& options)
    : out_features_(out_features), options_(options) {
  if (out_features < 1) {
    throw ValueError(message("Linear: expected out_features >= 1, got ", out_features));
  }
  const LazyOptions lazy = lazy_options("Linear", options.dtype, options.device);
  const auto first_values = [] {
    return uniform_values([](const LazySizes& sizes) {
      return 1 / std::sqrt(static_cast<double>(sizes.at("in_features")));
    });
  };
  weight_ = register_parameter("weight",
                               lazy_parameter({out_features, "in_features"}, first_values(), lazy));
  if (options.bias) {
    bias_ = register_parameter("bias", lazy_parameter({out_features}, first_values(), lazy));
  }
}

Linear::Linear(int64_t in_features, int64_t out_features, const LinearOptions& options)
    : Linear(out_features, options) {
  if (in_features < 1) {
    throw ValueError(message("Linear: expected in_features >= 1, got ", in_features));
  }
  initialize({{"in_features", in_features}});
}

std::optional<int64_t> Linear::in_features() const {
  if (!weight_.is_initialized()) return std::nullopt;
  return weight_.shape(1);
}

LazySizes Linear::infer_sizes(const Tensor& x) const {
  if (x.dim() < 1 || x.shape(-1) < 1) {
    throw ShapeError(
        message(type_name(), ": expected x of shape (..., in_features), got ", x.shape()));
  }
  return {{"in_features", x.shape(-1)}};
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

double Linear::multiply_adds(const Shape& input, const Shape& output) const {
  return static_cast<double>(output.numel()) * static_cast<double>(input.back());
}

}  // namespace lucid::nn
