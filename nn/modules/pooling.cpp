#include "nn/modules/pooling.h"

namespace lucid::nn {
namespace {

// "2" for equal sizes, else "(2, 3)": as PyTorch shows what is usually given as one number.
std::string brief(Size2d size) {
  return size[0] == size[1] ? std::to_string(size[0]) : to_string(size);
}

// What both kinds of pooling print first.
template <class Options>
std::string window_repr(Size2d kernel_size, const Options& options) {
  return "kernel_size=" + brief(kernel_size) +
         ", stride=" + brief(options.stride.value_or(kernel_size)) +
         ", padding=" + brief(options.padding);
}

}  // namespace

Tensor MaxPool2d::forward(const Tensor& x) {
  return functional::max_pool2d(x, kernel_size_, options_);
}

std::string MaxPool2d::extra_repr() const {
  return window_repr(kernel_size_, options_) + ", dilation=" + brief(options_.dilation) +
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
  return "output_size=" + brief(output_size_);
}

}  // namespace lucid::nn
