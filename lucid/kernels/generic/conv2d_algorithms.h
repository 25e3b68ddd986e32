// The three passes of a convolution by the algorithm that the shape names.
#pragma once

#include "lucid/kernels/generic/conv2d_weight.h"
#include "lucid/kernels/generic/depthwise.h"
#include "lucid/kernels/generic/depthwise_rows.h"
#include "lucid/kernels/generic/im2col.h"
#include "lucid/kernels/generic/pixel.h"
#include "lucid/kernels/generic/pixel_weight.h"
#include "lucid/kernels/generic/winograd_weight.h"

namespace lucid::kernels::generic {

/// Calls f with the forward, or the input gradient, of the algorithm that the shape names, and
/// returns true; false if that is the direct one, or if there is nothing to compute.
template <class Arch, bool Gradient, class F>
LUCID_INLINE bool by_algorithm(const Conv2dShape& s, const F& f) {
  using Engine = ConvEngine<Arch, float>;
  if (no_inputs<Arch>(s) || no_outputs<Arch>(s)) return false;
  const auto pass = [&]<class Algorithm>() {
    if constexpr (Gradient) {
      f(Algorithm::input_gradient(s));
    } else {
      f(Algorithm::forward(s));
    }
    return true;
  };
  switch (s.algorithm) {
    case ConvAlgorithm::winograd_2x2_3x3:
      return pass.template operator()<WinogradConvolution<Arch, WinogradF23>>();
    case ConvAlgorithm::winograd_4x4_3x3:
      return pass.template operator()<WinogradConvolution<Arch, WinogradF43>>();
    case ConvAlgorithm::winograd_2x2_5x5:
      return pass.template operator()<WinogradConvolution<Arch, WinogradF25>>();
    case ConvAlgorithm::pixel:
      f(PixelConvolution<Arch>(Gradient ? Engine::input_gradient(s) : Engine::forward(s)));
      return true;
    case ConvAlgorithm::depthwise:
      return pass.template operator()<DepthwiseConvolution<Arch>>();
    case ConvAlgorithm::depthwise_rows:
      f(DepthwiseRows<Arch>(Gradient ? Engine::input_gradient(s) : Engine::forward(s)));
      return true;
    case ConvAlgorithm::im2col:
      if constexpr (Gradient) return false;
      f(Im2colConvolution<Arch>(s));
      return true;
    default:
      return false;
  }
}

/// The same for the weight gradient.
template <class Arch, class F>
LUCID_INLINE bool weight_gradient_by_algorithm(const Conv2dShape& s, const F& f) {
  if (no_inputs<Arch>(s) || no_outputs<Arch>(s)) return false;
  switch (s.algorithm) {
    case ConvAlgorithm::winograd_2x2_3x3:
      f(WinogradWeightGradient<Arch, WinogradF23>(s));
      return true;
    case ConvAlgorithm::winograd_4x4_3x3:
      f(WinogradWeightGradient<Arch, WinogradF43>(s));
      return true;
    case ConvAlgorithm::winograd_2x2_5x5:
      f(WinogradWeightGradient<Arch, WinogradF25>(s));
      return true;
    case ConvAlgorithm::pixel:
      f(PixelWeightGradient<Arch>(s));
      return true;
    case ConvAlgorithm::depthwise:
      f(DepthwiseWeightGradient<Arch>(s));
      return true;
    case ConvAlgorithm::depthwise_rows:
      f(DepthwiseRowsWeightGradient<Arch>(s));
      return true;
    default:
      return false;
  }
}

template <class Arch, class T>
int64_t conv2d_forward_scratch(const Conv2dShape& s) {
  if constexpr (std::is_same_v<T, float>) {
    int64_t size = 0;
    if (by_algorithm<Arch, false>(s, [&](const auto& c) { size = c.scratch(); })) return size;
  }
  return direct_forward_scratch<Arch, T>(s);
}

template <class Arch, class T>
void conv2d_forward(const Conv2dShape& s, const T* x, const T* weight, const T* bias, T* y,
                    T* scratch) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_algorithm<Arch, false>(s, [&](const auto& c) { c.run(x, weight, bias, y, scratch); })) {
      return;
    }
  }
  direct_forward<Arch, T>(s, x, weight, bias, y, scratch);
}

template <class Arch, class T>
int64_t conv2d_prepared_size(const Conv2dShape& s) {
  if constexpr (std::is_same_v<T, float>) {
    int64_t size = 0;
    if (by_algorithm<Arch, false>(s, [&](const auto& c) { size = c.prepared_size(); })) return size;
  }
  return direct_prepared_size<Arch, T>(s);
}

template <class Arch, class T>
void conv2d_prepare_weights(const Conv2dShape& s, const T* weight, T* prepared) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_algorithm<Arch, false>(s, [&](const auto& c) { c.prepare(weight, prepared); })) return;
  }
  direct_prepare_weights<Arch, T>(s, weight, prepared);
}

template <class Arch, class T>
int64_t conv2d_input_gradient_scratch(const Conv2dShape& s) {
  if constexpr (std::is_same_v<T, float>) {
    int64_t size = 0;
    if (by_algorithm<Arch, true>(s, [&](const auto& c) { size = c.scratch(); })) return size;
  }
  return direct_input_gradient_scratch<Arch, T>(s);
}

template <class Arch, class T>
void conv2d_input_gradient(const Conv2dShape& s, const T* grad_y, const T* weight, T* grad_x,
                           T* scratch) {
  if constexpr (std::is_same_v<T, float>) {
    const T* no_bias = nullptr;
    if (by_algorithm<Arch, true>(
            s, [&](const auto& c) { c.run(grad_y, weight, no_bias, grad_x, scratch); })) {
      return;
    }
  }
  direct_input_gradient<Arch, T>(s, grad_y, weight, grad_x, scratch);
}

template <class Arch, class T>
int64_t conv2d_weight_gradient_scratch(const Conv2dShape& s) {
  if constexpr (std::is_same_v<T, float>) {
    int64_t size = 0;
    if (weight_gradient_by_algorithm<Arch>(s, [&](const auto& c) { size = c.scratch(); })) {
      return size;
    }
  }
  return direct_weight_gradient_scratch<Arch, T>(s);
}

template <class Arch, class T>
void conv2d_weight_gradient(const Conv2dShape& s, const T* grad_y, const T* x, T* grad_weight,
                            T* scratch) {
  if constexpr (std::is_same_v<T, float>) {
    if (weight_gradient_by_algorithm<Arch>(
            s, [&](const auto& c) { c.run(grad_y, x, grad_weight, scratch); })) {
      return;
    }
  }
  direct_weight_gradient<Arch, T>(s, grad_y, x, grad_weight, scratch);
}

}  // namespace lucid::kernels::generic
