#include "nn/modules/channel_norm.h"

#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

ChannelNorm::ChannelNorm(const char* name, std::array<int64_t, 2> ranks, const char* layout,
                         std::optional<int64_t> num_features, const ChannelNormOptions& options)
    : ranks_(ranks), layout_(layout), options_(options), given_features_(num_features) {
  if (!(options.eps > 0)) throw ValueError(message(name, ": expected eps > 0, got ", options.eps));
  if (num_features && *num_features < 1) {
    throw ValueError(message(name, ": expected num_features >= 1, got ", *num_features));
  }
  const LazyOptions lazy = lazy_options(name, options.dtype, options.device);
  const LazyShape shape{"num_features"};
  if (options.affine) {
    weight_ = register_parameter("weight", lazy_parameter(shape, constant_values(1), lazy));
    bias_ = register_parameter("bias", lazy_parameter(shape, constant_values(0), lazy));
  }
  if (options.track_running_stats) {
    running_mean_ = register_buffer("running_mean", lazy_buffer(shape, constant_values(0), lazy));
    running_var_ = register_buffer("running_var", lazy_buffer(shape, constant_values(1), lazy));
    num_batches_tracked_ = register_buffer("num_batches_tracked",
                                           zeros({}, {.dtype = int64, .device = options.device}));
  }
  if (num_features) initialize({{"num_features", *num_features}});
}

std::optional<int64_t> ChannelNorm::num_features() const {
  for (const Tensor* tensor :
       {static_cast<const Tensor*>(&weight_), static_cast<const Tensor*>(&running_mean_)}) {
    if (nn::is_initialized(*tensor)) return tensor->numel();
  }
  return given_features_;
}

void ChannelNorm::check_input(const Tensor& x) const {
  if (x.dim() < ranks_[0] || x.dim() > ranks_[1]) {
    throw ShapeError(message(type_name(), ": expected x of shape ", layout_, ", got ", x.shape()));
  }
  const int64_t channels = x.shape(channel_dim(x));
  const auto expected = num_features();
  if (channels < 1 || (expected && channels != *expected)) {
    throw ShapeError(message(type_name(), ": expected x with ",
                             expected ? std::to_string(*expected) : "at least one",
                             " channels, got ", channels, " in shape ", x.shape()));
  }
}

LazySizes ChannelNorm::infer_sizes(const Tensor& x) const {
  check_input(x);
  return {{"num_features", x.shape(channel_dim(x))}};
}

double ChannelNorm::next_momentum() const {
  if (options_.momentum) return *options_.momentum;
  if (num_batches_tracked_.is_meta()) return 0;  // and there are no statistics to weigh
  return 1.0 / (num_batches_tracked_.item<double>() + 1);
}

void ChannelNorm::count_batch() {
  const NoGradGuard guard;
  num_batches_tracked_.add_(1);
}

std::string ChannelNorm::extra_repr() const {
  const auto channels = num_features();
  return message(channels ? std::to_string(*channels) : "None", ", eps=", options_.eps,
                 ", momentum=", options_.momentum ? message(*options_.momentum) : "None",
                 ", affine=", options_.affine ? "True" : "False",
                 ", track_running_stats=", options_.track_running_stats ? "True" : "False");
}

}  // namespace lucid::nn
