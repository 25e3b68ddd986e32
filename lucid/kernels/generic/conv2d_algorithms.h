// The three passes of a convolution by the algorithm that the shape names.
#pragma once

#include "lucid/kernels/generic/conv2d_weight.h"
#include "lucid/kernels/generic/pixel.h"
#include "lucid/kernels/generic/pixel_weight.h"
#include "lucid/kernels/generic/winograd_weight.h"

namespace lucid::kernels::generic {

/// Calls f with the Winograd scheme of the shape and returns true; false if there is none, or
/// nothing to compute.
template <class Arch, class T, class F>
LUCID_INLINE bool by_scheme(const Conv2dShape& s, const F& f) {
  if constexpr (std::is_same_v<T, float>) {
    if (no_inputs<Arch>(s) || no_outputs<Arch>(s)) return false;
    switch (s.algorithm) {
      case ConvAlgorithm::winograd_2x2_3x3:
        f(WinogradF23());
        return true;
      case ConvAlgorithm::winograd_4x4_3x3:
        f(WinogradF43());
        return true;
      case ConvAlgorithm::winograd_2x2_5x5:
        f(WinogradF25());
        return true;
      default:
        break;
    }
  }
  return false;
}

/// Whether channels go into the lanes, and there is something to compute.
template <class Arch, class T>
LUCID_INLINE bool by_pixel(const Conv2dShape& s) {
  return std::is_same_v<T, float> && s.algorithm == ConvAlgorithm::pixel && !no_inputs<Arch>(s) &&
         !no_outputs<Arch>(s);
}

template <class Arch, class T>
int64_t conv2d_forward_scratch(const Conv2dShape& s) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_pixel<Arch, T>(s)) {
      return PixelConvolution<Arch>(ConvEngine<Arch, T>::forward(s)).scratch();
    }
  }
  int64_t size = 0;
  const bool done = by_scheme<Arch, T>(s, [&]<class Scheme>(Scheme) {
    size = WinogradConvolution<Arch, Scheme>::forward(s).scratch();
  });
  return done ? size : direct_forward_scratch<Arch, T>(s);
}

template <class Arch, class T>
void conv2d_forward(const Conv2dShape& s, const T* x, const T* weight, const T* bias, T* y,
                    T* scratch) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_pixel<Arch, T>(s)) {
      return PixelConvolution<Arch>(ConvEngine<Arch, T>::forward(s))
          .run(x, weight, bias, y, scratch);
    }
  }
  const bool done = by_scheme<Arch, T>(s, [&]<class Scheme>(Scheme) {
    WinogradConvolution<Arch, Scheme>::forward(s).run(x, weight, bias, y, scratch);
  });
  if (!done) direct_forward<Arch, T>(s, x, weight, bias, y, scratch);
}

template <class Arch, class T>
int64_t conv2d_input_gradient_scratch(const Conv2dShape& s) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_pixel<Arch, T>(s)) {
      return PixelConvolution<Arch>(ConvEngine<Arch, T>::input_gradient(s)).scratch();
    }
  }
  int64_t size = 0;
  const bool done = by_scheme<Arch, T>(s, [&]<class Scheme>(Scheme) {
    size = WinogradConvolution<Arch, Scheme>::input_gradient(s).scratch();
  });
  return done ? size : direct_input_gradient_scratch<Arch, T>(s);
}

template <class Arch, class T>
void conv2d_input_gradient(const Conv2dShape& s, const T* grad_y, const T* weight, T* grad_x,
                           T* scratch) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_pixel<Arch, T>(s)) {
      const float* no_bias = nullptr;
      return PixelConvolution<Arch>(ConvEngine<Arch, T>::input_gradient(s))
          .run(grad_y, weight, no_bias, grad_x, scratch);
    }
  }
  const bool done = by_scheme<Arch, T>(s, [&]<class Scheme>(Scheme) {
    const T* no_bias = nullptr;
    WinogradConvolution<Arch, Scheme>::input_gradient(s).run(grad_y, weight, no_bias, grad_x,
                                                             scratch);
  });
  if (!done) direct_input_gradient<Arch, T>(s, grad_y, weight, grad_x, scratch);
}

template <class Arch, class T>
int64_t conv2d_weight_gradient_scratch(const Conv2dShape& s) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_pixel<Arch, T>(s)) return PixelWeightGradient<Arch>(s).scratch();
  }
  int64_t size = 0;
  const bool done = by_scheme<Arch, T>(
      s, [&]<class Scheme>(Scheme) { size = WinogradWeightGradient<Arch, Scheme>(s).scratch(); });
  return done ? size : direct_weight_gradient_scratch<Arch, T>(s);
}

template <class Arch, class T>
void conv2d_weight_gradient(const Conv2dShape& s, const T* grad_y, const T* x, T* grad_weight,
                            T* scratch) {
  if constexpr (std::is_same_v<T, float>) {
    if (by_pixel<Arch, T>(s)) {
      return PixelWeightGradient<Arch>(s).run(grad_y, x, grad_weight, scratch);
    }
  }
  const bool done = by_scheme<Arch, T>(s, [&]<class Scheme>(Scheme) {
    WinogradWeightGradient<Arch, Scheme>(s).run(grad_y, x, grad_weight, scratch);
  });
  if (!done) direct_weight_gradient<Arch, T>(s, grad_y, x, grad_weight, scratch);
}

}  // namespace lucid::kernels::generic
