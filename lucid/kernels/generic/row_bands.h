// Padded copies of some rows of an image's channels, one channel at a time, for the depthwise
// kernels that have pixels of a row in the lanes.
#pragma once

#include "lucid/kernels/generic/conv2d.h"

namespace lucid::kernels::generic {

/// What all passes share: how planes are cut into bands of rows and put together to tasks, and the
/// padded copies of these. Rows are those of the outputs, or of the phases of the input for its
/// gradient.
template <class Arch>
struct RowBands {
  using Engine = ConvEngine<Arch, float>;
  static constexpr int64_t lanes = kLanes<Arch, float>;

  Engine e;                  ///< its planes are those of a band
  EvenParts<Arch> bands{};   ///< of the rows of a plane
  EvenParts<Arch> groups{};  ///< of the planes: the copies of several small ones are made at once
  int64_t reach = 0;         ///< rows that the kernel positions of one row extend over
  int64_t columns = 0;       ///< rounded up to vectors
  int64_t shift = 0;         ///< where rows begin, for what is copied to be aligned
  int64_t copied = 0;        ///< columns of a phase that come from the source, at most
  int64_t side = 0;          ///< of kernel positions that are a square without gaps, else 0

  LUCID_SETUP explicit RowBands(const Engine& engine) : e(engine) {
    Planes<Arch, float>& p = e.planes;
    int64_t rows = 0;
    e.for_each_part([&](const ConvPart& part) {
      rows = greater<Arch>(rows, part.w.outputs > 0 ? part.h.outputs : 0);
      columns = greater<Arch>(columns, round_up<Arch>(part.w.outputs, lanes));
      reach = greater<Arch>(reach, 1 + (e.transposed ? part.h.start : e.h.reach()));
    });
    int64_t lead = 0;
    for (int64_t i = 0; i < p.w.phases; ++i) lead = greater<Arch>(lead, p.w.lead(i));
    for (int64_t i = 0; i < p.w.phases; ++i) {
      copied = greater<Arch>(copied, p.w.end(i) - p.w.lead(i));
    }
    const int64_t width = lead + round_up<Arch>(copied, lanes);
    shift = round_up<Arch>(lead, lanes) - lead;
    p.pitch = round_up<Arch>(shift + greater<Arch>(p.w.extent, width), lanes);
    const auto plain = [](const ConvAxis<Arch>& a) { return a.stride == 1 && a.dilation == 1; };
    if (plain(e.h) && plain(e.w) && e.h.kernel == e.w.kernel && e.sources == 1) side = e.h.kernel;

    constexpr int64_t fitting = 8 * 1024;  // numbers
    const int64_t row = p.pitch * p.h.phases * p.w.phases * e.sources;
    bands = EvenParts<Arch>::of(rows, greater<Arch>(fitting / row - reach, 4 * reach));
    p.size = (bands.size - 1 + reach) * p.pitch;
    // Behind the last row there is a vector more.
    p.channel = round_up<Arch>(p.size * p.h.phases * p.w.phases + p.w.extent + 2 * lanes, 16);
    const int64_t together = bands.count > 1 ? 1 : fitting / (e.sources * p.channel);
    groups = EvenParts<Arch>::of(e.batch * e.groups, greater<Arch>(1, together));
  }

  int64_t offsets_size() const { return round_up<Arch>(2 * e.depth(), 16); }
  /// The padded copies of the sources of one group.
  int64_t plane_size() const { return e.sources * e.planes.channel; }

  void list_taps(int64_t* offsets) const {
    e.for_each_part([&](const ConvPart& part) {
      e.fill_offsets(part, offsets + e.sources * part.taps_before);
    });
  }

  /// Copies the rows of a band of one group's sources. What surrounds them is zero already, but for
  /// rows that another band had a copy in.
  void fill(int64_t band, const float* source, float* to) const {
    PlaneAxis<Arch> h = e.planes.h;
    h.pad -= bands.first(band) * h.stride;
    h.extent = bands.size_of(band) - 1 + reach;
    for (int64_t c = 0; c < e.sources; ++c, source += e.source_plane, to += e.planes.channel) {
      float* plane = to + shift;
      for (int64_t ph = 0; ph < h.phases; ++ph, plane += e.planes.w.phases * e.planes.size) {
        const int64_t origin = h.origin(ph), top = h.lead(ph), bottom = h.end(ph);
        if (bands.count > 1) clear(plane, 0, top), clear(plane, bottom, h.extent);
        fill_rows(source + (top * h.stride + origin) * e.planes.w.source, bottom - top,
                  plane + top * e.planes.pitch);
      }
    }
  }

  int64_t workers(int64_t tasks) const {
    const int64_t threads = e.threads > 0 ? e.threads : get_num_threads();
    const int64_t work =
        e.batch * e.groups * (e.outputs * e.output_plane + e.sources * e.source_plane);
    return greater<Arch>(1, lesser<Arch>(lesser<Arch>(threads, tasks), work / kCheapGrain));
  }

 private:
  using V = Vec<Arch, float>;

  void clear(float* plane, int64_t first, int64_t last) const {
    for (int64_t i = 0; i < e.planes.w.phases; ++i) {
      for (int64_t row = first; row < last; ++row) {
        fill_zero<Arch, float>(plane + i * e.planes.size + row * e.planes.pitch, e.planes.w.extent);
      }
    }
  }

  /// Every phase of the columns of some rows. The last vectors of a row extend over the zeros
  /// behind it.
  void fill_rows(const float* source, int64_t rows, float* to) const {
    const PlaneAxis<Arch>& w = e.planes.w;
    const int64_t step = e.planes.h.stride * w.source, pitch = e.planes.pitch;
    if (w.stride == 2 && w.phases == 2) {
      // Which phase columns 0, 2, ... are, and where column 0 and column 1 go to.
      const int64_t even = w.pad % 2, first = w.pad / 2, second = (w.pad + 1) / 2;
      if (w.lead(even) == first && w.lead(1 - even) == second) {
        separate_rows(source, rows, to + even * e.planes.size + first,
                      to + (1 - even) * e.planes.size + second);
        return;
      }
    }
    for (int64_t phase = 0; phase < w.phases; ++phase, to += e.planes.size) {
      const int64_t left = w.lead(phase), some = w.end(phase) - left;
      const float* from = source + w.origin(phase) + left * w.stride;
      float* row = to + left;
      for (int64_t i = 0; i < rows; ++i, from += step, row += pitch) {
        int64_t j = 0;
        if (w.stride > 1) {
          for (; j < some; ++j) row[j] = from[j * w.stride];
          continue;
        }
        for (; j + lanes <= some; j += lanes) load<Arch, float>(from + j).store_unaligned(row + j);
        if (j < some) {
          Lanes<Arch, float>::load_first(from + j, some - j, 0.0F).store_unaligned(row + j);
        }
      }
    }
  }

  /// Columns 0, 2, ... of some rows to one place, the others to another one.
  void separate_rows(const float* source, int64_t rows, float* even, float* odd) const {
    const int64_t width = e.planes.w.source, step = e.planes.h.stride * width;
    for (; rows > 0; --rows, source += step, even += e.planes.pitch, odd += e.planes.pitch) {
      for (int64_t j = 0; j < copied; j += lanes) {
        const int64_t rest = width - 2 * j;
        V a, b;
        if (rest >= 2 * lanes) {
          a = load<Arch, float>(source + 2 * j), b = load<Arch, float>(source + 2 * j + lanes);
        } else {
          a = Lanes<Arch, float>::load_first(source + 2 * j, lesser<Arch>(rest, lanes), 0.0F);
          b = rest <= lanes
                  ? V(0.0F)
                  : Lanes<Arch, float>::load_first(source + 2 * j + lanes, rest - lanes, 0.0F);
        }
        Lanes<Arch, float>::separate(a, b);
        a.store_unaligned(even + j), b.store_unaligned(odd + j);
      }
    }
  }
};

/// What is read next, brought into the cache a little at a time.
template <class Arch>
struct Ahead {
  const float *at, *end;
  int64_t step;

  LUCID_INLINE void advance() {
    const float* const next = at + step;
    for (; at < next && at < end; at += 16) __builtin_prefetch(at);
    at = next;
  }
};

}  // namespace lucid::kernels::generic
