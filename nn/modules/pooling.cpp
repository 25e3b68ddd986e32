#include "nn/modules/pooling.h"

namespace lucid::nn {
namespace {

// What both kinds of pooling print first.
template <class Options>
std::string window_repr(Size2d kernel_size, const Options& options) {
  return "kernel_size=" + to_string(kernel_size) +
         ", stride=" + to_string(options.stride.value_or(kernel_size)) +
         ", padding=" + to_string(options.padding);
}

}  // namespace

Tensor MaxPool2d::forward(const Tensor& x) {
  return functional::max_pool2d(x, kernel_size_, options_);
}

std::string MaxPool2d::extra_repr() const {
  return window_repr(kernel_size_, options_) + ", dilation=" + to_string(options_.dilation) +
         ", ceil_mode=" + (options_.ceil_mode ? "True" : "False");
}

Tensor AvgPool2d::forward(const Tensor& x) {
  return functional::avg_pool2d(x, kernel_size_, options_);
}

std::string AvgPool2d::extra_repr() const {
  return window_repr(kernel_size_, options_);
}

Tensor AdaptiveAvgPool2d::forward(const Tensor& x) {
  return functional::adaptive_avg_pool2d(x, output_size_);
}

std::string AdaptiveAvgPool2d::extra_repr() const {
  return "output_size=" + to_string(output_size_);
}

}  // namespace lucid::nn
