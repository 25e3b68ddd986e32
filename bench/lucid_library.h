// lucid as the templates of the cases see it; torch_library.h is the same for libtorch.
#pragma once

#include <lucid/lucid.h>

#include <vector>

#include "conv_cases.h"
#include "data.h"

namespace bench {

struct Lucid {
  using Tensor = lucid::Tensor;
  using NoGrad = lucid::NoGradGuard;
  using Sizes = std::vector<int64_t>;

  static Tensor tensor(const std::vector<float>& values, const Sizes& sizes) {
    return lucid::from_blob(const_cast<float*>(values.data()), sizes).clone();
  }
  static Tensor parameter(const std::vector<float>& values, const Sizes& sizes) {
    return tensor(values, sizes).requires_grad_();
  }
  static Tensor conv2d(const Tensor& x, const Tensor& weight, const ConvShape& shape) {
    return lucid::nn::functional::conv2d(
        x, weight, {}, {.stride = shape.stride, .padding = shape.padding, .groups = shape.groups});
  }
  static Tensor grad(const Tensor& y, const Tensor& x, const Tensor& grad) {
    return lucid::autograd::grad({y}, {x}, {grad}, {.retain_graph = true})[0];
  }
  static double rms(const Tensor& x) {
    const Tensor values = x.contiguous();
    return bench::rms(values.data<float>(), values.numel());
  }
};

}  // namespace bench
