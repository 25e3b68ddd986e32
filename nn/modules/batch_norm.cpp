#include "nn/modules/batch_norm.h"

#include "autograd/functions/normalization.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/init.h"
#include "nn/lazy.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

void check_input(const char* owner, const Tensor& x, std::optional<int64_t> channels) {
  if (x.dim() != 4) {
    throw ShapeError(message(owner, ": expected x of shape (N, C, H, W), got ", x.shape()));
  }
  if (x.shape(1) < 1 || (channels && x.shape(1) != *channels)) {
    throw ShapeError(message(owner, ": expected x with ",
                             channels ? std::to_string(*channels) : "at least one",
                             " channels, got ", x.shape(1), " in shape ", x.shape()));
  }
}

}  // namespace

BatchNorm2d::BatchNorm2d(const BatchNorm2dOptions& options) : options_(options) {
  if (!(options.eps > 0)) {
    throw ValueError(message("BatchNorm2d: expected eps > 0, got ", options.eps));
  }
  const DType dtype = options.dtype.value_or(float32);
  if (!is_floating_point(dtype)) {
    throw DTypeError(message("BatchNorm2d: expected dtype float32 or float64, got ", dtype));
  }
  const Device device = options.device.value_or(cpu);
  if (options.affine) {
    weight_ = register_parameter("weight", Parameter::uninitialized(dtype, device));
    bias_ = register_parameter("bias", Parameter::uninitialized(dtype, device));
  }
  if (options.track_running_stats) {
    running_mean_ = register_buffer("running_mean", uninitialized_buffer(dtype, device));
    running_var_ = register_buffer("running_var", uninitialized_buffer(dtype, device));
    num_batches_tracked_ = register_buffer("num_batches_tracked", zeros({}, {.dtype = int64}));
  }
}

BatchNorm2d::BatchNorm2d(int64_t num_features, const BatchNorm2dOptions& options)
    : BatchNorm2d(options) {
  if (num_features < 1) {
    throw ValueError(message("BatchNorm2d: expected num_features >= 1, got ", num_features));
  }
  given_features_ = num_features;
  materialize(num_features, options.dtype.value_or(float32));
}

void BatchNorm2d::materialize(int64_t num_features, DType dtype) {
  const auto fill = [&](const Tensor& tensor, double value) {
    if (!tensor.defined() || is_initialized(tensor)) return;
    nn::materialize(tensor, {num_features}, dtype, options_.device.value_or(cpu));
    init::constant_(tensor, value);
  };
  LazyTransaction transaction(*this);
  fill(weight_, 1);
  fill(bias_, 0);
  fill(running_mean_, 0);
  fill(running_var_, 1);
  transaction.commit();
}

std::optional<int64_t> BatchNorm2d::num_features() const {
  for (const Tensor* tensor : per_channel()) {
    if (is_initialized(*tensor)) return tensor->numel();
  }
  return given_features_;
}

double BatchNorm2d::next_momentum() const {
  return options_.momentum.value_or(1.0 / (num_batches_tracked_.item<double>() + 1));
}

Tensor BatchNorm2d::forward(const Tensor& x) {
  check_input("BatchNorm2d", x, num_features());
  const bool track = is_training() && options_.track_running_stats;
  const BatchNormOptions options{.training = is_training() || !options_.track_running_stats,
                                 .momentum = track ? next_momentum() : 0.0,
                                 .eps = options_.eps};
  Tensor y = batch_norm(x, running_mean_, running_var_, weight_, bias_, options);
  if (track && !x.is_meta()) {
    const NoGradGuard guard;
    num_batches_tracked_.add_(1);
  }
  return y;
}

std::string BatchNorm2d::extra_repr() const {
  const auto channels = num_features();
  return message(channels ? std::to_string(*channels) : "None", ", eps=", options_.eps,
                 ", momentum=", options_.momentum ? message(*options_.momentum) : "None",
                 ", affine=", options_.affine ? "True" : "False",
                 ", track_running_stats=", options_.track_running_stats ? "True" : "False");
}

LazyBatchNorm2d::LazyBatchNorm2d(const BatchNorm2dOptions& options) : BatchNorm2d(options) {}

bool LazyBatchNorm2d::is_complete() const {
  for (const Tensor* tensor : per_channel()) {
    if (tensor->defined() && !is_initialized(*tensor)) return false;
  }
  return true;
}

Tensor LazyBatchNorm2d::forward(const Tensor& x) {
  if (!is_complete()) {
    check_input("LazyBatchNorm2d", x, num_features());
    const DType dtype = options().dtype.value_or(float32);
    if (x.dtype() != dtype) {
      throw DTypeError(
          message("LazyBatchNorm2d: expected x of dtype ", dtype, ", got ", x.dtype()));
    }
    if ((is_training() || !options().track_running_stats) && x.numel() == x.shape(1)) {
      throw ValueError(
          message("LazyBatchNorm2d: expected more than one value per channel in training, "
                  "got x of shape ",
                  x.shape()));
    }
    materialize(x.shape(1), dtype);
  }
  return BatchNorm2d::forward(x);
}

std::string LazyBatchNorm2d::refuse_lazy_value(const std::string&, const Tensor& value,
                                               const StateDict& values) const {
  if (!value.is_floating_point()) {
    return message("expected float32 or float64, got ", value.dtype());
  }
  auto channels = num_features();
  // The first value that could be one per channel sets the number for all.
  for (const char* name : {"weight", "bias", "running_mean", "running_var"}) {
    const Tensor* other = values.find(name);
    if (!channels && other && is_initialized(*other) && other->dim() == 1)
      channels = other->numel();
  }
  const bool fits =
      value.dim() == 1 && value.numel() >= 1 && (!channels || value.numel() == *channels);
  if (fits) return "";
  return message("expected shape (", channels ? std::to_string(*channels) : "num_features",
                 "), got ", value.shape());
}

void LazyBatchNorm2d::finish_lazy_load() {
  for (const Tensor* tensor : per_channel()) {
    if (is_initialized(*tensor)) return materialize(tensor->numel(), tensor->dtype());
  }
}

}  // namespace lucid::nn
