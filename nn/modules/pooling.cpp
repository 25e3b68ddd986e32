#include "nn/modules/pooling.h"

#include <algorithm>

namespace lucid::nn {
namespace {

// "2" for equal sizes, else "(2, 3)": as PyTorch shows what is usually given as one number.
template <size_t Rank>
std::string brief(const Size<Rank>& size) {
  const bool equal = std::all_of(size.begin(), size.end(), [&](auto s) { return s == size[0]; });
  return equal ? std::to_string(size[0]) : to_string(size);
}

// What both kinds of pooling print first.
template <size_t Rank, class Options, class Show>
std::string window_repr(const Size<Rank>& kernel_size, const Options& options, const Show& show) {
  return "kernel_size=" + show(kernel_size) +
         ", stride=" + show(options.stride.value_or(kernel_size)) +
         ", padding=" + show(options.padding);
}

}  // namespace

template <size_t Rank>
Tensor MaxPool<Rank>::forward(const Tensor& x) {
  if constexpr (Rank == 1) return functional::max_pool1d(x, kernel_size_, options_);
  if constexpr (Rank == 2) return functional::max_pool2d(x, kernel_size_, options_);
  if constexpr (Rank == 3) return functional::max_pool3d(x, kernel_size_, options_);
}

template <size_t Rank>
std::string MaxPool<Rank>::extra_repr() const {
  return window_repr(kernel_size_, options_, brief<Rank>) +
         ", dilation=" + brief(options_.dilation) +
         ", ceil_mode=" + (options_.ceil_mode ? "True" : "False");
}

template <size_t Rank>
Tensor AvgPool<Rank>::forward(const Tensor& x) {
  if constexpr (Rank == 1) return functional::avg_pool1d(x, kernel_size_, options_);
  if constexpr (Rank == 2) return functional::avg_pool2d(x, kernel_size_, options_);
  if constexpr (Rank == 3) return functional::avg_pool3d(x, kernel_size_, options_);
}

template <size_t Rank>
std::string AvgPool<Rank>::extra_repr() const {
  // PyTorch turns the sizes of one dimension into tuples.
  if constexpr (Rank == 1) return window_repr(kernel_size_, options_, to_string<1>);
  return window_repr(kernel_size_, options_, brief<Rank>);
}

template <size_t Rank>
Tensor AdaptiveAvgPool<Rank>::forward(const Tensor& x) {
  if constexpr (Rank == 1) return functional::adaptive_avg_pool1d(x, output_size_);
  if constexpr (Rank == 2) return functional::adaptive_avg_pool2d(x, output_size_);
  if constexpr (Rank == 3) return functional::adaptive_avg_pool3d(x, output_size_);
}

template <size_t Rank>
std::string AdaptiveAvgPool<Rank>::extra_repr() const {
  return "output_size=" + brief(output_size_);
}

template <size_t Rank>
Tensor AdaptiveMaxPool<Rank>::forward(const Tensor& x) {
  if constexpr (Rank == 1) return functional::adaptive_max_pool1d(x, output_size_);
  if constexpr (Rank == 2) return functional::adaptive_max_pool2d(x, output_size_);
  if constexpr (Rank == 3) return functional::adaptive_max_pool3d(x, output_size_);
}

template <size_t Rank>
std::string AdaptiveMaxPool<Rank>::extra_repr() const {
  return "output_size=" + brief(output_size_);
}

template class MaxPool<1>;
template class MaxPool<2>;
template class MaxPool<3>;
template class AvgPool<1>;
template class AvgPool<2>;
template class AvgPool<3>;
template class AdaptiveAvgPool<1>;
template class AdaptiveAvgPool<2>;
template class AdaptiveAvgPool<3>;
template class AdaptiveMaxPool<1>;
template class AdaptiveMaxPool<2>;
template class AdaptiveMaxPool<3>;

}  // namespace lucid::nn
