// Matrix product and convolution as written in a textbook; sums are kept in double.
#pragma once

#include "lucid/kernels/reference/pointwise.h"

namespace lucid::kernels::reference {

template <class T, class Tag>
void gemm(int64_t m, int64_t n, int64_t k, const T* a, MatrixStrides a_strides, const T* b,
          MatrixStrides b_strides, T* c, int64_t ldc, bool accumulate, const T* bias_row, T*,
          bool relu) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double total = accumulate ? c[i * ldc + j] : 0;
      if (bias_row != nullptr) total += bias_row[j];
      for (int64_t p = 0; p < k; ++p) {
        total += static_cast<double>(a[i * a_strides.row + p * a_strides.column]) *
                 static_cast<double>(b[p * b_strides.row + j * b_strides.column]);
      }
      c[i * ldc + j] = relu_if<T, Tag>(relu, static_cast<T>(total));
    }
  }
}

/// Calls body(x offset, weight offset, y offset) for every product of the convolution.
template <class Tag, class Body>
void for_each_product(const Conv2dShape& s, int64_t n, int64_t k, int64_t oh, int64_t ow,
                      Body body) {
  const int64_t channels = s.in_channels / s.groups;
  const int64_t first = k / (s.out_channels / s.groups) * channels;
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t r = 0; r < s.kernel_height; ++r) {
      const int64_t h = oh * s.stride_h - s.pad_top + r * s.dilation_h;
      if (h < 0 || h >= s.in_height) continue;
      for (int64_t q = 0; q < s.kernel_width; ++q) {
        const int64_t w = ow * s.stride_w - s.pad_left + q * s.dilation_w;
        if (w < 0 || w >= s.in_width) continue;
        body(((n * s.in_channels + first + c) * s.in_height + h) * s.in_width + w,
             ((k * channels + c) * s.kernel_height + r) * s.kernel_width + q);
      }
    }
  }
}

/// Calls body(n, k, oh, ow, y offset) for every output.
template <class Tag, class Body>
void for_each_output(const Conv2dShape& s, Body body) {
  int64_t at = 0;
  for (int64_t n = 0; n < s.batch; ++n) {
    for (int64_t k = 0; k < s.out_channels; ++k) {
      for (int64_t oh = 0; oh < s.out_height; ++oh) {
        for (int64_t ow = 0; ow < s.out_width; ++ow) body(n, k, oh, ow, at++);
      }
    }
  }
}

template <class T, class Tag>
int64_t no_scratch(const Conv2dShape&) {
  return 0;
}

template <class T, class Tag>
void conv2d_forward(const Conv2dShape& s, const T* x, const T* weight, const T* bias, T* y, T*) {
  for_each_output<Tag>(s, [&](int64_t n, int64_t k, int64_t oh, int64_t ow, int64_t at) {
    double total = bias != nullptr ? bias[k] : 0;
    for_each_product<Tag>(s, n, k, oh, ow, [&](int64_t x_at, int64_t w_at) {
      total += static_cast<double>(x[x_at]) * static_cast<double>(weight[w_at]);
    });
    y[at] = relu_if<T, Tag>(s.relu, static_cast<T>(total));
  });
}

template <class T, class Tag>
void conv2d_input_gradient(const Conv2dShape& s, const T* grad_y, const T* weight, T* grad_x, T*) {
  const int64_t count = s.batch * s.in_channels * s.in_height * s.in_width;
  for (int64_t i = 0; i < count; ++i) grad_x[i] = 0;
  for_each_output<Tag>(s, [&](int64_t n, int64_t k, int64_t oh, int64_t ow, int64_t at) {
    for_each_product<Tag>(s, n, k, oh, ow, [&](int64_t x_at, int64_t w_at) {
      grad_x[x_at] += grad_y[at] * weight[w_at];
    });
  });
}

template <class T, class Tag>
void conv2d_weight_gradient(const Conv2dShape& s, const T* grad_y, const T* x, T* grad_weight, T*) {
  const int64_t count =
      s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width;
  for (int64_t i = 0; i < count; ++i) grad_weight[i] = 0;
  for_each_output<Tag>(s, [&](int64_t n, int64_t k, int64_t oh, int64_t ow, int64_t at) {
    for_each_product<Tag>(s, n, k, oh, ow, [&](int64_t x_at, int64_t w_at) {
      grad_weight[w_at] += grad_y[at] * x[x_at];
    });
  });
}

}  // namespace lucid::kernels::reference
