#include "nn/inference_planner.h"

#include <algorithm>
#include <cstring>

#include "nn/fusion.h"
#include "nn/layer_plan.h"
#include "nn/module_internal.h"
#include "nn/modules/batch_norm.h"
#include "nn/modules/conv.h"
#include "nn/modules/linear.h"

namespace lucid::nn::detail {
namespace {

const Storage* place_of(const Tensor& tensor) {
  return tensor.defined() ? tensor.impl()->storage.get() : nullptr;
}

bool is_linear(const Module& module) {
  return is_one_of<Linear, LazyLinear>(module);
}
bool is_conv(const Module& module) {
  return is_one_of<Conv1d, LazyConv1d, Conv2d, LazyConv2d, Conv3d, LazyConv3d>(module);
}

// Whether it maps each channel by itself, with numbers that are known beforehand.
bool is_fixed(const BatchNorm& norm) {
  return !norm.is_training() && norm.options().track_running_stats;
}

// Whether the second dimension of what the layer gave is what its weights have first.
bool has_channels(const Module& layer, const Shape& y) {
  if (is_linear(layer)) return y.size() == 2;
  const size_t rank = layer.own_parameters()[0].second.shape().size();
  return y.size() == rank;
}

}  // namespace

InferencePlanner::InferencePlanner(Module& model, const Tensor& x) {
  for (const auto& [path, module] : model.named_modules()) {
    if (is_conv(*module) || is_linear(*module) || is_norm(*module)) layers_.push_back({module, {}});
  }
  watch(model, x);
  for (const auto& [place, value] : values_) {
    if (value.read_by_relu) relu_may_reuse_ = relu_may_reuse_ && read_once(place);
  }
  for (Layer& layer : layers_) {
    if (!is_norm(*layer.module)) plan(layer);
  }
  for (Layer& layer : layers_) {
    if (is_norm(*layer.module) && !layer.module->state_->plan) plan(layer);
  }
}

void InferencePlanner::watch(Module& model, const Tensor& x) {
  std::vector<HookHandle> hooks;  // with them no layers are fused
  for (Layer& layer : layers_) {
    hooks.push_back(layer.module->register_forward_hook(
        [this, &layer](Module&, const Tensor& input, const Tensor& output) {
          value(input);
          value(output);
          layer.calls.push_back({input.shape(), output.shape(), place_of(input), place_of(output)});
        }));
  }
  const Tensor y = model(x);
  if (place_of(y)) ++value(y).readers;
}

InferencePlanner::Value& InferencePlanner::value(const Tensor& tensor) {
  Value& value = values_[place_of(tensor)];
  if (!value.kept.defined()) value.kept = tensor;
  return value;
}

void InferencePlanner::operation(const char* name, std::span<const Tensor> inputs,
                                 const Tensor& output) {
  for (const Tensor& input : inputs) {
    if (!place_of(input)) continue;
    Value& read = value(input);
    ++read.readers;
    if (std::strcmp(name, "relu") == 0) read.read_by_relu = true;
  }
  if (place_of(output)) value(output);
}

bool InferencePlanner::read_once(const Storage* place) const {
  const auto found = values_.find(place);
  if (found == values_.end() || found->second.readers != 1) return false;
  const TensorImpl& kept = *found->second.kept.impl();
  return kept.use_count() == 1 && place->use_count() == 1 && place->version() == 0;
}

bool InferencePlanner::before_relu(const Layer& layer) const {
  return std::all_of(layer.calls.begin(), layer.calls.end(), [this](const Call& call) {
    return read_once(call.output) && values_.at(call.output).read_by_relu;
  });
}

InferencePlanner::Layer* InferencePlanner::norm_behind(const Layer& layer) {
  const auto reads = [](const Layer& norm, const Call& call) {
    return std::any_of(norm.calls.begin(), norm.calls.end(),
                       [&call](const Call& other) { return other.input == call.output; });
  };
  for (Layer& norm : layers_) {
    if (!is_norm(*norm.module) || norm.calls.size() != layer.calls.size()) continue;
    const auto& module = static_cast<const BatchNorm&>(*norm.module);
    const Tensor& weight = layer.module->own_parameters()[0].second;
    const bool all = std::all_of(layer.calls.begin(), layer.calls.end(), [&](const Call& call) {
      return read_once(call.output) && has_channels(*layer.module, call.y) && reads(norm, call);
    });
    if (all && is_fixed(module) && module.num_features() == weight.shape(0) &&
        module.running_mean().dtype() == weight.dtype()) {
      return &norm;
    }
  }
  return nullptr;
}

std::string InferencePlanner::note(const Module& module) {
  const LayerPlan* const plan = module.state_->plan.get();
  return plan ? plan->str() : "";
}

void InferencePlanner::drop_plans(Module& model) {
  for (const auto& [path, module] : model.named_modules()) module->state_->plan = nullptr;
}

void InferencePlanner::plan(Layer& layer) {
  if (layer.calls.empty()) return;
  PlanPointer& plan = layer.module->state_->plan;
  if (is_norm(*layer.module)) {
    auto& norm = static_cast<BatchNorm&>(*layer.module);
    if (is_fixed(norm)) plan = plan_norm(norm, before_relu(layer));
    return;
  }
  Layer* const behind = norm_behind(layer);
  auto* const norm = behind ? static_cast<BatchNorm*>(behind->module) : nullptr;
  const bool relu = before_relu(behind ? *behind : layer);
  if (is_linear(*layer.module)) {
    plan = plan_linear(static_cast<Linear&>(*layer.module), norm, relu);
  } else {
    const auto largest =
        std::max_element(layer.calls.begin(), layer.calls.end(),
                         [](const Call& a, const Call& b) { return a.x.numel() < b.x.numel(); });
    plan = plan_conv(*layer.module, norm, relu, largest->x);
  }
  if (behind) behind->module->state_->plan = plan_nothing();
}

}  // namespace lucid::nn::detail
