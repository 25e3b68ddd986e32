#include "nn/layer_plan.h"

#include <optional>
#include <utility>

#include "autograd/observer.h"
#include "lucid/creation.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"
#include "lucid/ops/conv_algorithm.h"
#include "lucid/ops/matmul.h"
#include "lucid/ops/norm.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/prepared_conv.h"
#include "nn/fusion.h"
#include "nn/modules/batch_norm.h"
#include "nn/modules/conv.h"
#include "nn/modules/linear.h"

namespace lucid::nn::detail {

using lucid::detail::message;

namespace {

// Whoever takes the relu of these values is to find that it is done.
Tensor marked(Tensor y, bool relu) {
  y.impl()->rectified = relu;
  return y;
}

void observe(const char* name, const Tensor& x, const Tensor& weight, const Tensor& y) {
  if (!autograd::detail::anybody_observes()) return;
  const Tensor operands[] = {x, weight};
  autograd::detail::observe_forward(name, operands, y);
}

template <class Layer>
Fusion::Weights weights_of(const Layer& layer, const BatchNorm* norm) {
  if (!norm) return {layer.weight(), layer.bias()};
  return Fusion::fold(layer.weight(), layer.bias(), *norm);
}

std::string with_layers(const BatchNorm* norm, bool relu) {
  return message(norm ? " + " + norm->type_name() : "", relu ? " + ReLU" : "");
}

// For inputs of which the layers were not put together.
Tensor one_by_one(Module& layer, BatchNorm& norm, bool relu, const Tensor& x) {
  Tensor y = norm.forward(layer.forward(x));
  if (relu) ops::relu_in_place(y);
  return marked(std::move(y), relu);
}

}  // namespace

template <size_t Rank>
class ConvPlan final : public LayerPlan {
 public:
  ConvPlan(Conv<Rank>& conv, BatchNorm* norm, bool relu, const Shape& x)
      : ConvPlan(conv, norm, relu, x, weights_of(conv, norm)) {}

  Tensor run(const Tensor& x) const override {
    // Without a batch dimension the channels of the norm are others than those of the layer.
    if (norm_ && x.defined() && x.dim() != Rank + 2) return one_by_one(conv_, *norm_, relu_, x);
    Tensor y = conv_.convolve(x, prepared_);
    if (!y.defined()) {
      const Fusion::Weights weights = weights_ ? *weights_ : weights_of(conv_, norm_);
      y = conv_.convolve(x, weights.weight, weights.bias, relu_);
    }
    return marked(std::move(y), relu_);
  }

  std::string str() const override {
    std::string text = with_layers(norm_, relu_);
    if (prepared_.bytes() == 0) return text;
    return message(text, ": ", ops::name(prepared_.algorithm()), ", ", prepared_.bytes(),
                   " bytes of prepared weights");
  }

 private:
  ConvPlan(Conv<Rank>& conv, BatchNorm* norm, bool relu, const Shape& x,
           const Fusion::Weights& weights)
      : conv_(conv),
        norm_(norm),
        relu_(relu),
        prepared_(conv.prepare(x, weights.weight, weights.bias, relu)) {
    if (prepared_.bytes() == 0) weights_ = weights;
  }

  Conv<Rank>& conv_;
  BatchNorm* norm_;
  bool relu_;
  ops::PreparedConv prepared_;
  std::optional<Fusion::Weights> weights_;  // where none are prepared
};

namespace {

class LinearPlan final : public LayerPlan {
 public:
  LinearPlan(Linear& linear, BatchNorm* norm, bool relu)
      : linear_(linear), norm_(norm), relu_(relu), weights_(weights_of(linear, norm)) {}

  Tensor run(const Tensor& x) const override {
    if (norm_ && x.defined() && x.dim() != 2) return one_by_one(linear_, *norm_, relu_, x);
    Tensor y = ops::linear(x, weights_.weight, weights_.bias, relu_);
    observe(relu_ ? "linear_relu" : "linear", x, weights_.weight, y);
    return marked(std::move(y), relu_);
  }
  std::string str() const override { return with_layers(norm_, relu_); }

 private:
  Linear& linear_;
  BatchNorm* norm_;
  bool relu_;
  Fusion::Weights weights_;
};

class NormPlan final : public LayerPlan {
 public:
  NormPlan(BatchNorm& norm, bool relu) : norm_(norm), relu_(relu) {
    scale_ = ops::unary(ops::Unary::rsqrt, ops::binary(ops::Binary::add, norm.running_var(),
                                                       Scalar(norm.options().eps)));
    if (norm.weight().defined()) {
      scale_ = ops::binary(ops::Binary::mul, scale_, norm.weight());
    }
    shift_ = norm.bias().defined()
                 ? Tensor(norm.bias())
                 : zeros(norm.running_mean().shape(), {.dtype = norm.running_mean().dtype()});
  }

  Tensor run(const Tensor& x) const override {
    // What does not fit is left to the layer, which says so.
    const bool fits = x.defined() && x.dim() >= 2 && x.shape(1) == scale_.numel() &&
                      x.dtype() == scale_.dtype() && !x.is_meta();
    if (!fits || !norm_.takes(x.dim())) return norm_.forward(x);
    Tensor y = ops::channel_affine(x, norm_.running_mean(), scale_, shift_, relu_);
    observe(relu_ ? "batch_norm_relu" : "batch_norm", x, scale_, y);
    return marked(std::move(y), relu_);
  }
  std::string str() const override { return with_layers(nullptr, relu_); }

 private:
  BatchNorm& norm_;
  bool relu_;
  Tensor scale_, shift_;
};

class NothingPlan final : public LayerPlan {
 public:
  Tensor run(const Tensor& x) const override { return x; }
  std::string str() const override { return ": part of the layer before"; }
};

template <size_t Rank>
PlanPointer plan_conv_of(Module& conv, BatchNorm* norm, bool relu, const Shape& x) {
  return std::make_unique<ConvPlan<Rank>>(static_cast<Conv<Rank>&>(conv), norm, relu, x);
}

}  // namespace

PlanPointer plan_conv(Module& conv, BatchNorm* norm, bool relu, const Shape& x) {
  if (is_one_of<Conv1d, LazyConv1d>(conv)) return plan_conv_of<1>(conv, norm, relu, x);
  if (is_one_of<Conv2d, LazyConv2d>(conv)) return plan_conv_of<2>(conv, norm, relu, x);
  if (is_one_of<Conv3d, LazyConv3d>(conv)) return plan_conv_of<3>(conv, norm, relu, x);
  return nullptr;
}

PlanPointer plan_linear(Linear& linear, BatchNorm* norm, bool relu) {
  return std::make_unique<LinearPlan>(linear, norm, relu);
}

PlanPointer plan_norm(BatchNorm& norm, bool relu) {
  return std::make_unique<NormPlan>(norm, relu);
}

PlanPointer plan_nothing() {
  return std::make_unique<NothingPlan>();
}

}  // namespace lucid::nn::detail
