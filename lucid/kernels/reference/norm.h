// Per-channel statistics and maps, one element at a time.
#pragma once

#include "lucid/kernels/reference/pointwise.h"

namespace lucid::kernels::reference {

/// Calls body(offset) for all elements of one channel, in memory order.
template <class Tag, class Body>
void for_each_of_channel(const NormShape& s, int64_t channel, Body body) {
  for (int64_t n = 0; n < s.batch; ++n) {
    const int64_t first = (n * s.channels + channel) * s.inner;
    for (int64_t i = 0; i < s.inner; ++i) body(first + i);
  }
}

template <class T, class Tag>
void channel_moments(const NormShape& s, const T* x, T* mean, T* variance) {
  const double count = static_cast<double>(s.batch * s.inner);
  for (int64_t c = 0; c < s.channels; ++c) {
    double total = 0;
    for_each_of_channel<Tag>(s, c, [&](int64_t at) { total += x[at]; });
    const double center = total / count;
    double squares = 0;
    for_each_of_channel<Tag>(s, c, [&](int64_t at) {
      const double distance = x[at] - center;
      squares += distance * distance;
    });
    mean[c] = static_cast<T>(center);
    variance[c] = static_cast<T>(squares / count);
  }
}

template <class T, class Tag>
void channel_affine(const NormShape& s, const T* x, const T* mean, const T* scale, const T* shift,
                    T* y) {
  for (int64_t c = 0; c < s.channels; ++c) {
    for_each_of_channel<Tag>(s, c, [&](int64_t at) {
      y[at] = relu_if<T, Tag>(s.relu, (x[at] - mean[c]) * scale[c] + shift[c]);
    });
  }
}

/// What of a gradient gets through the relu behind channel_affine, if there is one.
template <class T, class Tag>
T behind_relu(const NormShape& s, T grad, T x, const T* mean, const T* scale, const T* shift,
              int64_t c) {
  return !s.relu || (x - mean[c]) * scale[c] + shift[c] > T(0) ? grad : T(0);
}

template <class T, class Tag>
void relu_backward_sums(const NormShape& s, const T* grad_y, const T* output, T* grad_x, T* sums) {
  for (int64_t c = 0; c < s.channels; ++c) {
    double total = 0;
    for_each_of_channel<Tag>(s, c, [&](int64_t at) {
      grad_x[at] = output[at] > T(0) ? grad_y[at] : T(0);
      total += grad_x[at];
    });
    sums[c] = static_cast<T>(total);
  }
}

template <class T, class Tag>
void channel_gradient_sums(const NormShape& s, const T* grad_y, const T* x, const T* mean,
                           const T* scale, const T* shift, T* sum_grad, T* sum_grad_centered) {
  for (int64_t c = 0; c < s.channels; ++c) {
    double plain = 0;
    double centered = 0;
    for_each_of_channel<Tag>(s, c, [&](int64_t at) {
      const T grad = behind_relu<T, Tag>(s, grad_y[at], x[at], mean, scale, shift, c);
      plain += grad;
      centered += static_cast<double>(grad) * (x[at] - mean[c]);
    });
    sum_grad[c] = static_cast<T>(plain);
    sum_grad_centered[c] = static_cast<T>(centered);
  }
}

template <class T, class Tag>
void channel_combine(const NormShape& s, const T* grad_y, const T* x, const T* mean, const T* scale,
                     const T* shift, const T* a, const T* b, const T* c, T* grad_x) {
  for (int64_t k = 0; k < s.channels; ++k) {
    for_each_of_channel<Tag>(s, k, [&](int64_t at) {
      const T grad = behind_relu<T, Tag>(s, grad_y[at], x[at], mean, scale, shift, k);
      grad_x[at] = a[k] * grad + b[k] * (x[at] - mean[k]) + c[k];
    });
  }
}

}  // namespace lucid::kernels::reference
