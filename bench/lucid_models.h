// The networks of model_cases.h, in lucid.
#pragma once

#include <lucid/lucid.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "model_cases.h"

namespace bench {

namespace nn = lucid::nn;

inline nn::Sequential make_lenet() {
  return nn::Sequential{nn::LazyConv2d(32, 3, {.padding = 1}),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::LazyConv2d(64, 3, {.padding = 1}),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::Flatten(),
                        nn::LazyLinear(128),
                        nn::ReLU(),
                        nn::LazyLinear(kClasses)};
}

inline nn::Sequential make_vgg() {
  nn::Sequential model;
  for (const int64_t channels : {64, 128, 256}) {
    for (int i = 0; i < 2; ++i) {
      model.push_back(nn::LazyConv2d(channels, 3, {.padding = 1}));
      model.push_back(nn::ReLU());
    }
    model.push_back(nn::MaxPool2d(2));
  }
  model.push_back(nn::Flatten());
  model.push_back(nn::LazyLinear(256));
  model.push_back(nn::ReLU());
  model.push_back(nn::LazyLinear(kClasses));
  return model;
}

struct ResidualBlock : nn::Module {
  ResidualBlock(int64_t channels, int64_t stride, bool project)
      : conv1(register_module(
            "conv1", nn::LazyConv2d(channels, 3, {.stride = stride, .padding = 1, .bias = false}))),
        conv2(register_module("conv2", nn::LazyConv2d(channels, 3, {.padding = 1, .bias = false}))),
        norm1(register_module("norm1", nn::LazyBatchNorm2d())),
        norm2(register_module("norm2", nn::LazyBatchNorm2d())),
        relu(register_module("relu", nn::ReLU())),
        shortcut(register_module("shortcut", nn::Sequential())) {
    if (!project) return;
    shortcut.push_back(nn::LazyConv2d(channels, 1, {.stride = stride, .bias = false}));
    shortcut.push_back(nn::LazyBatchNorm2d());
  }

  lucid::Tensor forward(const lucid::Tensor& x) override {
    const lucid::Tensor y = nn::fused(x, conv1, norm1, relu, conv2, norm2);
    return lucid::relu(y + shortcut(x));
  }

  nn::LazyConv2d conv1, conv2;
  nn::LazyBatchNorm2d norm1, norm2;
  nn::ReLU relu;
  nn::Sequential shortcut;
};

inline nn::Sequential make_resnet18() {
  nn::Sequential model{nn::LazyConv2d(64, 3, {.padding = 1, .bias = false}), nn::LazyBatchNorm2d(),
                       nn::ReLU()};
  for (const int64_t channels : {64, 128, 256, 512}) {
    const bool first = channels == 64;
    model.push_back(ResidualBlock(channels, first ? 1 : 2, !first));
    model.push_back(ResidualBlock(channels, 1, false));
  }
  model.push_back(nn::AdaptiveAvgPool2d(1));
  model.push_back(nn::Flatten());
  model.push_back(nn::LazyLinear(kClasses));
  return model;
}

inline nn::Sequential make_mobilenet() {
  nn::Sequential model;
  const auto add = [&](const nn::LazyConv2d& conv) {
    model.push_back(conv);
    model.push_back(nn::LazyBatchNorm2d());
    model.push_back(nn::ReLU());
  };
  add(nn::LazyConv2d(32, 3, {.stride = 2, .padding = 1, .bias = false}));
  for (const MobileLayer& layer : mobile_layers()) {
    add(nn::LazyConv2d(
        layer.in_channels, 3,
        {.stride = layer.stride, .padding = 1, .groups = layer.in_channels, .bias = false}));
    add(nn::LazyConv2d(layer.out_channels, 1, {.bias = false}));
  }
  model.push_back(nn::AdaptiveAvgPool2d(1));
  model.push_back(nn::Flatten());
  model.push_back(nn::LazyLinear(kClasses));
  return model;
}

inline nn::Sequential make_lucid_model(const std::string& name) {
  if (name == "lenet") return make_lenet();
  if (name == "vgg") return make_vgg();
  if (name == "resnet18") return make_resnet18();
  if (name == "mobilenet") return make_mobilenet();
  throw std::invalid_argument("there is no model '" + name + "'");
}

inline lucid::Tensor lucid_images(const ModelShape& shape, const Batch& batch) {
  return lucid::from_blob(const_cast<float*>(batch.images.data()),
                          {shape.batch, shape.channels, shape.size, shape.size});
}

class LucidTrainer {
 public:
  LucidTrainer(const ModelShape& shape, const std::vector<Batch>& batches)
      : model_(make_lucid_model(shape.name)),
        optimizer_(model_.parameters(), {.lr = shape.lr, .momentum = 0.9}) {
    for (const Batch& batch : batches) {
      images_.push_back(lucid_images(shape, batch));
      labels_.push_back(lucid::from_blob(const_cast<int64_t*>(batch.labels.data()), {shape.batch},
                                         {.dtype = lucid::int64}));
    }
  }

  double loss(size_t batch) {
    const lucid::NoGradGuard guard;
    return compute(batch).item<float>();
  }

  void step(size_t batch) {
    optimizer_.zero_grad();
    compute(batch).backward();
    optimizer_.step();
  }

 private:
  lucid::Tensor compute(size_t batch) {
    return nn::functional::cross_entropy(model_(images_[batch]), labels_[batch]);
  }

  nn::Sequential model_;
  lucid::optim::SGD optimizer_;
  std::vector<lucid::Tensor> images_, labels_;
};

class LucidPredictor {
 public:
  LucidPredictor(const ModelShape& shape, const Batch& batch, const Options& options)
      : model_(make_lucid_model(shape.name)), images_(lucid_images(shape, batch).clone()) {
    model_.eval();
    if (options.optimised) optimised_ = nn::optimize_for_inference(model_, images_.shape());
    run();
  }

  void run() {
    const lucid::InferenceMode guard;
    result_ = optimised_ ? (*optimised_)(images_) : model_(images_);
  }
  double value() const { return lucid::sum(result_).item<float>(); }

 private:
  nn::Sequential model_;
  std::optional<nn::InferenceModel> optimised_;
  lucid::Tensor images_, result_;
};

}  // namespace bench
