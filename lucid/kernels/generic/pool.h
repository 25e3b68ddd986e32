// Max pooling: many windows side by side, in vectors; those that the sides cut, and very great
// ones, by the loops of reference/pool.h.
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

/// Calls f(the step), as a constant where it is 2, so that the compiler uses vectors.
template <class Arch, class F>
LUCID_INLINE void with_step(int64_t step, F f) {
  if (step == 2) return f(std::integral_constant<int64_t, 2>());
  f(step);
}

/// Greatest values of windows that the input's sides do not cut, a vector of outputs at a time and
/// without branches: what a window holds cannot be foreseen.
template <class Arch>
class MaxPool {
 public:
  static constexpr int64_t most = 64;  ///< outputs at a time, positions of a window

  MaxPool(const Pool2dShape& s) : s_(s) {
    even_begin_ = lesser<Arch>(s.out_width, ceil_div<Arch>(s.pad_left, s.stride_w));
    const int64_t room = s.in_width + s.pad_left - (s.kernel_width - 1) * s.dilation_w;
    even_end_ = room <= 0 ? 0 : lesser<Arch>(s.out_width, ceil_div<Arch>(room, s.stride_w));
    for (int64_t i = 0; i < s.kernel_height * s.kernel_width && fits(s); ++i) {
      offsets_[i] =
          i / s.kernel_width * s.dilation_h * s.in_width + i % s.kernel_width * s.dilation_w;
    }
  }
  static bool fits(const Pool2dShape& s) {
    return s.kernel_height <= most && s.kernel_width <= most &&
           s.kernel_height * s.kernel_width <= most;
  }

  /// One row of a plane.
  void row(const float* x, int64_t oh, float* y, int64_t* indices) const {
    const int64_t top = oh * s_.stride_h - s_.pad_top;
    const int64_t first = top < 0 ? ceil_div<Arch>(-top, s_.dilation_h) : 0;
    const int64_t room = s_.in_height - top;
    const int64_t last =
        room <= 0 ? 0 : lesser<Arch>(s_.kernel_height, ceil_div<Arch>(room, s_.dilation_h));
    int64_t ow = 0;
    const auto one_by_one = [&](int64_t end) {
      for (; ow < end; ++ow) {
        reference::max_window<float, Arch>(s_, x, oh, ow, y + ow,
                                           indices == nullptr ? nullptr : indices + ow);
      }
    };
    if (first < last) {
      one_by_one(even_begin_);
      for (; ow < even_end_; ow += lesser<Arch>(most, even_end_ - ow)) {
        some(x, top * s_.in_width + ow * s_.stride_w - s_.pad_left, first * s_.kernel_width,
             last * s_.kernel_width, lesser<Arch>(most, even_end_ - ow), y + ow,
             indices == nullptr ? nullptr : indices + ow);
      }
    }
    one_by_one(s_.out_width);
  }

 private:
  /// n outputs, the window of the first of which begins at x + origin; positions [begin, end) of
  /// the windows are in the plane.
  LUCID_INLINE void some(const float* x, int64_t origin, int64_t begin, int64_t end, int64_t n,
                         float* y, int64_t* indices) const {
    using V = Vec<Arch, float>;
    alignas(64) float greatest[most], places[most], candidates[most];
    for (int64_t j = n; j % kLanes<Arch, float> != 0; ++j) greatest[j] = candidates[j] = 0;
    with_step<Arch>(s_.stride_w, [&](auto step) {
      const float* from = x + (origin + offsets_[begin]);
      for (int64_t j = 0; j < n; ++j) greatest[j] = from[j * step];
      for (int64_t j = 0; j < n; ++j) places[j] = static_cast<float>(begin);
      for (int64_t i = begin + 1; i < end; ++i) {
        from = x + (origin + offsets_[i]);
        for (int64_t j = 0; j < n; ++j) candidates[j] = from[j * step];
        for (int64_t j = 0; j < n; j += kLanes<Arch, float>) {
          const V best = V::load_aligned(greatest + j), other = V::load_aligned(candidates + j);
          // Greater, or the first NaN.
          const auto take = !(other <= best) && best == best;
          xsimd::select(take, other, best).store_aligned(greatest + j);
          xsimd::select(take, V(float(i)), V::load_aligned(places + j)).store_aligned(places + j);
        }
      }
    });
    copy_run<Arch, float>(y, greatest, n);
    if (indices == nullptr) return;
    for (int64_t j = 0; j < n; ++j) {
      indices[j] = origin + j * s_.stride_w + offsets_[static_cast<int>(places[j])];
    }
  }

  const Pool2dShape& s_;
  int64_t even_begin_, even_end_;  ///< outputs whose windows are not cut at the left or right
  int64_t offsets_[most];          ///< in the plane, of the positions of a window
};

/// Windows of 2 x 2 side by side: each output reads two neighbours in each of two rows.
template <class Arch>
LUCID_INLINE bool is_halving(const Pool2dShape& s) {
  return s.kernel_height == 2 && s.kernel_width == 2 && s.stride_h == 2 && s.stride_w == 2 &&
         s.pad_top == 0 && s.pad_left == 0 && s.dilation_h == 1 && s.dilation_w == 1 &&
         s.out_height * 2 <= s.in_height && s.out_width * 2 <= s.in_width;
}

/// Outputs of some rows, or of a part of one. Each vector is full, however short the rows.
template <class Arch>
struct Halved {
  static constexpr int64_t most = 64;

  /// One array for each position of a window: top, then bottom, in the order in which the first of
  /// equals wins.
  alignas(64) float candidates[4][most];
  alignas(64) float places[most];  ///< the positions of the greatest

  /// Outputs [at, at + n), from two rows of the input.
  LUCID_INLINE void read(int64_t at, int64_t n, const float* top, const float* bottom) {
    for (int64_t j = 0; j < n; ++j) {
      candidates[0][at + j] = top[2 * j];
      candidates[1][at + j] = top[2 * j + 1];
    }
    for (int64_t j = 0; j < n; ++j) {
      candidates[2][at + j] = bottom[2 * j];
      candidates[3][at + j] = bottom[2 * j + 1];
    }
  }

  /// The greatest of the first n to y.
  LUCID_INLINE void choose(int64_t n, float* y) {
    using V = Vec<Arch, float>;
    for (int64_t j = n; j % kLanes<Arch, float> != 0; ++j) {
      for (auto& candidate : candidates) candidate[j] = 0;
    }
    for (int64_t j = 0; j < n; j += kLanes<Arch, float>) {
      V best = V::load_aligned(candidates[0] + j), at(float(0));
#pragma GCC unroll 3
      for (int i = 1; i < 4; ++i) {
        const V other = V::load_aligned(candidates[i] + j);
        // Greater, or the first NaN.
        const auto take = !(other <= best) && best == best;
        best = xsimd::select(take, other, best);
        at = xsimd::select(take, V(float(i)), at);
      }
      best.store_aligned(candidates[0] + j);
      at.store_aligned(places + j);
    }
    copy_run<Arch, float>(y, candidates[0], n);
  }
};

template <class Arch>
void halve_plane(const Pool2dShape& s, const float* x, float* y, int64_t* indices) {
  Halved<Arch> halved;
  constexpr int64_t most = Halved<Arch>::most;
  const int64_t rows = greater<Arch>(1, most / greater<Arch>(1, s.out_width));
  for (int64_t oh = 0; oh < s.out_height; oh += rows) {
    const int64_t some = lesser<Arch>(rows, s.out_height - oh);
    for (int64_t ow = 0; ow < s.out_width; ow += most) {
      const int64_t n = lesser<Arch>(most, s.out_width - ow);
      const int64_t first = 2 * oh * s.in_width + 2 * ow;
      for (int64_t row = 0; row < some; ++row) {
        const float* top = x + first + 2 * row * s.in_width;
        halved.read(row * n, n, top, top + s.in_width);
      }
      halved.choose(some * n, y);
      y += some * n;
      for (int64_t row = 0; row < some && indices != nullptr; ++row, indices += n) {
        const int64_t start = first + 2 * row * s.in_width;
        for (int64_t j = 0; j < n; ++j) {
          const int at = static_cast<int>(halved.places[row * n + j]);
          indices[j] = start + 2 * j + (at & 1) + (at >> 1) * s.in_width;
        }
      }
    }
  }
}

/// True if it is done.
template <class Arch>
bool max_pool_rows(const Pool2dShape& s, const float* x, float* y, int64_t* indices) {
  if (!MaxPool<Arch>::fits(s)) return false;
  const MaxPool<Arch> pool(s);
  const int64_t in = s.in_height * s.in_width, out = s.out_height * s.out_width;
  for (int64_t p = 0; p < s.planes; ++p, x += in, y += out) {
    if (is_halving<Arch>(s)) {
      halve_plane<Arch>(s, x, y, indices);
    } else {
      for (int64_t oh = 0; oh < s.out_height; ++oh) {
        pool.row(x, oh, y + oh * s.out_width,
                 indices == nullptr ? nullptr : indices + oh * s.out_width);
      }
    }
    if (indices != nullptr) indices += out;
  }
  return true;
}

template <class Arch, class T>
void max_pool2d(const Pool2dShape& shape, const T* x, T* y, int64_t* indices) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    int64_t* some = indices == nullptr ? nullptr : indices + out;
    if constexpr (std::is_same_v<T, float>) {
      if (max_pool_rows<Arch>(s, x + in, y + out, some)) return;
    }
    reference::max_pool2d<T, Arch>(s, x + in, y + out, some);
  });
}

template <class Arch, class T>
void max_pool2d_backward(const Pool2dShape& shape, const T* grad_y, const int64_t* indices,
                         T* grad_x) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    reference::max_pool2d_backward<T, Arch>(s, grad_y + out, indices + out, grad_x + in);
  });
}

}  // namespace lucid::kernels::generic
