// The networks of model_cases.h, in libtorch.
#pragma once

#include <torch/torch.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "model_cases.h"

namespace bench {

namespace nn = torch::nn;

inline nn::Conv2d torch_conv(int64_t in, int64_t out, int64_t kernel, int64_t stride, bool bias,
                             int64_t groups = 1) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel)
                        .stride(stride)
                        .padding(kernel / 2)
                        .bias(bias)
                        .groups(groups));
}

inline nn::Sequential make_lenet() {
  return nn::Sequential(torch_conv(1, 32, 3, 1, true), nn::ReLU(), nn::MaxPool2d(2),
                        torch_conv(32, 64, 3, 1, true), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                        nn::Linear(64 * 7 * 7, 128), nn::ReLU(), nn::Linear(128, kClasses));
}

inline nn::Sequential make_vgg() {
  nn::Sequential model;
  int64_t in = 3;
  for (const int64_t channels : {64, 128, 256}) {
    for (int i = 0; i < 2; ++i) {
      model->push_back(torch_conv(in, channels, 3, 1, true));
      model->push_back(nn::ReLU());
      in = channels;
    }
    model->push_back(nn::MaxPool2d(2));
  }
  model->push_back(nn::Flatten());
  model->push_back(nn::Linear(256 * 4 * 4, 256));
  model->push_back(nn::ReLU());
  model->push_back(nn::Linear(256, kClasses));
  return model;
}

struct ResidualBlockImpl : nn::Module {
  ResidualBlockImpl(int64_t in, int64_t channels, int64_t stride)
      : conv1(register_module("conv1", torch_conv(in, channels, 3, stride, false))),
        conv2(register_module("conv2", torch_conv(channels, channels, 3, 1, false))),
        norm1(register_module("norm1", nn::BatchNorm2d(channels))),
        norm2(register_module("norm2", nn::BatchNorm2d(channels))) {
    if (in == channels) return;
    shortcut = register_module(
        "shortcut",
        nn::Sequential(torch_conv(in, channels, 1, stride, false), nn::BatchNorm2d(channels)));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = norm1(conv1(x));
    y = norm2(conv2(torch::relu_(y)));
    y += shortcut.is_empty() ? x : shortcut->forward(x);
    return torch::relu_(y);
  }

  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d norm1, norm2;
  nn::Sequential shortcut = nullptr;
};
TORCH_MODULE(ResidualBlock);

inline void add_head(nn::Sequential& model, int64_t channels) {
  model->push_back(nn::AdaptiveAvgPool2d(1));
  model->push_back(nn::Flatten());
  model->push_back(nn::Linear(channels, kClasses));
}

inline nn::ReLU relu_in_place() {
  return nn::ReLU(nn::ReLUOptions(true));
}

inline nn::Sequential make_resnet18() {
  nn::Sequential model(torch_conv(3, 64, 3, 1, false), nn::BatchNorm2d(64), relu_in_place());
  int64_t in = 64;
  for (const int64_t channels : {64, 128, 256, 512}) {
    model->push_back(ResidualBlock(in, channels, channels == 64 ? 1 : 2));
    model->push_back(ResidualBlock(channels, channels, 1));
    in = channels;
  }
  add_head(model, 512);
  return model;
}

inline nn::Sequential make_mobilenet() {
  nn::Sequential model;
  const auto add = [&](const nn::Conv2d& conv, int64_t channels) {
    model->push_back(conv);
    model->push_back(nn::BatchNorm2d(channels));
    model->push_back(relu_in_place());
  };
  add(torch_conv(3, 32, 3, 2, false), 32);
  for (const MobileLayer& layer : mobile_layers()) {
    add(torch_conv(layer.in_channels, layer.in_channels, 3, layer.stride, false, layer.in_channels),
        layer.in_channels);
    add(torch_conv(layer.in_channels, layer.out_channels, 1, 1, false), layer.out_channels);
  }
  add_head(model, 1024);
  return model;
}

inline nn::Sequential make_torch_model(const std::string& name) {
  if (name == "lenet") return make_lenet();
  if (name == "vgg") return make_vgg();
  if (name == "resnet18") return make_resnet18();
  if (name == "mobilenet") return make_mobilenet();
  throw std::invalid_argument("there is no model '" + name + "'");
}

inline torch::Tensor torch_images(const ModelShape& shape, const Batch& batch) {
  return torch::from_blob(const_cast<float*>(batch.images.data()),
                          {shape.batch, shape.channels, shape.size, shape.size});
}

class TorchTrainer {
 public:
  TorchTrainer(const ModelShape& shape, const std::vector<Batch>& batches)
      : model_(make_torch_model(shape.name)),
        optimizer_(model_->parameters(), torch::optim::SGDOptions(shape.lr).momentum(0.9)) {
    for (const Batch& batch : batches) {
      images_.push_back(torch_images(shape, batch));
      labels_.push_back(torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {shape.batch},
                                         torch::kInt64));
    }
  }

  double loss(size_t batch) {
    const torch::NoGradGuard guard;
    return compute(batch).item<float>();
  }

  void step(size_t batch) {
    optimizer_.zero_grad();
    compute(batch).backward();
    optimizer_.step();
  }

 private:
  torch::Tensor compute(size_t batch) {
    return nn::functional::cross_entropy(model_->forward(images_[batch]), labels_[batch]);
  }

  nn::Sequential model_;
  torch::optim::SGD optimizer_;
  std::vector<torch::Tensor> images_, labels_;
};

class TorchPredictor {
 public:
  TorchPredictor(const ModelShape& shape, const Batch& batch)
      : model_(make_torch_model(shape.name)), images_(torch_images(shape, batch).clone()) {
    model_->eval();
    run();
  }

  void run() {
    const c10::InferenceMode guard;
    result_ = model_->forward(images_);
  }
  double value() const { return result_.sum().item<float>(); }

 private:
  nn::Sequential model_;
  torch::Tensor images_, result_;
};

}  // namespace bench
