// Zero-padded copies of an image's channels, one per stride phase, in which every kernel position
// reads consecutive outputs from consecutive elements at a fixed distance.
//
// For stride s, position r of the kernel reads input row oh * s - pad + r * dilation. With padded
// row h = i * s + phase stored as row i of that phase's plane, this is row oh + (r * dilation) / s
// of the plane of phase (r * dilation) % s: a constant offset. Columns likewise.
#pragma once

#include "lucid/kernels/generic/micro_kernel.h"
#include "lucid/kernels/shapes.h"

namespace lucid::kernels::generic {

template <class Arch>
LUCID_INLINE int64_t floor_div(int64_t a, int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// One axis of a convolution.
template <class Arch>
struct ConvAxis {
  int64_t in, out, kernel, stride, pad, dilation;

  static ConvAxis vertical(const Conv2dShape& s) {
    return {s.in_height, s.out_height, s.kernel_height, s.stride_h, s.pad_top, s.dilation_h};
  }
  static ConvAxis horizontal(const Conv2dShape& s) {
    return {s.in_width, s.out_width, s.kernel_width, s.stride_w, s.pad_left, s.dilation_w};
  }

  /// Kernel positions r and r + period() fall into the same phase.
  int64_t period() const {
    int64_t a = stride, b = dilation;
    while (b != 0) {
      const int64_t rest = a % b;
      a = b;
      b = rest;
    }
    return stride / a;
  }
  /// Phases that any kernel position falls into; position r into phase r % period().
  int64_t phases() const { return lesser<Arch>(kernel, period()); }
  int64_t residue(int64_t phase) const { return phase * dilation % stride; }
  int64_t step(int64_t r) const { return r * dilation / stride; }
  int64_t reach() const { return step(kernel - 1); }
};

/// One axis of a set of planes: element i of phase p is the source element
/// i * stride + (p * dilation) % stride - pad, or zero outside of the source.
template <class Arch>
struct PlaneAxis {
  int64_t source, stride, pad, dilation, phases, extent;

  int64_t origin(int64_t phase) const { return phase * dilation % stride - pad; }
  /// Elements [lead, end) come from the source.
  __attribute__((noinline)) int64_t lead(int64_t phase) const {
    return lesser<Arch>(extent, greater<Arch>(0, -floor_div<Arch>(origin(phase), stride)));
  }
  __attribute__((noinline)) int64_t end(int64_t phase) const {
    const int64_t last = floor_div<Arch>(source - 1 - origin(phase), stride);
    return greater<Arch>(lead(phase), lesser<Arch>(extent, last + 1));
  }
};

template <class Arch, class T>
struct Planes {
  PlaneAxis<Arch> h, w;
  int64_t pitch;    ///< from one row to the next
  int64_t size;     ///< of one plane
  int64_t channel;  ///< all phases of one channel

  /// @param outputs positions per row that will be computed; the pitch is never less.
  static Planes of(const PlaneAxis<Arch>& h, const PlaneAxis<Arch>& w, int64_t outputs) {
    // The zeros at the end of a row can be the zeros at the beginning of the next one.
    int64_t shared = w.extent - outputs;
    for (int64_t p = 0; p < w.phases; ++p) {
      shared = lesser<Arch>(shared, lesser<Arch>(w.lead(p), w.extent - w.end(p)));
    }
    const int64_t pitch = w.extent - greater<Arch>(0, shared);
    const int64_t size = h.extent * pitch;
    return {h, w, pitch, size, size * h.phases * w.phases};
  }

  static Planes of_input(const Conv2dShape& s) {
    const auto h = ConvAxis<Arch>::vertical(s), w = ConvAxis<Arch>::horizontal(s);
    return of({h.in, h.stride, h.pad, h.dilation, h.phases(), h.out + h.reach()},
              {w.in, w.stride, w.pad, w.dilation, w.phases(), w.out + w.reach()}, w.out);
  }

  /// Where kernel position (r, s) reads the input of output (0, 0).
  int64_t tap(const ConvAxis<Arch>& vertical, const ConvAxis<Arch>& horizontal, int64_t r,
              int64_t s) const {
    const int64_t plane = r % vertical.period() * w.phases + s % horizontal.period();
    return plane * size + vertical.step(r) * pitch + horizontal.step(s);
  }

  /// True where the source itself is what fill() would write.
  bool identity() const {
    return h.stride == 1 && w.stride == 1 && h.pad == 0 && w.pad == 0 && h.extent == h.source &&
           w.extent == w.source && pitch == w.source;
  }

  /// Elements behind the last plane that tiles may read: finite, and zero where they count.
  static constexpr int64_t slack() { return 2 * kTileWidth<Arch, T>; }
  int64_t slack_after() const { return w.extent - pitch + slack(); }

  void fill(const T* source, T* planes) const {
    for (int64_t ph = 0; ph < h.phases; ++ph) {
      for (int64_t pw = 0; pw < w.phases; ++pw, planes += size) fill_phase(source, planes, ph, pw);
    }
  }

 private:
  void fill_phase(const T* source, T* plane, int64_t ph, int64_t pw) const {
    const int64_t top = h.lead(ph), bottom = h.end(ph);
    const int64_t left = w.lead(pw), right = w.end(pw);
    fill_zero<Arch, T>(plane, top * pitch);
    for (int64_t i = top; i < bottom; ++i) {
      T* row = plane + i * pitch;
      const T* from = source + (i * h.stride + h.origin(ph)) * w.source + w.origin(pw);
      if (w.stride == 1) {
        put_row<Arch, T>(row, left, from + left, right - left, pitch, size - i * pitch);
        continue;
      }
      fill_zero<Arch, T>(row, left);
      for (int64_t j = left; j < right; ++j) row[j] = from[j * w.stride];
      fill_zero<Arch, T>(row + right, pitch - right);
    }
    fill_zero<Arch, T>(plane + bottom * pitch, (h.extent - bottom) * pitch);
  }
};

}  // namespace lucid::kernels::generic
