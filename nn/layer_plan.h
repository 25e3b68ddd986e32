// Internal: how the layers of a model run that was optimised for inference.
#pragma once

#include <memory>
#include <string>

#include "lucid/tensor.h"

namespace lucid::nn {

class BatchNorm;
class Linear;
class Module;

namespace detail {

/// What calls of a layer run instead of its forward(). Plans are made once and never change, so
/// that threads may share them. A plan knows its layer, and the batch norm behind it, by address:
/// the model keeps them.
class LayerPlan {
 public:
  LayerPlan() = default;
  LayerPlan(const LayerPlan&) = delete;
  LayerPlan& operator=(const LayerPlan&) = delete;
  virtual ~LayerPlan() = default;
  virtual Tensor run(const Tensor& x) const = 0;
  /// What stands behind the layer when the model is printed.
  virtual std::string str() const = 0;
};

using PlanPointer = std::unique_ptr<const LayerPlan>;

/// Of a convolution with inputs like one of shape x, a batch norm in evaluation behind it (unless
/// null), whose own plan is then plan_nothing(), and maybe a relu. Null for other modules.
PlanPointer plan_conv(Module& conv, BatchNorm* norm, bool relu, const Shape& x);
PlanPointer plan_linear(Linear& linear, BatchNorm* norm, bool relu);
/// Of a batch norm in evaluation by itself.
PlanPointer plan_norm(BatchNorm& norm, bool relu);
/// Of a layer that another one computes.
PlanPointer plan_nothing();

}  // namespace detail
}  // namespace lucid::nn
