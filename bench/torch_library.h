// libtorch as the templates of the cases see it; lucid_library.h is the same for lucid.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "conv_cases.h"
#include "data.h"

namespace bench {

struct Torch {
  using Tensor = torch::Tensor;
  using NoGrad = torch::NoGradGuard;
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
  static double rms(const Tensor& x) {
    const Tensor values = x.detach().contiguous();
    return bench::rms(values.data_ptr<float>(), values.numel());
  }
};

}  // namespace bench
