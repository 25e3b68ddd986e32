// Convolution with output channels in the lanes, forward and with respect to the input: any filter,
// stride, padding and dilation, float32.
//
// Pixels of the source are broadcast, one input channel and kernel position at a time, and
// multiplied with vectors of weights. Each pixel of a tile has a pointer of its own, so that no map
// is too small and no stride wastes anything; what it costs is turning pixels on the way in and
// out.
#pragma once

#include "lucid/kernels/generic/conv2d.h"
#include "lucid/kernels/generic/pixel_output.h"
#include "lucid/kernels/generic/pixel_slab.h"

namespace lucid::kernels::generic {

/// Pairs of a kernel position and a block of channels, as offsets of the pixels that they read.
struct PixelTerms {
  int64_t count;
  const int64_t* offsets;
  int64_t depth;  ///< channels of each, a multiple of 4
};

/// sums[i][channel] (+)= sum over terms and c of source[pixels[i] + offset + c] *
/// weight[c][channel] for `height` pixels and one block of output channels.
template <class Arch, int height>
__attribute__((noinline)) void pixel_product(const float* source, const int64_t* pixels,
                                             const PixelTerms& terms, const float* weight,
                                             float* sums, bool accumulate) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int64_t block = kChannelBlock<Arch>;
  const float* at[height];
  V acc[height][2];
#pragma GCC unroll 32
  for (int i = 0; i < height; ++i) {
    at[i] = source + pixels[i];
    acc[i][0] = accumulate ? load<Arch, float>(sums + i * block) : V(0.0F);
    acc[i][1] = accumulate ? load<Arch, float>(sums + i * block + lanes) : V(0.0F);
  }
  for (int64_t t = 0; t < terms.count; ++t) {
    const int64_t begin = terms.offsets[t], end = begin + terms.depth;
    for (int64_t c = begin; c < end; c += 4) {
#pragma GCC unroll 4
      for (int64_t j = 0; j < 4; ++j, weight += block) {
        const V left = load<Arch, float>(weight), right = load<Arch, float>(weight + lanes);
#pragma GCC unroll 32
        for (int i = 0; i < height; ++i) {
          const V number(at[i][c + j]);
          acc[i][0] = multiply_add<Arch, float>(number, left, acc[i][0]);
          acc[i][1] = multiply_add<Arch, float>(number, right, acc[i][1]);
        }
      }
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < height; ++i) {
    acc[i][0].store_aligned(sums + i * block);
    acc[i][1].store_aligned(sums + i * block + lanes);
  }
}

/// Some pixels, cut into tiles as even as possible: of up to 12, 49 into 9 + 4 x 10 rather than
/// 4 x 12 + 1. The least tile is half of the greatest; fewer pixels are filled up to it.
template <class Arch>
struct PixelTiles {
  using Function = void (*)(const float*, const int64_t*, const PixelTerms&, const float*, float*,
                            bool);
  static constexpr int most = Blocks<Arch, float>::mr, least = most / 2;

  int64_t pixels, count;

  static PixelTiles of(int64_t pixels) {
    pixels = greater<Arch>(least, pixels);
    return {pixels, ceil_div<Arch>(pixels, most)};
  }
  int64_t first(int64_t tile) const { return tile * pixels / count; }

  Function product(int64_t tile) const {
    return choose(first(tile + 1) - first(tile),
                  std::make_integer_sequence<int, most - least + 1>());
  }

 private:
  template <int... I>
  static Function choose(int64_t height, std::integer_sequence<int, I...>) {
    constexpr Function functions[] = {pixel_product<Arch, least + I>...};
    return functions[height - least];
  }
};

template <class Arch>
class PixelConvolution {
  using Engine = ConvEngine<Arch, float>;
  static constexpr int64_t lanes = kLanes<Arch, float>;
  static constexpr int64_t block = kChannelBlock<Arch>;

 public:
  LUCID_SETUP explicit PixelConvolution(const Engine& engine) : e_(engine) {
    int64_t rows = 0, columns = 0;
    e_.for_each_part([&](const ConvPart& part) {
      rows = greater<Arch>(rows, part.h.outputs);
      columns = greater<Arch>(columns, part.w.outputs);
    });
    chunks_ = PixelChunks<Arch>::of(e_.batch, rows, columns, wanted_pixels());
    slab_ = PixelSlab<Arch>::of(e_, chunks_);
    greatest_ = chunks_.images * chunks_.rows * columns;
    blocks_ = ceil_div<Arch>(e_.outputs, block);
    taps_ = e_.h.kernel * e_.w.kernel;
    depth_ = (slab_.blocks - 1) * block + slab_.depth(slab_.blocks - 1);
    const int64_t threads = e_.threads > 0 ? e_.threads : get_num_threads();
    const int64_t work = e_.batch * e_.groups * e_.outputs * e_.depth() *
                         greater<Arch>(1, lesser<Arch>(e_.output_plane, e_.source_plane));
    workers_ = greater<Arch>(1, lesser<Arch>(threads, work / kMultiplyGrain));
    // Where there are too few chunks the channels are shared out as well.
    const int64_t tasks = e_.groups * chunks_.count;
    parts_ = tasks >= 4 * workers_ || tasks % workers_ == 0
                 ? 1
                 : lesser<Arch>(blocks_, ceil_div<Arch>(2 * workers_, tasks));
  }

  int64_t prepared_size() const { return e_.groups * blocks_ * taps_ * depth_ * block; }
  __attribute__((noinline)) void prepare(const float* weight, float* packed) const {
    const int64_t grain = 1 + kCheapGrain / (taps_ * depth_ * block);
    parallel_for(e_.groups * blocks_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        e_.for_each_part([&](const ConvPart& part) {
          pack_part(part, weight + i / blocks_ * e_.weight_group(), i % blocks_,
                    packed + packed_at(i / blocks_, i % blocks_, part));
        });
      }
    });
  }

  int64_t scratch() const { return packed_size() + offsets_size() + workers_ * worker_size() + 16; }

  __attribute__((noinline)) void run(const float* source, const float* weight, const float* bias,
                                     float* output, float* scratch) const {
    float* const start = aligned<Arch>(scratch);
    int64_t* const offsets = reinterpret_cast<int64_t*>(start + packed_size());
    float* const own = start + packed_size() + offsets_size();
    fill_offsets(offsets);
    if (!e_.prepared) prepare(weight, start);
    const float* const packed = e_.prepared ? weight : start;
    if (e_.leaves_gaps()) clear_outputs(e_, output);
    const int64_t tasks = e_.groups * chunks_.count * parts_;
    for_workers<Arch>(workers_, tasks, [&](int64_t task, int64_t worker) {
      const int64_t part = task % parts_, group = task / parts_ / chunks_.count;
      const Job job{chunks_.at(task / parts_ % chunks_.count),
                    group,
                    part * blocks_ / parts_,
                    (part + 1) * blocks_ / parts_,
                    packed,
                    offsets,
                    bias,
                    output};
      run_chunk(job, source, own + worker * worker_size());
    });
  }

 private:
  struct Job {
    PixelChunk chunk;
    int64_t group, first_block, last_block;
    const float* packed;
    const int64_t* offsets;
    const float* bias;
    float* output;
  };

  /// As many as let the weights, which pass by for every chunk, be read from the third level
  /// cache, if the pixels fit the second.
  int64_t wanted_pixels() const {
    constexpr int64_t fitting = 96 * 1024;  // numbers
    const int64_t each = e_.sources * (e_.transposed ? 1 : e_.h.stride * e_.w.stride);
    return greater<Arch>(64, lesser<Arch>(256, fitting / each));
  }

  /// In the scratch.
  int64_t packed_size() const { return e_.prepared ? 0 : prepared_size(); }
  int64_t offsets_size() const { return round_up<Arch>(2 * slab_.blocks * taps_, 16); }
  int64_t tiles_size() const { return greater<Arch>(PixelTiles<Arch>::least, greatest_); }
  int64_t worker_size() const {
    return slab_.size() + (tiles_size() + lanes) * block + round_up<Arch>(2 * tiles_size(), 16);
  }

  /// Offsets of a part: [channel block][kernel position].
  void fill_offsets(int64_t* offsets) const {
    e_.for_each_part([&](const ConvPart& part) {
      int64_t* to = offsets + part.taps_before * slab_.blocks;
      for (int64_t b = 0; b < slab_.blocks; ++b, to += part.taps()) {
        slab_.list_taps(e_, part, to);
        for (int64_t t = 0; t < part.taps(); ++t) to[t] += b * slab_.pitch;
      }
    });
  }

  /// Where the weights of a part and a block of outputs begin.
  int64_t packed_at(int64_t group, int64_t output_block, const ConvPart& part) const {
    return ((group * blocks_ + output_block) * taps_ + part.taps_before) * depth_ * block;
  }

  /// [channel block][kernel position][channel][output in block].
  void pack_part(const ConvPart& part, const float* weight, int64_t output_block, float* to) const {
    const float* from = weight + output_block * block * e_.weight_output;
    const int64_t some = lesser<Arch>(block, e_.outputs - output_block * block);
    for (int64_t b = 0; b < slab_.blocks; ++b) {
      if (e_.weight_source == part.taps()) {
        pack_rows(from, some, b, to);
        to += taps_ * slab_.depth(b) * block;
        continue;
      }
      for (int64_t i = 0; i < part.h.taps; ++i) {
        const int64_t r = part.h.first_tap + i * part.h.tap_step;
        for (int64_t j = 0; j < part.w.taps; ++j, to += slab_.depth(b) * block) {
          const int64_t s = part.w.first_tap + j * part.w.tap_step;
          pack_tap(from + r * e_.w.kernel + s, some, b, to);
        }
      }
    }
  }

  /// Where all kernel positions of all channels stand next to each other: whole squares, whose
  /// rows then go to their places.
  void pack_rows(const float* weight, int64_t some, int64_t b, float* to) const {
    const int64_t depth = slab_.depth(b);
    const int64_t given = lesser<Arch>(depth, e_.sources - b * block) * taps_;
    PixelSquare<Arch> square;
    for (int64_t half = 0; half < block; half += lanes) {
      const int64_t outputs = greater<Arch>(0, lesser<Arch>(lanes, some - half));
      int64_t c = 0, tap = 0;
      for (int64_t first = 0; first < depth * taps_; first += lanes) {
        const int64_t wide = greater<Arch>(0, lesser<Arch>(lanes, given - first));
        const float* from = weight + half * e_.weight_output + b * block * taps_ + first;
        square.read(from, e_.weight_output, wide > 0 ? outputs : 0, wide);
        for (int64_t i = 0; i < lesser<Arch>(lanes, depth * taps_ - first); ++i) {
          square.rows[i].store_aligned(to + (tap * depth + c) * block + half);
          if (++tap == taps_) tap = 0, ++c;
        }
      }
    }
  }

  void pack_tap(const float* weight, int64_t some, int64_t b, float* to) const {
    for (int64_t c = b * block; c < b * block + slab_.depth(b); ++c, to += block) {
      const float* from = weight + c * e_.weight_source;
      const int64_t given = c < e_.sources ? some : 0;
      if (e_.weight_output == 1) {
        copy_run<Arch, float>(to, from, given);
      } else {
        for (int64_t k = 0; k < given; ++k) to[k] = from[k * e_.weight_output];
      }
      fill_zero<Arch, float>(to + given, block - given);
    }
  }

  void run_chunk(const Job& job, const float* source, float* own) const {
    float* const slab = own;
    float* const sums = slab + slab_.size();
    int64_t* const pixels = reinterpret_cast<int64_t*>(sums + (tiles_size() + lanes) * block);
    const float* from = source + job.group * e_.sources * e_.source_plane;
    const PixelOutput<Arch> to{job.output, e_.groups * e_.outputs, e_.output_plane, e_.relu};
    for (int64_t b = 0; b < slab_.blocks; ++b)
      slab_.fill(job.chunk, b, from, slab + b * slab_.pitch);
    e_.for_each_part([&](const ConvPart& part) {
      const int64_t rows = lesser<Arch>(job.chunk.last, part.h.outputs) - job.chunk.first;
      if (rows <= 0 || part.w.outputs <= 0) return;
      const int64_t count = slab_.list(job.chunk.images, rows, part.w.outputs, pixels);
      const auto tiles = PixelTiles<Arch>::of(count);
      for (int64_t i = count; i < tiles.pixels; ++i) pixels[i] = pixels[0];
      for (int64_t b = job.first_block; b < job.last_block; ++b) {
        multiply(part, job.offsets + part.taps_before * slab_.blocks,
                 job.packed + packed_at(job.group, b, part), slab, pixels, tiles, sums);
        const int64_t first = job.group * e_.outputs + b * block;
        to.store(job.chunk, e_.grid(part), rows, first, lesser<Arch>(block, e_.outputs - b * block),
                 job.bias, sums);
      }
    });
  }

  /// All terms, some of them for all pixels before the next ones, so that their weights are read
  /// from the cache; the last block of channels by itself, as it may be a smaller one.
  void multiply(const ConvPart& part, const int64_t* offsets, const float* weight,
                const float* slab, const int64_t* pixels, const PixelTiles<Arch>& tiles,
                float* sums) const {
    constexpr int64_t some = greater<Arch>(1, Blocks<Arch, float>::kc / block);
    const int64_t whole = (slab_.blocks - 1) * part.taps();
    const int64_t total = slab_.blocks * part.taps();
    for (int64_t t = 0; t < total;) {
      const int64_t end = lesser<Arch>(t + some, t < whole ? whole : total);
      const PixelTerms terms{end - t, offsets + t,
                             t < whole ? block : slab_.depth(slab_.blocks - 1)};
      for (int64_t i = 0; i < tiles.count; ++i) {
        const int64_t first = tiles.first(i);
        tiles.product(i)(slab, pixels + first, terms, weight, sums + first * block, t > 0);
      }
      weight += terms.count * terms.depth * block;
      t = end;
    }
    if (total == 0) fill_zero<Arch, float>(sums, tiles.pixels * block);
  }

  Engine e_;
  PixelChunks<Arch> chunks_{};
  PixelSlab<Arch> slab_{};
  int64_t greatest_ = 0;  ///< pixels of a chunk and part, at most
  int64_t blocks_ = 0;    ///< of outputs
  int64_t taps_ = 0, depth_ = 0;
  int64_t workers_ = 1, parts_ = 1;
};

}  // namespace lucid::kernels::generic
