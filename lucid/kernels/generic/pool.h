// Pooling: the loops of reference/pool.h on several threads, and a vector form of the commonest
// one.
#pragma once

#include "lucid/kernels/generic/simd.h"
#include "lucid/kernels/reference/pool.h"

namespace lucid::kernels::generic {

/// body(shape of some planes, their first input element, their first output element)
template <class Arch, class Body>
LUCID_INLINE void for_planes(const Pool2dShape& s, Body body) {
  const int64_t in = s.in_height * s.in_width, out = s.out_height * s.out_width;
  const int64_t grain = 1 + kCostlyGrain / greater<Arch>(1, greater<Arch>(in, out));
  parallel_for(s.planes, grain, [&](int64_t begin, int64_t end) {
    Pool2dShape some = s;
    some.planes = end - begin;
    body(some, begin * in, begin * out);
  });
}

/// Windows of 2 x 2 side by side: each output reads two neighbours in each of two rows.
template <class Arch>
LUCID_INLINE bool is_halving(const Pool2dShape& s) {
  return s.kernel_height == 2 && s.kernel_width == 2 && s.stride_h == 2 && s.stride_w == 2 &&
         s.pad_top == 0 && s.pad_left == 0 && s.dilation_h == 1 && s.dilation_w == 1 &&
         s.out_height * 2 <= s.in_height && s.out_width * 2 <= s.in_width;
}

/// `n` outputs of one row, at most 64; without branches, so that the compiler uses vectors.
template <class Arch, class T>
LUCID_INLINE void halve_row(int n, const T* top, const T* bottom, T* y, int32_t* place) {
  for (int j = 0; j < n; ++j) {
    T best = top[2 * j];
    int32_t at = 0;
    const T others[3] = {top[2 * j + 1], bottom[2 * j], bottom[2 * j + 1]};
#pragma GCC unroll 3
    for (int i = 0; i < 3; ++i) {
      // Greater, or the first NaN.
      const bool take = !(others[i] <= best) & (best == best);
      best = take ? others[i] : best;
      at = take ? i + 1 : at;
    }
    y[j] = best;
    place[j] = at;
  }
}

template <class Arch, class T>
void halve_plane(const Pool2dShape& s, const T* x, T* y, int64_t* indices) {
  constexpr int block = 64;
  int32_t place[block];
  for (int64_t oh = 0; oh < s.out_height; ++oh) {
    for (int64_t ow = 0; ow < s.out_width; ow += block) {
      const int n = static_cast<int>(lesser<Arch>(block, s.out_width - ow));
      const int64_t first = 2 * oh * s.in_width + 2 * ow;
      halve_row<Arch, T>(n, x + first, x + first + s.in_width, y, place);
      y += n;
      if (indices == nullptr) continue;
      for (int j = 0; j < n; ++j) {
        indices[j] = first + 2 * j + (place[j] & 1) + (place[j] >> 1) * s.in_width;
      }
      indices += n;
    }
  }
}

template <class Arch, class T>
void max_pool2d(const Pool2dShape& shape, const T* x, T* y, int64_t* indices) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    int64_t* some = indices == nullptr ? nullptr : indices + out;
    if (!is_halving<Arch>(s)) return reference::max_pool2d<T, Arch>(s, x + in, y + out, some);
    const int64_t in_size = s.in_height * s.in_width, out_size = s.out_height * s.out_width;
    for (int64_t p = 0; p < s.planes; ++p) {
      halve_plane<Arch, T>(s, x + in + p * in_size, y + out + p * out_size,
                           some == nullptr ? nullptr : some + p * out_size);
    }
  });
}

template <class Arch, class T>
void max_pool2d_backward(const Pool2dShape& shape, const T* grad_y, const int64_t* indices,
                         T* grad_x) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    reference::max_pool2d_backward<T, Arch>(s, grad_y + out, indices + out, grad_x + in);
  });
}

template <class Arch, class T, template <class> class Windows>
void average_pool(const Pool2dShape& shape, const T* x, T* y) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    reference::average_pool<T, Arch, Windows>(s, x + in, y + out);
  });
}

template <class Arch, class T, template <class> class Windows>
void average_pool_backward(const Pool2dShape& shape, const T* grad_y, T* grad_x) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    reference::average_pool_backward<T, Arch, Windows>(s, grad_y + out, grad_x + in);
  });
}

}  // namespace lucid::kernels::generic
