#include "autograd/functions/normalization.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/norm.h"
#include "lucid/ops/pointwise.h"

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

// (C) as (1, C, 1, ...).
Tensor per_channel(const Tensor& values, int64_t rank) {
  Shape shape = Shape::filled(static_cast<size_t>(rank), 1);
  shape[1] = values.numel();
  return reshape(values, shape);
}

void check_arguments(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                     const Tensor& weight, const Tensor& bias, const BatchNormOptions& options) {
  ops::require_floating("batch_norm", "x", x);
  if (x.dim() < 2) {
    throw ShapeError(
        message("batch_norm: expected x of shape (N, C) or (N, C, ...), got ", x.shape()));
  }
  if (!(options.eps > 0))
    throw ValueError(message("batch_norm: expected eps > 0, got ", options.eps));
  if (running_mean.defined() != running_variance.defined()) {
    throw ValueError("batch_norm: expected both running statistics, or neither");
  }
  ops::data_device("batch_norm", x, {&running_mean, &running_variance, &weight, &bias});
  const auto check = [&x](const char* name, const Tensor& values) {
    if (!values.defined()) return;
    ops::require_same_dtype("batch_norm", x, "x", values, name);
    ops::require_shape("batch_norm", name, values, {x.shape(1)});
  };
  check("running_mean", running_mean);
  check("running_variance", running_variance);
  check("weight", weight);
  check("bias", bias);
}

void update_running(const Tensor& running, const Tensor& batch, double momentum, double factor) {
  const Tensor kept = ops::binary(Binary::mul, running, Scalar(1 - momentum));
  const Tensor fresh = ops::binary(Binary::mul, batch, Scalar(momentum * factor));
  ops::copy_into(ops::binary(Binary::add, kept, fresh), running);
  if (running.impl()->storage) running.impl()->storage->bump_version();
}

// The same function from public operations: its tape is the gradient's gradient.
Gradients<3> differentiable_gradients(const Tensor& grad, const Tensor& x, const Tensor& weight,
                                      const Tensor& fixed_mean, const Tensor& fixed_inverse,
                                      bool batch_statistics, double eps) {
  const Dims dims = other_dims(x);
  const Tensor mean =
      batch_statistics ? lucid::mean(x, dims, true) : per_channel(fixed_mean, x.dim());
  const Tensor centered = x - mean;
  const Tensor inverse = batch_statistics ? rsqrt(lucid::mean(square(centered), dims, true) + eps)
                                          : per_channel(fixed_inverse, x.dim());
  const Tensor normalized = centered * inverse;
  const Tensor scaled = weight.defined() ? grad * per_channel(weight, x.dim()) : grad;
  Tensor grad_x = scaled * inverse;
  if (batch_statistics) {
    grad_x = (scaled - lucid::mean(scaled, dims, true) -
              normalized * lucid::mean(scaled * normalized, dims, true)) *
             inverse;
  }
  return {grad_x, sum(grad * normalized, dims), sum(grad, dims)};
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                  const Tensor& weight, const Tensor& bias, const BatchNormOptions& options) {
  check_arguments(x, running_mean, running_variance, weight, bias, options);
  const bool batch_statistics = options.training || !running_mean.defined();
  const int64_t count = x.shape(1) == 0 ? 0 : x.numel() / x.shape(1);
  if (options.training && count == 1) {
    throw ValueError(
        message("batch_norm: expected more than one value per channel in training, got x "
                "of shape ",
                x.shape()));
  }
  ops::Moments moments{running_mean, running_variance};
  if (batch_statistics) moments = ops::channel_moments(x);
  // Copies, since the running statistics may be written to before the backward pass.
  const Tensor mean = batch_statistics ? moments.mean : ops::clone(moments.mean);
  const Tensor inverse = ops::unary(
      ops::Unary::rsqrt, ops::binary(Binary::add, moments.variance, Scalar(options.eps)));
  const Tensor scale = weight.defined() ? ops::binary(Binary::mul, inverse, weight) : inverse;
  const Tensor shift = bias.defined() ? bias : zeros_like(mean);
  Tensor y =
      record("batch_norm", {x, weight, bias}, ops::channel_affine(x, mean, scale, shift),
             [x = Saved(x), weight = Saved(weight), mean = Saved(mean), inverse = Saved(inverse),
              batch_statistics, eps = options.eps](const Tensor& grad) -> Gradients<3> {
               if (grad_enabled()) {
                 return differentiable_gradients(grad, *x, *weight, *mean, *inverse,
                                                 batch_statistics, eps);
               }
               ops::BatchNormGradients grads =
                   ops::batch_norm_backward(grad, *x, *mean, *inverse, *weight, batch_statistics);
               return {std::move(grads.x), std::move(grads.weight), std::move(grads.bias)};
             });
  // Last, so that a call that fails leaves them as they were.
  if (options.training && running_mean.defined() && count > 1 && !x.is_meta()) {
    const auto n = static_cast<double>(count);
    update_running(running_mean, moments.mean, options.momentum, 1);
    update_running(running_variance, moments.variance, options.momentum, n / (n - 1));
  }
  return y;
}

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  ops::require_floating("dropout", "x", x);
  if (!(p >= 0 && p <= 1)) throw ValueError(message("dropout: expected p in [0, 1], got ", p));
  if (!training || p == 0) return x;
  if (x.is_meta()) return x * 0;
  const TensorOptions options{.dtype = x.dtype()};
  const Tensor kept = ops::to(ge(rand(x.shape(), generator, options), p), x.dtype());
  // With p = 1 nothing is kept, and 1 / (1 - p) would turn the zeros into NaN.
  return p == 1 ? x * kept : x * (kept * (1 / (1 - p)));
}

}  // namespace lucid
