// Pooling, one window at a time. The vector tables use these too where a window has no special
// form.
#pragma once

#include <limits>

#include "lucid/kernels/shapes.h"

namespace lucid::kernels::reference {

/// The part of a window along one axis that lies inside of the input.
struct Window {
  int64_t begin, end;  ///< positions in the input
  int64_t extent;      ///< length with the padding counted in, but cut where the padding ends
};

template <class Tag>
Window pool_window(int64_t output, int64_t stride, int64_t pad, int64_t kernel, int64_t input) {
  const int64_t begin = output * stride - pad;
  const int64_t end = begin + kernel < input + pad ? begin + kernel : input + pad;
  return {begin > 0 ? begin : 0, end < input ? end : input, end - begin};
}

/// As PyTorch divides the input among the outputs: from floor(i*in/out) to ceil((i+1)*in/out).
template <class Tag>
Window adaptive_window(int64_t output, int64_t input, int64_t outputs) {
  const int64_t begin = output * input / outputs;
  const int64_t end = ((output + 1) * input + outputs - 1) / outputs;
  return {begin, end, end - begin};
}

/// One window: its greatest value, and where in the plane that is.
template <class T, class Tag>
void max_window(const Pool2dShape& s, const T* x, int64_t oh, int64_t ow, T* y, int64_t* index) {
  T best = -std::numeric_limits<T>::infinity();
  int64_t position = -1;
  for (int64_t r = 0; r < s.kernel_height; ++r) {
    const int64_t h = oh * s.stride_h - s.pad_top + r * s.dilation_h;
    if (h < 0 || h >= s.in_height) continue;
    for (int64_t q = 0; q < s.kernel_width; ++q) {
      const int64_t w = ow * s.stride_w - s.pad_left + q * s.dilation_w;
      if (w < 0 || w >= s.in_width) continue;
      const T value = x[h * s.in_width + w];
      if (position >= 0 && !(value > best) && !(value != value && best == best)) continue;
      best = value;
      position = h * s.in_width + w;
    }
  }
  *y = best;
  if (index != nullptr) *index = position;
}

template <class T, class Tag>
void max_pool2d(const Pool2dShape& s, const T* x, T* y, int64_t* indices) {
  for (int64_t p = 0; p < s.planes; ++p, x += s.in_height * s.in_width) {
    for (int64_t oh = 0; oh < s.out_height; ++oh) {
      for (int64_t ow = 0; ow < s.out_width; ++ow) {
        max_window<T, Tag>(s, x, oh, ow, y++, indices == nullptr ? nullptr : indices++);
      }
    }
  }
}

template <class T, class Tag>
void max_pool2d_backward(const Pool2dShape& s, const T* grad_y, const int64_t* indices, T* grad_x) {
  const int64_t in_size = s.in_height * s.in_width;
  const int64_t out_size = s.out_height * s.out_width;
  for (int64_t p = 0; p < s.planes; ++p, grad_x += in_size) {
    for (int64_t i = 0; i < in_size; ++i) grad_x[i] = 0;
    for (int64_t i = 0; i < out_size; ++i, ++grad_y, ++indices) {
      if (*indices >= 0) grad_x[*indices] += *grad_y;  // -1: a window wholly in the padding
    }
  }
}

/// One average per output; window(axis output) says what it covers, divisor(h, w) what divides it.
template <class T, class Tag, class WindowH, class WindowW, class Divisor>
void average(const Pool2dShape& s, const T* x, T* y, WindowH window_h, WindowW window_w,
             Divisor divisor) {
  for (int64_t p = 0; p < s.planes; ++p, x += s.in_height * s.in_width) {
    for (int64_t oh = 0; oh < s.out_height; ++oh) {
      const Window rows = window_h(oh);
      for (int64_t ow = 0; ow < s.out_width; ++ow) {
        const Window columns = window_w(ow);
        double total = 0;
        for (int64_t h = rows.begin; h < rows.end; ++h) {
          for (int64_t w = columns.begin; w < columns.end; ++w) total += x[h * s.in_width + w];
        }
        *y++ = static_cast<T>(total / static_cast<double>(divisor(rows, columns)));
      }
    }
  }
}

template <class T, class Tag, class WindowH, class WindowW, class Divisor>
void average_backward(const Pool2dShape& s, const T* grad_y, T* grad_x, WindowH window_h,
                      WindowW window_w, Divisor divisor) {
  for (int64_t p = 0; p < s.planes; ++p, grad_x += s.in_height * s.in_width) {
    for (int64_t i = 0; i < s.in_height * s.in_width; ++i) grad_x[i] = 0;
    for (int64_t oh = 0; oh < s.out_height; ++oh) {
      const Window rows = window_h(oh);
      for (int64_t ow = 0; ow < s.out_width; ++ow) {
        const Window columns = window_w(ow);
        const T share = *grad_y++ / static_cast<T>(divisor(rows, columns));
        for (int64_t h = rows.begin; h < rows.end; ++h) {
          for (int64_t w = columns.begin; w < columns.end; ++w) grad_x[h * s.in_width + w] += share;
        }
      }
    }
  }
}

/// The windows of average pooling: fields, so that every user of them has the same ones.
template <class Tag>
struct AverageWindows {
  const Pool2dShape& s;
  auto rows() const {
    return [this](int64_t o) {
      return pool_window<Tag>(o, s.stride_h, s.pad_top, s.kernel_height, s.in_height);
    };
  }
  auto columns() const {
    return [this](int64_t o) {
      return pool_window<Tag>(o, s.stride_w, s.pad_left, s.kernel_width, s.in_width);
    };
  }
  auto divisor() const {
    return [this](const Window& h, const Window& w) {
      if (s.divisor != 0) return s.divisor;
      // A window wholly in the padding sums to 0; divide that by 1.
      const int64_t inside = (h.end - h.begin) * (w.end - w.begin);
      const int64_t count = s.count_include_pad ? h.extent * w.extent : inside;
      return count > 0 ? count : 1;
    };
  }
};

template <class Tag>
struct AdaptiveWindows {
  const Pool2dShape& s;
  auto rows() const {
    return [this](int64_t o) { return adaptive_window<Tag>(o, s.in_height, s.out_height); };
  }
  auto columns() const {
    return [this](int64_t o) { return adaptive_window<Tag>(o, s.in_width, s.out_width); };
  }
  auto divisor() const {
    return [](const Window& h, const Window& w) {
      const int64_t count = h.extent * w.extent;
      return count > 0 ? count : 1;
    };
  }
};

template <class T, class Tag, template <class> class Windows>
void average_pool(const Pool2dShape& shape, const T* x, T* y) {
  const Windows<Tag> windows{shape};
  average<T, Tag>(shape, x, y, windows.rows(), windows.columns(), windows.divisor());
}

template <class T, class Tag, template <class> class Windows>
void average_pool_backward(const Pool2dShape& shape, const T* grad_y, T* grad_x) {
  const Windows<Tag> windows{shape};
  average_backward<T, Tag>(shape, grad_y, grad_x, windows.rows(), windows.columns(),
                           windows.divisor());
}

}  // namespace lucid::kernels::reference
