// Optimiser steps, as PyTorch's documentation writes them down.
#pragma once

#include <cmath>

#include "lucid/kernels/shapes.h"

namespace lucid::kernels::reference {

template <class T, class Tag>
void sgd_step(int64_t n, const SgdStep& step, T* parameter, const T* gradient, T* momentum_buffer) {
  const T rate = static_cast<T>(step.learning_rate);
  const T momentum = static_cast<T>(step.momentum);
  const T fresh = static_cast<T>(1 - step.dampening);
  const T decay = static_cast<T>(step.weight_decay);
  for (int64_t i = 0; i < n; ++i) {
    T g = step.maximize ? -gradient[i] : gradient[i];
    g += decay * parameter[i];
    if (step.momentum != 0) {
      T& buffer = momentum_buffer[i];
      buffer = step.first_step ? g : momentum * buffer + fresh * g;
      g = step.nesterov ? g + momentum * buffer : buffer;
    }
    parameter[i] -= rate * g;
  }
}

template <class T, class Tag>
void adam_step(int64_t n, const AdamStep& step, T* parameter, const T* gradient, T* first_moment,
               T* second_moment, T* max_second_moment) {
  const T beta1 = static_cast<T>(step.beta1);
  const T beta2 = static_cast<T>(step.beta2);
  const T rest1 = static_cast<T>(1 - step.beta1);
  const T rest2 = static_cast<T>(1 - step.beta2);
  const T decay = static_cast<T>(step.decoupled_weight_decay ? 0 : step.weight_decay);
  const T shrink =
      static_cast<T>(step.decoupled_weight_decay ? 1 - step.learning_rate * step.weight_decay : 1);
  const T rate = static_cast<T>(step.learning_rate / step.bias_correction1);
  const T root_correction = static_cast<T>(std::sqrt(step.bias_correction2));
  const T eps = static_cast<T>(step.eps);
  for (int64_t i = 0; i < n; ++i) {
    T g = step.maximize ? -gradient[i] : gradient[i];
    g += decay * parameter[i];
    first_moment[i] = beta1 * first_moment[i] + rest1 * g;
    second_moment[i] = beta2 * second_moment[i] + rest2 * g * g;
    T second = second_moment[i];
    if (step.amsgrad) {
      if (second > max_second_moment[i] || second != second) max_second_moment[i] = second;
      second = max_second_moment[i];
    }
    const T denominator = std::sqrt(second) / root_correction + eps;
    parameter[i] = parameter[i] * shrink - rate * first_moment[i] / denominator;
  }
}

}  // namespace lucid::kernels::reference
