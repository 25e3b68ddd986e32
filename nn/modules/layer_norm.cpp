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

std::string size_name(int64_t dim) {
  return message("normalized_shape[", dim, "]");
}

LazyShape last_dims(int64_t dims) {
  std::vector<LazyShape::Size> sizes;
  for (int64_t i = 0; i < dims; ++i) sizes.emplace_back(size_name(i));
  return LazyShape(std::move(sizes));
}

}  // namespace

LayerNorm::LayerNorm(LastDims dims, const LayerNormOptions& options)
    : dims_(dims.count), options_(options) {
  check_eps("LayerNorm", options.eps);
  if (dims_ < 1 || dims_ > static_cast<int64_t>(Shape::max_rank)) {
    throw ValueError(message("LayerNorm: expected 1 to ", Shape::max_rank,
                             " dimensions to normalise over, got ", dims_));
  }
  const LazyOptions lazy = lazy_options("LayerNorm", options.dtype, options.device);
  const LazyShape shape = last_dims(dims_);
  if (!options.elementwise_affine) return;
  weight_ = register_parameter("weight", lazy_parameter(shape, constant_values(1), lazy));
  if (options.bias) {
    bias_ = register_parameter("bias", lazy_parameter(shape, constant_values(0), lazy));
  }
}

LayerNorm::LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options)
    : LayerNorm(LastDims{static_cast<int64_t>(normalized_shape.size())}, options) {
  LazySizes sizes;
  for (size_t i = 0; i < normalized_shape.size(); ++i) {
    if (normalized_shape[i] < 1) {
      throw ValueError(message("LayerNorm: expected positive sizes as normalized_shape, got ",
                               normalized_shape));
    }
    sizes.set(size_name(static_cast<int64_t>(i)), normalized_shape[i]);
  }
  given_shape_ = normalized_shape;
  initialize(sizes);
}

std::optional<Shape> LayerNorm::normalized_shape() const {
  if (weight_.is_initialized()) return weight_.shape();
  return given_shape_;
}

LazySizes LayerNorm::infer_sizes(const Tensor& x) const {
  LazySizes sizes;
  for (int64_t i = 0; i < dims_; ++i) {
    if (x.dim() < dims_ || x.shape(i - dims_) < 1) {
      throw ShapeError(message(type_name(), ": expected x with at least ", dims_,
                               " dimensions, the last of them not empty, got ", x.shape()));
    }
    sizes.set(size_name(i), x.shape(i - dims_));
  }
  return sizes;
}

Tensor LayerNorm::forward(const Tensor& x) {
  const auto known = normalized_shape();
  const Shape shape = known ? *known : last_dims(dims_).resolve(infer_sizes(x));
  return layer_norm(x, shape, weight_, bias_, options_.eps);
}

std::string LayerNorm::extra_repr() const {
  // A tuple, as PyTorch prints it.
  std::string sizes;
  const auto shape = normalized_shape();
  for (size_t i = 0; shape && i < shape->size(); ++i) {
    sizes += (i == 0 ? "(" : ", ") + std::to_string((*shape)[i]);
  }
  return message(shape ? sizes + (shape->size() == 1 ? ",)" : ")") : "None", ", eps=", options_.eps,
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
