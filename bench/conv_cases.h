// The convolutions that are measured. Every shape has three cases, SHAPE/forward, SHAPE/input and
// SHAPE/weight: the result, and the gradients with respect to the input and to the weight.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data.h"
#include "server.h"

namespace bench {

struct ConvShape {
  std::string name;
  int64_t batch, in_channels, height, width, out_channels, kernel, stride, padding, groups;

  int64_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  int64_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  std::vector<int64_t> x() const { return {batch, in_channels, height, width}; }
  std::vector<int64_t> weight() const {
    return {out_channels, in_channels / groups, kernel, kernel};
  }
  std::vector<int64_t> y() const { return {batch, out_channels, out_height(), out_width()}; }
  /// Those of the sum of products, also where the algorithm does fewer.
  double flops() const {
    return 2.0 * static_cast<double>(batch * out_channels * out_height() * out_width()) *
           static_cast<double>(in_channels / groups * kernel * kernel);
  }
};

inline int64_t product(const std::vector<int64_t>& sizes) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  return count;
}

/// name, N, C, H, W, K, kernel, stride, padding, groups.
inline std::vector<ConvShape> conv_shapes() {
  return {
      {"vgg1_2", 8, 64, 112, 112, 64, 3, 1, 1, 1},   {"res2", 32, 64, 56, 56, 64, 3, 1, 1, 1},
      {"res3", 32, 128, 28, 28, 128, 3, 1, 1, 1},    {"res4", 32, 256, 14, 14, 256, 3, 1, 1, 1},
      {"res5", 32, 512, 7, 7, 512, 3, 1, 1, 1},      {"stem", 32, 3, 224, 224, 64, 7, 2, 3, 1},
      {"pw256", 32, 256, 14, 14, 1024, 1, 1, 0, 1},  {"down", 32, 64, 56, 56, 128, 3, 2, 1, 1},
      {"dw3x3", 32, 128, 56, 56, 128, 3, 1, 1, 128}, {"mnist1", 64, 1, 28, 28, 32, 3, 1, 1, 1},
      {"mnist2", 64, 32, 14, 14, 64, 3, 1, 1, 1},    {"k5", 32, 32, 28, 28, 64, 5, 1, 2, 1},
  };
}

/// Ordinary layers of well-known networks, with smaller batches.
inline std::vector<ConvShape> more_conv_shapes() {
  return {
      // AlexNet (Krizhevsky et al., 2012, in the form of one GPU)
      {"alexnet1", 16, 3, 224, 224, 64, 11, 4, 2, 1},
      {"alexnet2", 16, 64, 27, 27, 192, 5, 1, 2, 1},
      {"alexnet3", 16, 192, 13, 13, 384, 3, 1, 1, 1},
      {"alexnet5", 16, 256, 13, 13, 256, 3, 1, 1, 1},
      // GoogLeNet (Szegedy et al., 2015)
      {"google3a_3x3", 16, 96, 28, 28, 128, 3, 1, 1, 1},
      {"google3a_5x5", 16, 16, 28, 28, 32, 5, 1, 2, 1},
      {"google4a_1x1", 16, 480, 14, 14, 192, 1, 1, 0, 1},
      {"google5b_3x3", 16, 192, 7, 7, 384, 3, 1, 1, 1},
      // ResNet-50 (He et al., 2016)
      {"resnet2_reduce", 16, 256, 56, 56, 64, 1, 1, 0, 1},
      {"resnet2_expand", 16, 64, 56, 56, 256, 1, 1, 0, 1},
      {"resnet3_project", 16, 256, 56, 56, 512, 1, 2, 0, 1},
      {"resnet4_down", 16, 256, 28, 28, 256, 3, 2, 1, 1},
      {"resnet5_expand", 16, 512, 7, 7, 2048, 1, 1, 0, 1},
      // ResNeXt-50 (Xie et al., 2017)
      {"resnext3_group", 16, 256, 28, 28, 256, 3, 1, 1, 32},
      // MobileNetV2 (Sandler et al., 2018)
      {"mobile1_stem", 16, 3, 224, 224, 32, 3, 2, 1, 1},
      {"mobile2_dw_s2", 16, 96, 112, 112, 96, 3, 2, 1, 96},
      {"mobile3_expand", 16, 24, 56, 56, 144, 1, 1, 0, 1},
      {"mobile3_dw", 16, 144, 56, 56, 144, 3, 1, 1, 144},
      {"mobile5_dw", 16, 384, 14, 14, 384, 3, 1, 1, 384},
      {"mobile5_project", 16, 384, 14, 14, 64, 1, 1, 0, 1},
      {"mobile7_dw", 16, 960, 7, 7, 960, 3, 1, 1, 960},
      // U-Net (Ronneberger et al., 2015, with padding)
      {"unet1", 2, 64, 256, 256, 64, 3, 1, 1, 1},
      {"unet4", 2, 512, 32, 32, 512, 3, 1, 1, 1},
      {"unet_up1", 2, 128, 256, 256, 64, 3, 1, 1, 1},
      {"unet_head", 2, 64, 256, 256, 2, 1, 1, 0, 1},
  };
}

enum class Pass { forward, input, weight };

/// x, weight, and the gradient of the result.
struct ConvData {
  std::vector<float> x, weight, grad;

  ConvData(const ConvShape& shape, bool denormal) {
    const float scale = denormal ? kDenormal : 1.0F;
    x = noise(product(shape.x()), 1, scale);
    weight = noise(product(shape.weight()), 2, scale);
    grad = noise(product(shape.y()), 3, scale);
  }
};

/// prepare(shape, pass, data) makes a case ready.
template <class Prepare>
Cases conv_cases_with(const Options& options, const Prepare& prepare) {
  const std::pair<const char*, Pass> passes[] = {
      {"/forward", Pass::forward}, {"/input", Pass::input}, {"/weight", Pass::weight}};
  Cases cases;
  std::vector<ConvShape> shapes = conv_shapes();
  for (const ConvShape& shape : more_conv_shapes()) shapes.push_back(shape);
  for (const ConvShape& shape : shapes) {
    for (const auto& [suffix, pass] : passes) {
      const Pass which = pass;
      cases.push_back({shape.name + suffix, shape.flops(),
                       [=] { return prepare(shape, which, ConvData(shape, options.denormal)); }});
    }
  }
  return cases;
}

/// For Library with tensors and autograd, through its public functions. Library has Tensor,
/// NoGrad, tensor(values, shape), parameter(values, shape), conv2d(x, weight, shape),
/// grad(y, x, gradient of y), which keeps what was saved, and rms(tensor).
template <class Library>
Cases conv_cases(const Options& options) {
  using Tensor = typename Library::Tensor;
  return conv_cases_with(options, [](const ConvShape& shape, Pass pass, const ConvData& data) {
    const auto make = [&](const std::vector<float>& values, const std::vector<int64_t>& sizes,
                          bool needed) {
      return needed ? Library::parameter(values, sizes) : Library::tensor(values, sizes);
    };
    const Tensor x = make(data.x, shape.x(), pass == Pass::input);
    const Tensor weight = make(data.weight, shape.weight(), pass == Pass::weight);
    auto result = std::make_shared<Tensor>();
    Prepared prepared;
    if (pass == Pass::forward) {
      prepared.run = [=] {
        const typename Library::NoGrad guard;
        *result = Library::conv2d(x, weight, shape);
      };
    } else {
      const Tensor grad = Library::tensor(data.grad, shape.y());
      const Tensor y = Library::conv2d(x, weight, shape);
      const Tensor wanted = pass == Pass::input ? x : weight;
      prepared.run = [=] { *result = Library::grad(y, wanted, grad); };
    }
    prepared.value = [=] {
      prepared.run();
      return Library::rms(*result);
    };
    return prepared;
  });
}

}  // namespace bench
