// lucid as the templates of the cases see it; torch_library.h is the same for libtorch.
#pragma once

#include <lucid/lucid.h>

#include <functional>
#include <memory>
#include <vector>

#include "conv_cases.h"
#include "data.h"
#include "lucid_models.h"

namespace bench {

struct Lucid {
  using Tensor = lucid::Tensor;
  using NoGrad = lucid::NoGradGuard;
  using Trainer = LucidTrainer;
  using Predictor = LucidPredictor;
  using Sizes = std::vector<int64_t>;

  static Tensor tensor(const std::vector<float>& values, const Sizes& sizes) {
    return lucid::from_blob(const_cast<float*>(values.data()), sizes).clone();
  }
  static Tensor parameter(const std::vector<float>& values, const Sizes& sizes) {
    return tensor(values, sizes).requires_grad_();
  }
  static Tensor conv2d(const Tensor& x, const Tensor& weight, const ConvShape& shape) {
    return nn::functional::conv2d(
        x, weight, {}, {.stride = shape.stride, .padding = shape.padding, .groups = shape.groups});
  }
  static Tensor grad(const Tensor& y, const Tensor& x, const Tensor& grad) {
    return lucid::autograd::grad({y}, {x}, {grad}, {.retain_graph = true})[0];
  }
  static void backward(const Tensor& y, const Tensor& grad) { y.backward(grad); }

  static Tensor labels(const std::vector<int64_t>& classes) { return lucid::tensor(classes); }
  static Tensor cross_entropy(const Tensor& x, const Tensor& labels) {
    return nn::functional::cross_entropy(x, labels);
  }
  static Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                           const Tensor& weight, const Tensor& bias) {
    return lucid::batch_norm(x, running_mean, running_var, weight, bias, {.training = true});
  }
  static Tensor max_pool2d(const Tensor& x, int64_t kernel) {
    return nn::functional::max_pool2d(x, kernel);
  }
  static Tensor avg_pool2d(const Tensor& x, int64_t kernel) {
    return nn::functional::avg_pool2d(x, kernel);
  }
  /// As many of the values as x has elements.
  static Tensor filled_like(const Tensor& x, const std::vector<float>& values) {
    return lucid::from_blob(const_cast<float*>(values.data()), x.shape()).clone();
  }

  static void set_grad(const Tensor& x, const Tensor& grad) { x.set_grad(grad); }
  static std::function<void()> sgd(const Tensor& x) {
    return stepper<lucid::optim::SGD>(x, lucid::optim::SGDOptions{.lr = 1e-3, .momentum = 0.9});
  }
  static std::function<void()> adam(const Tensor& x) {
    return stepper<lucid::optim::Adam>(x, lucid::optim::AdamOptions{});
  }
  static std::function<void()> adamw(const Tensor& x) {
    return stepper<lucid::optim::AdamW>(x, lucid::optim::AdamWOptions{});
  }

  static double rms(const Tensor& x) {
    const Tensor values = x.contiguous();
    return bench::rms(values.data<float>(), values.numel());
  }

 private:
  template <class Optimizer, class OptimizerOptions>
  static std::function<void()> stepper(const Tensor& x, const OptimizerOptions& options) {
    const nn::Parameter parameter = nn::Parameter::adopt(x, true);
    auto optimizer = std::make_shared<Optimizer>(std::vector{parameter}, options);
    return [=] { optimizer->step(); };
  }
};

}  // namespace bench
