// Runs a ConvEngine: scratch, packing, padding, threads, tiles.
#pragma once

#include "lucid/kernels/generic/conv_engine.h"

namespace lucid::kernels::generic {

/// Fewest multiplications that are worth a thread of their own.
inline constexpr int64_t kMultiplyGrain = 1 << 19;

/// Where a convolution keeps what in its scratch memory, and how it is shared among threads.
template <class Arch, class T>
struct ConvScratch {
  int64_t panels, planes, image, total;  ///< offsets in elements; size of one image's planes
  int64_t workers;
  bool by_image;       ///< each thread does whole images, with planes of its own
  bool source_direct;  ///< no planes needed

  static ConvScratch of(const ConvEngine<Arch, T>& e) {
    ConvScratch s{};
    const int64_t work = e.batch * e.groups * e.outputs * e.depth() *
                         greater<Arch>(1, lesser<Arch>(e.output_plane, e.source_plane));
    const int64_t threads = e.threads > 0 ? e.threads : get_num_threads();
    s.workers = greater<Arch>(1, lesser<Arch>(threads, work / kMultiplyGrain));
    s.by_image = e.batch % s.workers == 0 || e.batch >= 4 * s.workers;
    s.source_direct = e.reads_source();
    const int64_t channels = e.groups * e.sources;
    s.image = s.source_direct
                  ? channels * e.source_plane
                  : round_up<Arch>(channels * e.planes.channel + e.planes.slack_after(), 16);
    s.panels = round_up<Arch>(e.depth() * static_cast<int64_t>(sizeof(int64_t) / sizeof(T)), 16);
    s.planes = s.panels + (e.prepared ? 0 : round_up<Arch>(e.groups * e.outputs * e.depth(), 16));
    const int64_t images = s.source_direct ? 0 : s.by_image ? s.workers : e.batch;
    s.total = s.planes + images * s.image + 16;
    return s;
  }
};

/// The next address at a cache line.
template <class Arch, class T>
LUCID_INLINE T* aligned(T* p) {
  return reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(p) + 63) & ~uintptr_t{63});
}

template <class Arch, class T>
class Convolution {
 public:
  static int64_t scratch(const ConvEngine<Arch, T>& engine) {
    return ConvScratch<Arch, T>::of(engine).total;
  }
  static int64_t prepared_size(const ConvEngine<Arch, T>& e) {
    return e.groups * e.outputs * e.depth();
  }
  /// Packs the weights into panels.
  __attribute__((noinline)) static void prepare(const ConvEngine<Arch, T>& e, const T* weight,
                                                T* to) {
    const auto panels = e.panels();
    e.for_each_part([&](const ConvPart& part) {
      const int64_t depth = e.sources * part.taps();
      const int64_t grain = 1 + kCheapGrain / greater<Arch>(1, depth * panels.size);
      parallel_for(e.groups * panels.count, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t group = i / panels.count, panel = i % panels.count;
          e.pack_panel(part, panels.size_of(panel),
                       weight + group * e.weight_group() + panels.first(panel) * e.weight_output,
                       to + panel_at(e, part, group, panels.first(panel)));
        }
      });
    });
  }

  Convolution(const ConvEngine<Arch, T>& engine, const T* source, const T* bias, T* output,
              T* scratch)
      : e_(engine),
        s_(ConvScratch<Arch, T>::of(engine)),
        source_(source),
        bias_(bias),
        output_(output),
        offsets_(reinterpret_cast<int64_t*>(aligned<Arch>(scratch))),
        packed_(aligned<Arch>(scratch) + s_.panels),
        planes_(aligned<Arch>(scratch) + s_.planes) {}

  void run(const T* weight) {
    e_.for_each_part([this](const ConvPart& part) {
      e_.fill_offsets(part, offsets_ + e_.sources * part.taps_before);
    });
    if (!e_.prepared) prepare(e_, weight, packed_);
    panels_ = e_.prepared ? weight : packed_;
    if (s_.by_image) {
      parallel_for(s_.workers, 1, [this](int64_t begin, int64_t end) {
        for (int64_t worker = begin; worker < end; ++worker) work(worker);
      });
      return;
    }
    const int64_t channels = e_.groups * e_.sources;
    if (!s_.source_direct) {
      parallel_for(e_.batch * channels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) pad(i / channels, i % channels, i / channels);
      });
    }
    if (e_.leaves_gaps()) clear_images(0, e_.batch);
    e_.for_each_part([this](const ConvPart& part) { run_part_together(part); });
  }

 private:
  static int64_t panel_at(const ConvEngine<Arch, T>& e, const ConvPart& part, int64_t group,
                          int64_t first) {
    const int64_t before = e.groups * e.outputs * e.sources * part.taps_before;
    return before + (group * e.outputs + first) * e.sources * part.taps();
  }

  /// Fills the planes of one channel of one image; behind the last channel, the slack as well.
  void pad(int64_t image, int64_t channel, int64_t slot) const {
    const int64_t channels = e_.groups * e_.sources;
    T* planes = planes_ + slot * s_.image;
    e_.planes.fill(source_ + (image * channels + channel) * e_.source_plane,
                   planes + channel * e_.planes.channel);
    if (channel + 1 == channels) {
      fill_zero<Arch, T>(planes + channels * e_.planes.channel,
                         s_.image - channels * e_.planes.channel);
    }
  }

  const T* planes_of(int64_t image, int64_t slot) const {
    return s_.source_direct ? source_ + image * s_.image : planes_ + slot * s_.image;
  }

  void clear_images(int64_t begin, int64_t end) const {
    const int64_t size = e_.groups * e_.outputs * e_.output_plane;
    fill_zero<Arch, T>(output_ + begin * size, (end - begin) * size);
  }

  /// All images of one worker.
  void work(int64_t worker) const {
    const int64_t begin = worker * e_.batch / s_.workers;
    const int64_t end = (worker + 1) * e_.batch / s_.workers;
    const int64_t panels = e_.panels().count;
    if (e_.leaves_gaps()) clear_images(begin, end);
    for (int64_t image = begin; image < end; ++image) {
      if (!s_.source_direct) {
        for (int64_t c = 0; c < e_.groups * e_.sources; ++c) pad(image, c, worker);
      }
      e_.for_each_part([&](const ConvPart& part) {
        const auto tiling = e_.tiling(part);
        for (int64_t group = 0; group < e_.groups; ++group) {
          for (int64_t t = 0; t < tiling.count; ++t) {
            run_tile(part, tiling, t, image, worker, group, 0, panels);
          }
        }
      });
    }
  }

  /// All threads share the tiles of all images.
  void run_part_together(const ConvPart& part) const {
    const auto tiling = e_.tiling(part);
    const int64_t panels = e_.panels().count;
    parallel_for(e_.batch * e_.groups * tiling.count * panels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end;) {
        const int64_t panel = i % panels;
        const int64_t stop = lesser<Arch>(panels, panel + end - i);
        const int64_t tile = i / panels;
        const int64_t image = tile / tiling.count / e_.groups;
        run_tile(part, tiling, tile % tiling.count, image, image, tile / tiling.count % e_.groups,
                 panel, stop);
        i += stop - panel;
      }
    });
  }

  void run_tile(const ConvPart& part, const Tiling<Arch, T>& tiling, int64_t index, int64_t image,
                int64_t slot, int64_t group, int64_t begin, int64_t end) const {
    constexpr int64_t width = kTileWidth<Arch, T>;
    const auto panels = e_.panels();
    const Tile<Arch, T> tile(tiling, index);
    const int64_t* offsets = offsets_ + e_.sources * part.taps_before;
    const int64_t depth = e_.sources * part.taps();
    const int64_t channel_size = s_.source_direct ? e_.source_plane : e_.planes.channel;
    const T* from = planes_of(image, slot) + group * e_.sources * channel_size + tile.start;
    alignas(64) T buffer[Blocks<Arch, T>::mr * width];
    for (int64_t p = begin; p < end; ++p) {
      const int64_t channel = group * e_.outputs + panels.first(p);
      const int64_t height = panels.size_of(p);
      const T* panel = panels_ + panel_at(e_, part, group, panels.first(p));
      const T* bias = bias_ != nullptr ? bias_ + channel : nullptr;
      T* out = output_ + (image * e_.groups * e_.outputs + channel) * e_.output_plane;
      const auto kernel = MicroKernels<Arch, T>::at(height);
      if (tile.direct) {
        kernel(depth, panel, from, offsets, out + tile.segments[0].at, e_.output_plane,
               with_relu<Arch>(bias != nullptr ? Finish::add_row_bias : Finish::store, e_.relu),
               bias);
      } else {
        kernel(depth, panel, from, offsets, buffer, width, Finish::store, nullptr);
        tile.scatter(height, buffer, out, e_.output_plane, tiling.grid.column_step, bias, e_.relu);
      }
    }
  }

  ConvEngine<Arch, T> e_;
  ConvScratch<Arch, T> s_;
  const T* source_;
  const T* bias_;
  T* output_;
  int64_t* offsets_;
  T* packed_;  ///< in the scratch
  const T* panels_ = nullptr;
  T* planes_;
};

template <class Arch>
LUCID_INLINE bool no_outputs(const Conv2dShape& s) {
  return s.batch <= 0 || s.out_channels <= 0 || s.out_height <= 0 || s.out_width <= 0;
}
template <class Arch>
LUCID_INLINE bool no_inputs(const Conv2dShape& s) {
  return s.batch <= 0 || s.in_channels <= 0 || s.in_height <= 0 || s.in_width <= 0;
}

template <class Arch, class T>
int64_t direct_forward_scratch(const Conv2dShape& s) {
  return no_outputs<Arch>(s) ? 0 : Convolution<Arch, T>::scratch(ConvEngine<Arch, T>::forward(s));
}

template <class Arch, class T>
void direct_forward(const Conv2dShape& s, const T* x, const T* weight, const T* bias, T* y,
                    T* scratch) {
  if (no_outputs<Arch>(s)) return;
  Convolution<Arch, T>(ConvEngine<Arch, T>::forward(s), x, bias, y, scratch).run(weight);
}

template <class Arch, class T>
int64_t direct_prepared_size(const Conv2dShape& s) {
  if (no_outputs<Arch>(s)) return 0;
  return Convolution<Arch, T>::prepared_size(ConvEngine<Arch, T>::forward(s));
}

template <class Arch, class T>
void direct_prepare_weights(const Conv2dShape& s, const T* weight, T* prepared) {
  Convolution<Arch, T>::prepare(ConvEngine<Arch, T>::forward(s), weight, prepared);
}

template <class Arch, class T>
int64_t direct_input_gradient_scratch(const Conv2dShape& s) {
  if (no_inputs<Arch>(s) || no_outputs<Arch>(s)) return 0;
  return Convolution<Arch, T>::scratch(ConvEngine<Arch, T>::input_gradient(s));
}

template <class Arch, class T>
void direct_input_gradient(const Conv2dShape& s, const T* grad_y, const T* weight, T* grad_x,
                           T* scratch) {
  if (no_inputs<Arch>(s)) return;
  if (no_outputs<Arch>(s)) {
    fill_zero<Arch, T>(grad_x, s.batch * s.in_channels * s.in_height * s.in_width);
    return;
  }
  const T* no_bias = nullptr;
  Convolution<Arch, T>(ConvEngine<Arch, T>::input_gradient(s), grad_y, no_bias, grad_x, scratch)
      .run(weight);
}

}  // namespace lucid::kernels::generic
