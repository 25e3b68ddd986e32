#include "nn/fusion.h"

#include <algorithm>

#include "autograd/anomaly.h"
#include "autograd/fused.h"
#include "autograd/grad_mode.h"
#include "lucid/ops/common.h"
#include "lucid/ops/pointwise.h"
#include "nn/module_internal.h"
#include "nn/modules/activation.h"
#include "nn/modules/batch_norm.h"
#include "nn/modules/conv.h"
#include "nn/modules/linear.h"

namespace lucid::nn::detail {

bool is_norm(const Module& module) {
  return is_one_of<BatchNorm1d, LazyBatchNorm1d, BatchNorm2d, LazyBatchNorm2d, BatchNorm3d,
                   LazyBatchNorm3d>(module);
}

bool Fusion::is_free(const Module& module) {
  Module::State& state = *module.state_;
  return !state.plan && !state.forward_pre_hooks.has_hooks() && !state.forward_hooks.has_hooks() &&
         !state.backward_hooks.has_hooks();
}

bool Fusion::is_relu(std::span<Module* const> modules, size_t i) {
  return i < modules.size() && is_one_of<ReLU>(*modules[i]) && is_free(*modules[i]);
}

// What Lazy<>::forward() does around the layer's own.
template <class Forward>
Tensor Fusion::initialized(Module& layer, const Tensor& x, const Forward& forward) {
  if (layer.is_initialized()) return forward();
  check_first_input(layer, x);
  LazyTransaction transaction(layer);
  layer.initialize(layer.infer_sizes(x));
  Tensor y = forward();
  transaction.commit();
  return y;
}

Fusion::Weights Fusion::fold(const Tensor& weight, const Tensor& bias, const BatchNorm& norm) {
  using ops::Binary;
  const Tensor inverse = ops::unary(
      ops::Unary::rsqrt, ops::binary(Binary::add, norm.running_var(), Scalar(norm.options().eps)));
  const Tensor scale =
      norm.weight().defined() ? ops::binary(Binary::mul, inverse, norm.weight()) : inverse;
  const size_t rank = weight.shape().size();
  Shape shape = Shape::filled(rank, 1);
  shape[0] = weight.shape(0);
  const Tensor per_output = ops::view_of(scale, shape, Strides::filled(rank, 1), 0);
  Tensor shift = ops::unary(ops::Unary::neg, norm.running_mean());
  if (bias.defined()) shift = ops::binary(Binary::add, shift, bias);
  shift = ops::binary(Binary::mul, shift, scale);
  if (norm.bias().defined()) shift = ops::binary(Binary::add, shift, norm.bias());
  return {ops::binary(Binary::mul, weight, per_output), shift};
}

// Whether norm may go into the weights of conv for x. What does not fit is left to the layers,
// which say so. Where weights outnumber the outputs the norm costs less than new weights.
template <class Layer>
bool Fusion::folds(const Layer& conv, const BatchNorm& norm, const Tensor& x) {
  if (grad_enabled() || norm.is_training() || !norm.options().track_running_stats) return false;
  if (!conv.is_initialized() || !norm.is_initialized() || !x.defined() || x.is_meta()) return false;
  const Tensor& weight = conv.weight();
  return x.dim() == weight.dim() && norm.takes(x.dim()) && !weight.is_meta() &&
         norm.num_features() == conv.out_channels() && !norm.running_mean().is_meta() &&
         norm.running_mean().dtype() == weight.dtype() &&
         weight.numel() / weight.shape(0) <= x.numel() / std::max<int64_t>(x.shape(1), 1);
}

template <size_t Rank>
size_t Fusion::run_conv(std::span<Module* const> modules, Tensor& y) {
  auto& conv = static_cast<Conv<Rank>&>(*modules[0]);
  if (modules.size() > 1 && is_norm(*modules[1]) && is_free(*modules[1])) {
    auto& norm = static_cast<BatchNorm&>(*modules[1]);
    if (!folds(conv, norm, y)) return 0;
    const bool relu = is_relu(modules, 2);
    const Weights folded = fold(conv.weight(), conv.bias(), norm);
    y = conv.convolve(y, folded.weight, folded.bias, relu);
    return relu ? 3 : 2;
  }
  if (!is_relu(modules, 1)) return 0;
  y = initialized(conv, y, [&] { return conv.convolve(y, conv.weight(), conv.bias(), true); });
  return 2;
}

size_t Fusion::run_norm(std::span<Module* const> modules, Tensor& y) {
  if (!is_relu(modules, 1)) return 0;
  auto& norm = static_cast<BatchNorm&>(*modules[0]);
  y = initialized(norm, y, [&] { return norm.normalize(y, true); });
  return 2;
}

size_t Fusion::run_linear(std::span<Module* const> modules, Tensor& y) {
  if (!is_relu(modules, 1)) return 0;
  auto& linear = static_cast<Linear&>(*modules[0]);
  y = initialized(linear, y,
                  [&] { return autograd::linear_relu(y, linear.weight(), linear.bias()); });
  return 2;
}

size_t Fusion::run(std::span<Module* const> modules, Tensor& y) {
  Module& first = *modules[0];
  size_t done = 0;
  if (is_free(first) && !autograd::anomaly_enabled()) {
    if (is_one_of<ReLU>(first)) {
      y = autograd::relu_reusing(std::move(y));
      return 1;
    }
    if (modules.size() > 1) {
      if (is_one_of<Conv2d, LazyConv2d>(first)) {
        done = run_conv<2>(modules, y);
      } else if (is_one_of<Conv1d, LazyConv1d>(first)) {
        done = run_conv<1>(modules, y);
      } else if (is_one_of<Conv3d, LazyConv3d>(first)) {
        done = run_conv<3>(modules, y);
      } else if (is_one_of<Linear, LazyLinear>(first)) {
        done = run_linear(modules, y);
      } else if (is_norm(first)) {
        done = run_norm(modules, y);
      }
    }
  }
  if (done > 0) return done;
  y = first(y);
  return 1;
}

size_t Fusion::run(const Children& children, size_t first, Tensor& y) {
  std::array<Module*, 3> modules{};
  size_t count = 0;
  for (size_t i = first; i < children.size() && count < modules.size(); ++i) {
    modules[count++] = children[i].second.get();
  }
  return run(std::span<Module* const>(modules.data(), count), y);
}

}  // namespace lucid::nn::detail
