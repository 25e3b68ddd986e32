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

inline constexpr int kHalvedAtOnce = 64;

/// The four candidates of `n` outputs of one row, one array for each: top, then bottom, in the
/// order in which the first of equals wins. Lanes beyond n are zero.
template <class Arch, class T>
LUCID_INLINE void part_windows(int n, const T* top, const T* bottom,
                               T (&candidates)[4][kHalvedAtOnce]) {
  for (int j = 0; j < n; ++j) {
    candidates[0][j] = top[2 * j];
    candidates[1][j] = top[2 * j + 1];
  }
  for (int j = 0; j < n; ++j) {
    candidates[2][j] = bottom[2 * j];
    candidates[3][j] = bottom[2 * j + 1];
  }
  for (int j = n; j % kLanes<Arch, T> != 0; ++j) {
    for (auto& candidate : candidates) candidate[j] = 0;
  }
}

/// The greatest candidates and which they are.
template <class Arch, class T>
LUCID_INLINE void halve_row(int n, const T* top, const T* bottom, T* y, T* place) {
  using V = Vec<Arch, T>;
  alignas(64) T candidates[4][kHalvedAtOnce];
  part_windows<Arch, T>(n, top, bottom, candidates);
  for (int j = 0; j < n; j += kLanes<Arch, T>) {
    V best = V::load_aligned(candidates[0] + j), at(T(0));
#pragma GCC unroll 3
    for (int i = 1; i < 4; ++i) {
      const V other = V::load_aligned(candidates[i] + j);
      // Greater, or the first NaN.
      const auto take = !(other <= best) && best == best;
      best = xsimd::select(take, other, best);
      at = xsimd::select(take, V(T(i)), at);
    }
    best.store_aligned(candidates[0] + j);
    at.store_aligned(place + j);
  }
  copy_run<Arch, T>(y, candidates[0], n);
}

template <class Arch, class T>
void halve_plane(const Pool2dShape& s, const T* x, T* y, int64_t* indices) {
  alignas(64) T place[kHalvedAtOnce];
  for (int64_t oh = 0; oh < s.out_height; ++oh) {
    for (int64_t ow = 0; ow < s.out_width; ow += kHalvedAtOnce) {
      const int n = static_cast<int>(lesser<Arch>(kHalvedAtOnce, s.out_width - ow));
      const int64_t first = 2 * oh * s.in_width + 2 * ow;
      halve_row<Arch, T>(n, x + first, x + first + s.in_width, y, place);
      y += n;
      if (indices == nullptr) continue;
      for (int j = 0; j < n; ++j) {
        const int at = static_cast<int>(place[j]);
        indices[j] = first + 2 * j + (at & 1) + (at >> 1) * s.in_width;
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

/// The windows of some outputs next to each other, and the columns of the input that they see.
/// Rows of windows are added up first, column by column, and then the columns of each window.
template <class Arch>
struct WindowRun {
  static constexpr int64_t most = 128;      ///< outputs
  static constexpr int64_t columns = 1024;  ///< which may be kept

  reference::Window windows[most];
  int64_t count, begin, end;  ///< outputs, columns
  /// Of these outputs the windows are equally wide, equally far from each other, and not cut.
  int64_t even_begin, even_end, width, step;

  /// As many outputs from `first` on as fit; at least one, whose window may be too wide.
  template <class Of>
  LUCID_INLINE void gather(int64_t first, int64_t outputs, Of window) {
    count = 0;
    begin = end = 0;
    for (; count < most && first + count < outputs; ++count) {
      const reference::Window next = window(first + count);
      const int64_t from = count == 0 ? next.begin : begin, to = greater<Arch>(end, next.end);
      if (count > 0 && to - from > columns) break;
      begin = from;
      end = count == 0 ? next.end : to;
      windows[count] = next;
    }
    find_even();
  }
  LUCID_INLINE bool fits() const { return end - begin <= columns; }

 private:
  LUCID_INLINE bool alike(int64_t i) const {  // i and the one after it
    const auto &a = windows[i], &b = windows[i + 1];
    return b.end - b.begin == width && a.end - a.begin == width && a.extent == b.extent &&
           b.begin - a.begin == step;
  }
  LUCID_INLINE void find_even() {
    even_begin = even_end = count / 2;
    if (count < 4) return;
    const auto &a = windows[even_begin], &b = windows[even_begin + 1];
    width = a.end - a.begin;
    step = b.begin - a.begin;
    if (width <= 0 || !alike(even_begin)) return;
    while (even_begin > 0 && alike(even_begin - 1)) --even_begin;
    while (even_end + 1 < count && alike(even_end)) ++even_end;
    ++even_end;
  }
};

/// Calls f(the step as a constant) for the commonest, so that the compiler uses vectors.
template <class Arch, class F>
LUCID_INLINE void with_step(int64_t step, F f) {
  if (step == 1) return f(std::integral_constant<int64_t, 1>());
  if (step == 2) return f(std::integral_constant<int64_t, 2>());
  f(step);
}

/// Averages of one row of outputs.
template <class Arch, class T, class Divisor>
void average_run(const WindowRun<Arch>& run, const reference::Window& rows, const T* x,
                 int64_t pitch, T* y, Divisor divisor) {
  double sums[WindowRun<Arch>::columns], totals[WindowRun<Arch>::most];
  const int64_t wide = run.end - run.begin;
  for (int64_t w = 0; w < wide; ++w) sums[w] = 0;
  for (int64_t h = rows.begin; h < rows.end; ++h) {
    const T* row = x + h * pitch + run.begin;
    for (int64_t w = 0; w < wide; ++w) sums[w] += static_cast<double>(row[w]);
  }
  const auto one_by_one = [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const auto& window = run.windows[j];
      double total = 0;
      for (int64_t w = window.begin; w < window.end; ++w) total += sums[w - run.begin];
      y[j] = static_cast<T>(total / static_cast<double>(divisor(rows, window)));
    }
  };
  one_by_one(0, run.even_begin);
  const int64_t even = run.even_end - run.even_begin;
  if (even > 0) {
    const auto& first = run.windows[run.even_begin];
    const auto by = static_cast<double>(divisor(rows, first));
    const double* from = sums + first.begin - run.begin;
    with_step<Arch>(run.step, [&](auto step) {
      for (int64_t j = 0; j < even; ++j) totals[j] = from[j * step];
      for (int64_t q = 1; q < run.width; ++q) {
        for (int64_t j = 0; j < even; ++j) totals[j] += from[j * step + q];
      }
    });
    T* out = y + run.even_begin;
    for (int64_t j = 0; j < even; ++j) out[j] = static_cast<T>(totals[j] / by);
  }
  one_by_one(run.even_end, run.count);
}

/// Adds what one row of outputs passes back.
template <class Arch, class T, class Divisor>
void share_run(const WindowRun<Arch>& run, const reference::Window& rows, const T* grad_y,
               T* grad_x, int64_t pitch, Divisor divisor) {
  T sums[WindowRun<Arch>::columns];
  const int64_t wide = run.end - run.begin;
  for (int64_t w = 0; w < wide; ++w) sums[w] = 0;
  const auto one_by_one = [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const auto& window = run.windows[j];
      const T share = grad_y[j] / static_cast<T>(divisor(rows, window));
      for (int64_t w = window.begin; w < window.end; ++w) sums[w - run.begin] += share;
    }
  };
  one_by_one(0, run.even_begin);
  const int64_t even = run.even_end - run.even_begin;
  if (even > 0) {
    const auto& first = run.windows[run.even_begin];
    const auto by = static_cast<T>(divisor(rows, first));
    const T* from = grad_y + run.even_begin;
    T shares[WindowRun<Arch>::most];
    for (int64_t j = 0; j < even; ++j) shares[j] = from[j] / by;
    T* to = sums + first.begin - run.begin;
    with_step<Arch>(run.step, [&](auto step) {
      for (int64_t q = 0; q < run.width; ++q) {
        for (int64_t j = 0; j < even; ++j) to[j * step + q] += shares[j];
      }
    });
  }
  one_by_one(run.even_end, run.count);
  for (int64_t h = rows.begin; h < rows.end; ++h) {
    T* row = grad_x + h * pitch + run.begin;
    for (int64_t w = 0; w < wide; ++w) row[w] += sums[w];
  }
}

/// body(run, index of its first output) for all outputs of a row. False, and nothing was done, if
/// a window is too wide.
template <class Arch, class Of, class Body>
LUCID_INLINE bool for_window_runs(int64_t outputs, Of window, Body body) {
  WindowRun<Arch> run;
  for (int64_t first = 0; first < outputs; first += run.count) {
    run.gather(first, outputs, window);
    if (!run.fits()) return false;
    body(run, first);
  }
  return true;
}

template <class Arch, class T, template <class> class Windows>
void average_pool(const Pool2dShape& shape, const T* x, T* y) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    const Windows<Arch> windows{s};
    const auto rows = windows.rows();
    const bool done = for_window_runs<Arch>(
        s.out_width, windows.columns(), [&](const WindowRun<Arch>& run, int64_t first) {
          for (int64_t p = 0; p < s.planes; ++p) {
            for (int64_t oh = 0; oh < s.out_height; ++oh) {
              average_run<Arch, T>(run, rows(oh), x + in + p * s.in_height * s.in_width, s.in_width,
                                   y + out + (p * s.out_height + oh) * s.out_width + first,
                                   windows.divisor());
            }
          }
        });
    if (!done) reference::average_pool<T, Arch, Windows>(s, x + in, y + out);
  });
}

template <class Arch, class T, template <class> class Windows>
void average_pool_backward(const Pool2dShape& shape, const T* grad_y, T* grad_x) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    const Windows<Arch> windows{s};
    const auto rows = windows.rows();
    const int64_t size = s.in_height * s.in_width;
    const bool done = for_window_runs<Arch>(
        s.out_width, windows.columns(), [&](const WindowRun<Arch>& run, int64_t first) {
          for (int64_t p = 0; p < s.planes; ++p) {
            T* plane = grad_x + in + p * size;
            if (first == 0) fill_zero<Arch, T>(plane, size);
            for (int64_t oh = 0; oh < s.out_height; ++oh) {
              share_run<Arch, T>(run, rows(oh),
                                 grad_y + out + (p * s.out_height + oh) * s.out_width + first,
                                 plane, s.in_width, windows.divisor());
            }
          }
        });
    if (!done) reference::average_pool_backward<T, Arch, Windows>(s, grad_y + out, grad_x + in);
  });
}

}  // namespace lucid::kernels::generic
