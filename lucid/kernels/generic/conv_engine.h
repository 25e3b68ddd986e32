// Forward and input gradient of a convolution: both multiply packed weights with padded planes.
//
// The forward reads phase planes of the input at every kernel position. The input gradient is, for
// each phase of the input, a convolution of stride 1 over padded planes of grad_y with just the
// kernel positions that fall into this phase, written with the stride as the output step.
#pragma once

#include "lucid/kernels/generic/conv_tiles.h"

namespace lucid::kernels::generic {

/// One axis of a part: kernel positions first_tap, first_tap + tap_step, ... make `outputs`
/// outputs.
struct PartAxis {
  int64_t first_tap, tap_step, taps;
  int64_t outputs, origin, step;  ///< of the outputs, in the destination
  int64_t start;                  ///< plane position of output 0 seen from tap 0 (input gradient)
};

/// A part of the work with the same kernel positions for all outputs.
struct ConvPart {
  PartAxis h, w;
  int64_t taps_before;  ///< of the parts before this one

  int64_t taps() const { return h.taps * w.taps; }
};

template <class Arch, class T>
struct ConvEngine {
  ConvAxis<Arch> h, w;
  Planes<Arch, T> planes;
  bool transposed;                          ///< input gradient
  int64_t batch, groups, sources, outputs;  ///< channels per group that are read and written
  int64_t weight_output, weight_source;     ///< strides in the weights
  int64_t source_plane, output_width, output_plane;
  int64_t lowest_h, lowest_w;  ///< grad_y position of plane element 0 (input gradient)
  int64_t threads;
  bool relu = false;
  bool prepared = false;  ///< the weights are packed

  LUCID_SETUP static ConvEngine forward(const Conv2dShape& s);
  LUCID_SETUP static ConvEngine input_gradient(const Conv2dShape& s);

  int64_t depth() const { return sources * h.kernel * w.kernel; }
  int64_t weight_group() const { return outputs * sources * h.kernel * w.kernel; }
  EvenParts<Arch> panels() const { return EvenParts<Arch>::of(outputs, Blocks<Arch, T>::mr); }

  __attribute__((noinline)) PartAxis part_axis(const ConvAxis<Arch>& axis, int64_t phase,
                                               int64_t lowest) const {
    if (!transposed) return {0, 1, axis.kernel, axis.out, 0, 1, 0};
    const int64_t first = first_row(axis, phase);
    const int64_t last = floor_div<Arch>(axis.pad + axis.in - 1 - axis.residue(phase), axis.stride);
    return {phase,
            axis.period(),
            ceil_div<Arch>(axis.kernel - phase, axis.period()),
            last - first + 1,
            first * axis.stride + axis.residue(phase) - axis.pad,
            axis.stride,
            first - lowest};
  }

  /// The first row of an input phase, counted in strides from the start of the padding.
  static int64_t first_row(const ConvAxis<Arch>& axis, int64_t phase) {
    return -floor_div<Arch>(axis.residue(phase) - axis.pad, axis.stride);
  }

  template <class Body>
  void for_each_part(Body body) const {
    const int64_t parts_h = transposed ? h.phases() : 1;
    const int64_t parts_w = transposed ? w.phases() : 1;
    int64_t taps_before = 0;
    for (int64_t i = 0; i < parts_h; ++i) {
      const PartAxis vertical = part_axis(h, i, lowest_h);
      for (int64_t j = 0; j < parts_w; ++j) {
        const ConvPart part{vertical, part_axis(w, j, lowest_w), taps_before};
        taps_before += part.taps();
        body(part);
      }
    }
  }

  OutputGrid grid(const ConvPart& part) const {
    return {part.h.outputs, part.w.outputs, part.h.origin * output_width + part.w.origin,
            part.h.step * output_width, part.w.step};
  }

  Tiling<Arch, T> tiling(const ConvPart& part) const {
    return Tiling<Arch, T>::of(grid(part), planes.pitch, sources * part.taps());
  }

  /// True if some destination elements get nothing from any kernel position.
  bool leaves_gaps() const {
    return transposed && (h.phases() < h.stride || w.phases() < w.stride);
  }

  /// True if every tile can read the source itself.
  bool reads_source() const {
    if (!planes.identity()) return false;
    bool inside = true;
    for_each_part([&](const ConvPart& part) { inside = inside && tiling(part).reads_inside(); });
    return inside;
  }

  void fill_offsets(const ConvPart& part, int64_t* offsets) const {
    for (int64_t c = 0; c < sources; ++c) {
      for (int64_t i = 0; i < part.h.taps; ++i) {
        const int64_t r = part.h.first_tap + i * part.h.tap_step;
        for (int64_t j = 0; j < part.w.taps; ++j) {
          const int64_t s = part.w.first_tap + j * part.w.tap_step;
          const int64_t tap =
              transposed ? (part.h.start - h.step(r)) * planes.pitch + part.w.start - w.step(s)
                         : planes.tap(h, w, r, s);
          *offsets++ = c * planes.channel + tap;
        }
      }
    }
  }

  /// One panel: for every (channel, kernel position) the weights of its outputs.
  void pack_panel(const ConvPart& part, int64_t height, const T* weight, T* panel) const {
    for (int64_t c = 0; c < sources; ++c) {
      for (int64_t i = 0; i < part.h.taps; ++i) {
        const int64_t r = part.h.first_tap + i * part.h.tap_step;
        for (int64_t j = 0; j < part.w.taps; ++j) {
          const int64_t s = part.w.first_tap + j * part.w.tap_step;
          const T* from = weight + c * weight_source + r * w.kernel + s;
          for (int64_t k = 0; k < height; ++k) *panel++ = from[k * weight_output];
        }
      }
    }
  }
};

template <class Arch, class T>
ConvEngine<Arch, T> ConvEngine<Arch, T>::forward(const Conv2dShape& s) {
  const auto h = ConvAxis<Arch>::vertical(s), w = ConvAxis<Arch>::horizontal(s);
  const int64_t sources = s.in_channels / s.groups, taps = s.kernel_height * s.kernel_width;
  return {h,
          w,
          Planes<Arch, T>::of_input(s),
          false,
          s.batch,
          s.groups,
          sources,
          s.out_channels / s.groups,
          sources * taps,
          taps,
          s.in_height * s.in_width,
          s.out_width,
          s.out_height * s.out_width,
          0,
          0,
          s.threads,
          s.relu,
          s.prepared};
}

/// The rows of grad_y that the input's phases read, as an axis of planes.
template <class Arch, class T>
PlaneAxis<Arch> gradient_axis(const ConvAxis<Arch>& axis, int64_t* lowest) {
  using Engine = ConvEngine<Arch, T>;
  int64_t low = Engine::first_row(axis, 0);
  int64_t high = low;
  for (int64_t p = 0; p < axis.phases(); ++p) {
    low = lesser<Arch>(low, Engine::first_row(axis, p));
    high =
        greater<Arch>(high, floor_div<Arch>(axis.pad + axis.in - 1 - axis.residue(p), axis.stride));
  }
  *lowest = low - axis.reach();
  return {axis.out, 1, -*lowest, 1, 1, high - *lowest + 1};
}

template <class Arch, class T>
ConvEngine<Arch, T> ConvEngine<Arch, T>::input_gradient(const Conv2dShape& s) {
  const auto h = ConvAxis<Arch>::vertical(s), w = ConvAxis<Arch>::horizontal(s);
  const int64_t outputs = s.in_channels / s.groups, taps = s.kernel_height * s.kernel_width;
  int64_t lowest_h = 0, lowest_w = 0;
  const auto rows = gradient_axis<Arch, T>(h, &lowest_h);
  const auto columns = gradient_axis<Arch, T>(w, &lowest_w);
  return {h,
          w,
          Planes<Arch, T>::of(rows, columns, columns.extent - w.reach()),
          true,
          s.batch,
          s.groups,
          s.out_channels / s.groups,
          outputs,
          taps,
          outputs * taps,
          s.out_height * s.out_width,
          s.in_width,
          s.in_height * s.in_width,
          lowest_h,
          lowest_w,
          s.threads};
}

}  // namespace lucid::kernels::generic
