// libtorch as the templates of the cases see it; lucid_library.h is the same for lucid.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <vector>

#include "conv_cases.h"
#include "data.h"
#include "torch_models.h"

namespace bench {

struct Torch {
  using Tensor = torch::Tensor;
  using NoGrad = torch::NoGradGuard;
  using Trainer = TorchTrainer;
  using Predictor = TorchPredictor;
  using Sizes = std::vector<int64_t>;

  static Tensor tensor(const std::vector<float>& values, const Sizes& sizes) {
    return torch::from_blob(const_cast<float*>(values.data()), sizes).clone();
  }
  static Tensor parameter(const std::vector<float>& values, const Sizes& sizes) {
    return tensor(values, sizes).requires_grad_();
  }
  static Tensor conv2d(const Tensor& x, const Tensor& weight, const ConvShape& shape) {
    return torch::conv2d(x, weight, {}, shape.stride, shape.padding, 1, shape.groups);
  }
  static Tensor grad(const Tensor& y, const Tensor& x, const Tensor& grad) {
    return torch::autograd::grad({y}, {x}, {grad}, /*retain_graph=*/true)[0];
  }
  static void backward(const Tensor& y, const Tensor& grad) { y.backward(grad); }

  static Tensor labels(const std::vector<int64_t>& classes) {
    return torch::tensor(classes, torch::kInt64);
  }
  static Tensor cross_entropy(const Tensor& x, const Tensor& labels) {
    return nn::functional::cross_entropy(x, labels);
  }
  static Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                           const Tensor& weight, const Tensor& bias) {
    return torch::batch_norm(x, weight, bias, running_mean, running_var, /*training=*/true,
                             /*momentum=*/0.1, /*eps=*/1e-5, /*cudnn_enabled=*/false);
  }
  static Tensor max_pool2d(const Tensor& x, int64_t kernel) { return torch::max_pool2d(x, kernel); }
  static Tensor avg_pool2d(const Tensor& x, int64_t kernel) { return torch::avg_pool2d(x, kernel); }
  /// As many of the values as x has elements.
  static Tensor filled_like(const Tensor& x, const std::vector<float>& values) {
    return torch::from_blob(const_cast<float*>(values.data()), x.sizes()).clone();
  }

  static void set_grad(const Tensor& x, const Tensor& grad) { x.mutable_grad() = grad; }
  static std::function<void()> sgd(const Tensor& x) {
    return stepper<torch::optim::SGD>(x, torch::optim::SGDOptions(1e-3).momentum(0.9));
  }
  static std::function<void()> adam(const Tensor& x) {
    return stepper<torch::optim::Adam>(x, torch::optim::AdamOptions());
  }
  static std::function<void()> adamw(const Tensor& x) {
    return stepper<torch::optim::AdamW>(x, torch::optim::AdamWOptions());
  }

  static double rms(const Tensor& x) {
    const Tensor values = x.detach().contiguous();
    return bench::rms(values.data_ptr<float>(), values.numel());
  }

 private:
  template <class Optimizer, class OptimizerOptions>
  static std::function<void()> stepper(const Tensor& x, const OptimizerOptions& options) {
    auto optimizer = std::make_shared<Optimizer>(std::vector{x}, options);
    return [=] { optimizer->step(); };
  }
};

}  // namespace bench
