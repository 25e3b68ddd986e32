#include "nn/modules/layer_norm.h"

#include "autograd/functions/normalization.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

void check_eps(const char* owner, double eps) {
  if (!(eps > 0)) throw ValueError(message(owner, ": expected eps > 0, got ", eps));
}

}  // namespace

LayerNorm::LayerNorm(LastDims dims, const LayerNormOptions& options)
    : RowNorm("LayerNorm", dims, options.eps, options.elementwise_affine,
              lazy_options("LayerNorm", options.dtype, options.device)),
      options_(options) {
  if (!options.elementwise_affine || !options.bias) return;
  const LazyOptions lazy = lazy_options("LayerNorm", options.dtype, options.device);
  bias_ = register_parameter("bias", lazy_parameter(last_dims(), constant_values(0), lazy));
}

LayerNorm::LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options)
    : LayerNorm(LastDims{static_cast<int64_t>(normalized_shape.size())}, options) {
  initialize_shape("LayerNorm", normalized_shape);
}

Tensor LayerNorm::forward(const Tensor& x) {
  return layer_norm(x, shape_for(x), weight(), bias_, options_.eps);
}

std::string LayerNorm::extra_repr() const {
  return message(shape_repr(), ", eps=", options_.eps,
                 ", elementwise_affine=", options_.elementwise_affine ? "True" : "False");
}

GroupNorm::GroupNorm(int64_t num_groups, const GroupNormOptions& options)
    : num_groups_(num_groups), options_(options) {
  check_eps("GroupNorm", options.eps);
  if (num_groups < 1) {
    throw ValueError(message("GroupNorm: expected num_groups >= 1, got ", num_groups));
  }
  const LazyOptions lazy = lazy_options("GroupNorm", options.dtype, options.device);
  if (!options.affine) return;
  const LazyShape shape{{"num_channels", num_groups}};
  weight_ = register_parameter("weight", lazy_parameter(shape, constant_values(1), lazy));
  bias_ = register_parameter("bias", lazy_parameter(shape, constant_values(0), lazy));
}

GroupNorm::GroupNorm(int64_t num_groups, int64_t num_channels, const GroupNormOptions& options)
    : GroupNorm(num_groups, options) {
  if (num_channels < 1 || num_channels % num_groups != 0) {
    throw ValueError(message("GroupNorm: expected num_channels to be a positive multiple of ",
                             "num_groups ", num_groups, ", got ", num_channels));
  }
  given_channels_ = num_channels;
  initialize({{"num_channels", num_channels}});
}

std::optional<int64_t> GroupNorm::num_channels() const {
  if (weight_.is_initialized()) return weight_.numel();
  return given_channels_;
}

LazySizes GroupNorm::infer_sizes(const Tensor& x) const {
  if (x.dim() < 2 || x.shape(1) < 1 || x.shape(1) % num_groups_ != 0) {
    throw ShapeError(message(type_name(), ": expected x of shape (N, C, ...) with C a positive ",
                             "multiple of num_groups ", num_groups_, ", got ", x.shape()));
  }
  return {{"num_channels", x.shape(1)}};
}

Tensor GroupNorm::forward(const Tensor& x) {
  const auto expected = num_channels();
  if (expected && (x.dim() < 2 || x.shape(1) != *expected)) {
    throw ShapeError(
        message(type_name(), ": expected x of shape (N, ", *expected, ", ...), got ", x.shape()));
  }
  return group_norm(x, num_groups_, weight_, bias_, options_.eps);
}

std::string GroupNorm::extra_repr() const {
  const auto channels = num_channels();
  return message(num_groups_, ", ", channels ? std::to_string(*channels) : "None",
                 ", eps=", options_.eps, ", affine=", options_.affine ? "True" : "False");
}

}  // namespace lucid::nn
