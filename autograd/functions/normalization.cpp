#include "autograd/functions/normalization.h"

#include <algorithm>
#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/pooling.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/fused.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/norm.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/reduce.h"

namespace lucid {

using autograd::Gradients;
using autograd::record;
using autograd::Saved;
using ops::Binary;
using ops::message;

namespace {

// Everything but the channels.
Dims other_dims(const Tensor& x) {
  Dims dims{0};
  for (int64_t i = 2; i < x.dim(); ++i) dims.push_back(i);
  return dims;
}

// (1, C, 1, ...)
Shape channel_shape(const Tensor& x) {
  Shape shape = Shape::filled(x.shape().size(), 1);
  shape[1] = x.shape(1);
  return shape;
}

// What all of them ask of their arguments.
class Checks {
 public:
  Checks(const char* name, const Tensor& x, double eps, std::initializer_list<const Tensor*> others)
      : name_(name), x_(x) {
    ops::require_floating(name, "x", x);
    if (!(eps > 0)) throw ValueError(message(name, ": expected eps > 0, got ", eps));
    ops::data_device(name, x, others);
  }

  void channels_in(const char* layout) const {
    if (x_.dim() >= 2) return;
    throw ShapeError(message(name_, ": expected x of shape ", layout, ", got ", x_.shape()));
  }
  void last_dims(const Shape& normalized_shape) const {
    const Shape& shape = x_.shape();
    const size_t count = normalized_shape.size();
    if (count == 0) {
      throw ShapeError(
          message(name_, ": expected normalized_shape of at least one dimension, got []"));
    }
    if (count > shape.size() ||
        !std::equal(normalized_shape.begin(), normalized_shape.end(), shape.end() - count)) {
      throw ShapeError(message(name_, ": expected x whose last dimensions are normalized_shape ",
                               normalized_shape, ", got ", shape));
    }
  }
  /// Of a parameter that may be undefined.
  void shape(const char* argument, const Tensor& values, const Shape& expected) const {
    if (!values.defined()) return;
    ops::require_same_dtype(name_, x_, "x", values, argument);
    ops::require_shape(name_, argument, values, expected);
  }
  void running(const Tensor& mean, const Tensor& variance, const char* variance_name) const {
    if (mean.defined() != variance.defined()) {
      throw ValueError(message(name_, ": expected both running statistics, or neither"));
    }
    shape("running_mean", mean, {x_.shape(1)});
    shape(variance_name, variance, {x_.shape(1)});
  }

 private:
  const char* name_;
  const Tensor& x_;
};

void update_running(const Tensor& running, const Tensor& batch, double momentum, double factor) {
  const Tensor kept = ops::binary(Binary::mul, running, Scalar(1 - momentum));
  const Tensor fresh = ops::binary(Binary::mul, batch, Scalar(momentum * factor));
  ops::copy_into(ops::binary(Binary::add, kept, fresh), running);
  if (running.impl()->storage) running.impl()->storage->bump_version("batch_norm");
}

// The same function from public operations: its tape is the gradient's gradient.
Gradients<3> differentiable_gradients(const Tensor& grad, const Tensor& x, const Tensor& weight,
                                      const Tensor& fixed_mean, const Tensor& fixed_inverse,
                                      bool batch_statistics, double eps) {
  const Dims dims = other_dims(x);
  const Tensor mean =
      batch_statistics ? lucid::mean(x, dims, true) : reshape(fixed_mean, channel_shape(x));
  const Tensor centered = x - mean;
  const Tensor inverse = batch_statistics ? rsqrt(lucid::mean(square(centered), dims, true) + eps)
                                          : reshape(fixed_inverse, channel_shape(x));
  const Tensor normalized = centered * inverse;
  const Tensor scaled = weight.defined() ? grad * reshape(weight, channel_shape(x)) : grad;
  Tensor grad_x = scaled * inverse;
  if (batch_statistics) {
    grad_x = (scaled - lucid::mean(scaled, dims, true) -
              normalized * lucid::mean(scaled * normalized, dims, true)) *
             inverse;
  }
  return {grad_x, sum(grad * normalized, dims), sum(grad, dims)};
}

// The gradient before the relu behind (x - mean) * inverse * weight + shift; without a shift there
// is none.
Tensor through_relu(const Tensor& grad, const Tensor& x, const Tensor& mean, const Tensor& inverse,
                    const Tensor& weight, const Tensor& shift) {
  if (!shift.defined()) return grad;
  const Tensor scale = weight.defined() ? ops::binary(Binary::mul, inverse, weight) : inverse;
  return where(gt(ops::channel_affine(x, mean, scale, shift), 0), grad, 0);
}

// relu(batch_norm(x)) again, in one pass over x, which the gradient needs anyway.
class NormalizedAgain final : public autograd::Recipe {
 public:
  NormalizedAgain(const Tensor& output, IntrusivePtr<WriteWatch> watch, Saved x, Tensor mean,
                  Tensor scale, Tensor shift)
      : record_(output.impl()->autograd),
        watch_(std::move(watch)),
        x_(std::move(x)),
        mean_(std::move(mean)),
        scale_(std::move(scale)),
        shift_(std::move(shift)) {}

  Tensor compute() const override {
    if (const uint64_t writes = watch_->writes()) {
      autograd::fail_modified((*x_).shape(), watch_->last_writer(), writes, 0);
    }
    Tensor y = ops::channel_affine(*x_, mean_, scale_, shift_, true);
    y.impl()->autograd = record_;
    return y;
  }

 private:
  IntrusivePtr<AutogradRecord> record_;
  IntrusivePtr<WriteWatch> watch_;
  Saved x_;
  Tensor mean_, scale_, shift_;  // nobody else's
};

// The gradient of normalize().
struct NormalizeGradient {
  Saved x, weight, mean, inverse;
  Saved shift;  // undefined without a relu
  bool batch_statistics;
  double eps;
  IntrusivePtr<WriteWatch> watch;  // of the output, with a relu
  Tensor scale, own_shift;         // likewise

  Gradients<3> operator()(const Tensor& grad) const {
    if (grad_enabled()) {
      return differentiable_gradients(through_relu(grad, *x, *mean, *inverse, *weight, *shift), *x,
                                      *weight, *mean, *inverse, batch_statistics, eps);
    }
    ops::BatchNormGradients grads =
        ops::batch_norm_backward(grad, *x, *mean, *inverse, *weight, batch_statistics, *shift);
    return {std::move(grads.x), std::move(grads.weight), std::move(grads.bias)};
  }

  IntrusivePtr<autograd::Recipe> recipe(const Tensor& output) const {
    const TensorImpl& impl = *output.impl();
    // Neither written to since nor another tensor's memory.
    if (!watch || !impl.storage || impl.storage->watch() != watch.get() || watch->writes() > 0) {
      return {};
    }
    return make_intrusive<NormalizedAgain>(output, watch, x, *mean, scale, own_shift);
  }
};

// (x - mean) / sqrt(variance + eps) * weight + bias per channel of x (N, C) or (N, C, ...), put on
// the tape as `name`; with batch_statistics the moments count as functions of x. With relu the relu
// of that, which is known again from what is kept anyway.
Tensor normalize(const char* name, const Tensor& x, const ops::Moments& moments,
                 bool batch_statistics, const Tensor& weight, const Tensor& bias, double eps,
                 bool relu = false) {
  // Copies, since running statistics may be written to before the backward pass.
  const Tensor mean = batch_statistics ? moments.mean : ops::clone(moments.mean);
  const Tensor inverse =
      ops::unary(ops::Unary::rsqrt, ops::binary(Binary::add, moments.variance, Scalar(eps)));
  const Tensor scale = weight.defined() ? ops::binary(Binary::mul, inverse, weight) : inverse;
  const Tensor shift = bias.defined() ? bias : zeros_like(mean);
  Tensor y = ops::channel_affine(x, mean, scale, shift, relu);
  NormalizeGradient gradient{Saved(x),
                             Saved(weight),
                             Saved(mean),
                             Saved(inverse),
                             Saved(relu ? shift : Tensor()),
                             batch_statistics,
                             eps,
                             {},
                             {},
                             {}};
  if (relu && grad_enabled() && !y.is_meta() && !autograd::saved_tensors_are_hooked()) {
    gradient.watch = make_intrusive<WriteWatch>();
    y.impl()->storage->set_watch(gradient.watch);
    gradient.scale = scale;
    gradient.own_shift = bias.defined() ? ops::clone(bias) : shift;  // bias may be written to
  }
  return record(name, {x, weight, bias}, std::move(y), std::move(gradient));
}

// Each of `rows` equal parts of x by itself, in the shape of x.
Tensor normalize_rows(const char* name, const Tensor& x, int64_t rows, double eps) {
  const int64_t length = rows == 0 ? 0 : x.numel() / rows;
  const Tensor flat = reshape(x, {1, rows, length});
  return reshape(normalize(name, flat, ops::channel_moments(flat), true, {}, {}, eps), x.shape());
}

// x (N, C, ...) with every channel of every example as a channel: (1, N * C, elements).
Tensor instances_of(const Tensor& x) {
  const int64_t length = Shape(x.shape().begin() + 2, x.shape().size() - 2).numel();
  if (length == 1) {
    throw ValueError(
        message("instance_norm: expected more than one spatial element with use_input_stats, got "
                "x of shape ",
                x.shape()));
  }
  return reshape(x, {1, x.shape(0) * x.shape(1), length});
}

Tensor normalize_instances(const Tensor& x, const Tensor& instances, const ops::Moments& moments,
                           const Tensor& weight, const Tensor& bias, double eps) {
  const auto repeated = [&x](const Tensor& values) {
    if (!values.defined()) return values;
    const int64_t batch = x.shape(0), channels = x.shape(1);
    return reshape(expand(values, {batch, channels}), {batch * channels});
  };
  const Tensor y =
      normalize("instance_norm", instances, moments, true, repeated(weight), repeated(bias), eps);
  return reshape(y, x.shape());
}

// y * weight + bias, each broadcast as `shape` and maybe undefined.
Tensor affine(const Tensor& y, const Tensor& weight, const Tensor& bias, const Shape& shape) {
  const Tensor scaled = weight.defined() ? y * reshape(weight, shape) : y;
  return bias.defined() ? scaled + reshape(bias, shape) : scaled;
}

// batch_norm(), maybe with a relu behind it.
Tensor batch_normalize(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                       const Tensor& weight, const Tensor& bias, const BatchNormOptions& options,
                       bool relu) {
  const Checks checks("batch_norm", x, options.eps,
                      {&running_mean, &running_variance, &weight, &bias});
  checks.channels_in("(N, C) or (N, C, ...)");
  checks.running(running_mean, running_variance, "running_variance");
  checks.shape("weight", weight, {x.shape(1)});
  checks.shape("bias", bias, {x.shape(1)});
  const bool batch_statistics = options.training || !running_mean.defined();
  const int64_t count = x.shape(1) == 0 ? 0 : x.numel() / x.shape(1);
  if (options.training && count == 1 && !x.is_meta()) {
    throw ValueError(
        message("batch_norm: expected more than one value per channel in training, got x "
                "of shape ",
                x.shape()));
  }
  ops::Moments moments{running_mean, running_variance};
  if (batch_statistics) moments = ops::channel_moments(x);
  Tensor y = normalize(relu ? "batch_norm_relu" : "batch_norm", x, moments, batch_statistics,
                       weight, bias, options.eps, relu);
  // Last, so that a call that fails leaves them as they were.
  if (options.training && running_mean.defined() && count > 1 && !x.is_meta()) {
    const auto n = static_cast<double>(count);
    update_running(running_mean, moments.mean, options.momentum, 1);
    update_running(running_variance, moments.variance, options.momentum, n / (n - 1));
  }
  return y;
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                  const Tensor& weight, const Tensor& bias, const BatchNormOptions& options) {
  return batch_normalize(x, running_mean, running_variance, weight, bias, options, false);
}

Tensor autograd::batch_norm_relu(const Tensor& x, const Tensor& running_mean,
                                 const Tensor& running_variance, const Tensor& weight,
                                 const Tensor& bias, const BatchNormOptions& options) {
  return batch_normalize(x, running_mean, running_variance, weight, bias, options, true);
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps) {
  const Checks checks("layer_norm", x, eps, {&weight, &bias});
  checks.last_dims(normalized_shape);
  checks.shape("weight", weight, normalized_shape);
  checks.shape("bias", bias, normalized_shape);
  const Shape& shape = x.shape();
  const int64_t rows = Shape(shape.begin(), shape.size() - normalized_shape.size()).numel();
  return affine(normalize_rows("layer_norm", x, rows, eps), weight, bias, normalized_shape);
}

Tensor group_norm(const Tensor& x, int64_t num_groups, const Tensor& weight, const Tensor& bias,
                  double eps) {
  const Checks checks("group_norm", x, eps, {&weight, &bias});
  checks.channels_in("(N, C, ...)");
  if (num_groups < 1 || x.shape(1) % num_groups != 0) {
    throw ValueError(message("group_norm: expected num_groups to divide the ", x.shape(1),
                             " channels of x ", x.shape(), ", got ", num_groups));
  }
  checks.shape("weight", weight, {x.shape(1)});
  checks.shape("bias", bias, {x.shape(1)});
  if (x.numel() == num_groups) {
    throw ValueError(message("group_norm: expected more than one value per group, got x of shape ",
                             x.shape(), " and num_groups ", num_groups));
  }
  const Tensor y = normalize_rows("group_norm", x, x.shape(0) * num_groups, eps);
  return affine(y, weight, bias, channel_shape(x));
}

Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                std::optional<double> eps) {
  ops::require_floating("rms_norm", "x", x);
  const double least = x.dtype() == float32 ? std::numeric_limits<float>::epsilon()
                                            : std::numeric_limits<double>::epsilon();
  const Checks checks("rms_norm", x, eps.value_or(least), {&weight});
  checks.last_dims(normalized_shape);
  checks.shape("weight", weight, normalized_shape);
  Dims dims;
  for (size_t i = 1; i <= normalized_shape.size(); ++i) dims.push_back(-static_cast<int64_t>(i));
  const Tensor y = x * rsqrt(mean(square(x), dims, true) + eps.value_or(least));
  return weight.defined() ? y * weight : y;
}

Tensor local_response_norm(const Tensor& x, int64_t size, double alpha, double beta, double k) {
  constexpr const char* name = "local_response_norm";
  ops::require_floating(name, "x", x);
  if (x.dim() < 3) {
    throw ShapeError(message(name, ": expected x of shape (N, C, ...) with at least three ",
                             "dimensions, got ", x.shape()));
  }
  if (size < 1 || size > std::numeric_limits<int32_t>::max()) {
    throw ValueError(message(name, ": expected size from 1 to ",
                             std::numeric_limits<int32_t>::max(), ", got ", size));
  }
  if (x.numel() == 0) return x;
  // Channels are the rows of an image whose mean over `size` rows is taken.
  const int64_t channels = x.shape(1);
  const Tensor squares = reshape(square(x), {x.shape(0), 1, channels, -1});
  Shape padded = squares.shape();
  padded[2] += size - 1;
  const Tensor neighbours = embed(squares, padded, 2, size / 2, 1);
  const Tensor means = reshape(avg_pool2d(neighbours, {.kernel = {size, 1}}), x.shape());
  return x / pow(means * alpha + k, beta);
}

Tensor instance_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                     const Tensor& weight, const Tensor& bias, const InstanceNormOptions& options) {
  const Checks checks("instance_norm", x, options.eps,
                      {&running_mean, &running_var, &weight, &bias});
  checks.channels_in("(N, C, ...)");
  checks.running(running_mean, running_var, "running_var");
  checks.shape("weight", weight, {x.shape(1)});
  checks.shape("bias", bias, {x.shape(1)});
  if (!options.use_input_stats) {
    if (!running_mean.defined()) {
      throw ValueError("instance_norm: expected running statistics without use_input_stats");
    }
    return normalize("instance_norm", x, {running_mean, running_var}, false, weight, bias,
                     options.eps);
  }
  const Tensor instances = instances_of(x);
  const ops::Moments moments = ops::channel_moments(instances);
  Tensor y = normalize_instances(x, instances, moments, weight, bias, options.eps);
  // Last, so that a call that fails leaves them as they were.
  if (running_mean.defined() && x.numel() > 0 && !x.is_meta()) {
    const auto average = [&x](const Tensor& values) {
      return ops::mean(ops::view_of(values, {x.shape(0), x.shape(1)}, {x.shape(1), 1}, 0), {0},
                       false);
    };
    const auto n = static_cast<double>(instances.shape(2));
    update_running(running_mean, average(moments.mean), options.momentum, 1);
    update_running(running_var, average(moments.variance), options.momentum, n / (n - 1));
  }
  return y;
}

}  // namespace lucid
