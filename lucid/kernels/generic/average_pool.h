// Average pooling: many windows side by side, in vectors; very wide ones, and float64, by the loops
// of reference/pool.h.
#pragma once

#include "lucid/kernels/generic/pool.h"

namespace lucid::kernels::generic {

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

/// Averages of one row of outputs.
template <class Arch>
void average_run(const WindowRun<Arch>& run, const reference::Window& rows, const float* x,
                 const Pool2dShape& s, float* y) {
  const reference::AverageWindows<Arch> windows{s};
  const auto divisor = windows.divisor();
  double sums[WindowRun<Arch>::columns], totals[WindowRun<Arch>::most];
  const int64_t wide = run.end - run.begin;
  for (int64_t w = 0; w < wide; ++w) sums[w] = 0;
  for (int64_t h = rows.begin; h < rows.end; ++h) {
    const float* row = x + h * s.in_width + run.begin;
    for (int64_t w = 0; w < wide; ++w) sums[w] += static_cast<double>(row[w]);
  }
  const auto one_by_one = [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const auto& window = run.windows[j];
      double total = 0;
      for (int64_t w = window.begin; w < window.end; ++w) total += sums[w - run.begin];
      y[j] = static_cast<float>(total / static_cast<double>(divisor(rows, window)));
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
    float* out = y + run.even_begin;
    for (int64_t j = 0; j < even; ++j) out[j] = static_cast<float>(totals[j] / by);
  }
  one_by_one(run.even_end, run.count);
}

/// Adds what one row of outputs passes back.
template <class Arch>
void share_run(const WindowRun<Arch>& run, const reference::Window& rows, const float* grad_y,
               float* grad_x, const Pool2dShape& s) {
  const reference::AverageWindows<Arch> windows{s};
  const auto divisor = windows.divisor();
  float sums[WindowRun<Arch>::columns];
  const int64_t wide = run.end - run.begin;
  for (int64_t w = 0; w < wide; ++w) sums[w] = 0;
  const auto one_by_one = [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const auto& window = run.windows[j];
      const float share = grad_y[j] / static_cast<float>(divisor(rows, window));
      for (int64_t w = window.begin; w < window.end; ++w) sums[w - run.begin] += share;
    }
  };
  one_by_one(0, run.even_begin);
  const int64_t even = run.even_end - run.even_begin;
  if (even > 0) {
    const auto& first = run.windows[run.even_begin];
    const auto by = static_cast<float>(divisor(rows, first));
    const float* from = grad_y + run.even_begin;
    float shares[WindowRun<Arch>::most];
    for (int64_t j = 0; j < even; ++j) shares[j] = from[j] / by;
    float* to = sums + first.begin - run.begin;
    with_step<Arch>(run.step, [&](auto step) {
      for (int64_t q = 0; q < run.width; ++q) {
        for (int64_t j = 0; j < even; ++j) to[j * step + q] += shares[j];
      }
    });
  }
  one_by_one(run.even_end, run.count);
  for (int64_t h = rows.begin; h < rows.end; ++h) {
    float* row = grad_x + h * s.in_width + run.begin;
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

/// An adaptive window is as great as it is; nothing is padded.
template <class Arch, template <class> class Windows>
LUCID_INLINE Pool2dShape with_divisors(Pool2dShape s) {
  if (std::is_same_v<Windows<Arch>, reference::AdaptiveWindows<Arch>>) {
    s.count_include_pad = true;
    s.divisor = 0;
  }
  return s;
}

template <class Arch, template <class> class Windows>
LUCID_INLINE bool average_runs(const Pool2dShape& shape, const float* x, float* y) {
  const Pool2dShape s = with_divisors<Arch, Windows>(shape);
  const Windows<Arch> windows{s};
  const auto rows = windows.rows();
  return for_window_runs<Arch>(
      s.out_width, windows.columns(), [&](const WindowRun<Arch>& run, int64_t first) {
        for (int64_t row = 0; row < s.planes * s.out_height; ++row) {
          average_run<Arch>(run, rows(row % s.out_height),
                            x + row / s.out_height * s.in_height * s.in_width, s,
                            y + row * s.out_width + first);
        }
      });
}

template <class Arch, class T, template <class> class Windows>
void average_pool(const Pool2dShape& shape, const T* x, T* y) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    if constexpr (std::is_same_v<T, float>) {
      if (average_runs<Arch, Windows>(s, x + in, y + out)) return;
    }
    reference::average_pool<T, Arch, Windows>(s, x + in, y + out);
  });
}

template <class Arch, template <class> class Windows>
LUCID_INLINE bool share_runs(const Pool2dShape& shape, const float* grad_y, float* grad_x) {
  const Pool2dShape s = with_divisors<Arch, Windows>(shape);
  const Windows<Arch> windows{s};
  const auto rows = windows.rows();
  const int64_t size = s.in_height * s.in_width;
  return for_window_runs<Arch>(s.out_width, windows.columns(),
                               [&](const WindowRun<Arch>& run, int64_t first) {
                                 for (int64_t row = 0; row < s.planes * s.out_height; ++row) {
                                   float* plane = grad_x + row / s.out_height * size;
                                   if (first == 0 && row % s.out_height == 0)
                                     fill_zero<Arch, float>(plane, size);
                                   share_run<Arch>(run, rows(row % s.out_height),
                                                   grad_y + row * s.out_width + first, plane, s);
                                 }
                               });
}

template <class Arch, class T, template <class> class Windows>
void average_pool_backward(const Pool2dShape& shape, const T* grad_y, T* grad_x) {
  for_planes<Arch>(shape, [&](const Pool2dShape& s, int64_t in, int64_t out) {
    if constexpr (std::is_same_v<T, float>) {
      if (share_runs<Arch, Windows>(s, grad_y + out, grad_x + in)) return;
    }
    reference::average_pool_backward<T, Arch, Windows>(s, grad_y + out, grad_x + in);
  });
}

}  // namespace lucid::kernels::generic
