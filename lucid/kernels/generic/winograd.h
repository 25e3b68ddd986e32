// Convolution by Winograd's minimal filtering, forward and with respect to the input: stride 1, no
// dilation, one group, square filters of 3 or 5 taps, float32.
//
// Tiles of the input are transformed, multiplied channel by channel with the transformed filter - a
// matrix product for each of the 16 or 36 products - and transformed back. A block of tiles goes
// through all of it while it is in the second level cache.
#pragma once

#include "lucid/kernels/generic/conv2d.h"
#include "lucid/kernels/generic/winograd_tiles.h"

namespace lucid::kernels::generic {

/// sums[tile][channel] (+)= sum over c of v[tile][c] * u[c][channel] for `MT` tiles and one block
/// of channels; v continues `v_block` elements further with every block of its channels.
template <class Arch, int MT>
void winograd_product(int64_t blocks, const float* v, int64_t v_block, const float* u,
                      float* sums) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int64_t block = kChannelBlock<Arch>;
  V acc[MT][2];
#pragma GCC unroll 32
  for (int i = 0; i < MT; ++i) acc[i][0] = acc[i][1] = V(0.0F);
  for (int64_t b = 0; b < blocks; ++b, v += v_block) {
#pragma GCC unroll 4
    for (int64_t c = 0; c < block; ++c, u += block) {
      const V left = load<Arch, float>(u), right = load<Arch, float>(u + lanes);
#pragma GCC unroll 32
      for (int i = 0; i < MT; ++i) {
        const V number(v[i * block + c]);
        acc[i][0] = multiply_add<Arch, float>(number, left, acc[i][0]);
        acc[i][1] = multiply_add<Arch, float>(number, right, acc[i][1]);
      }
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < MT; ++i) {
    acc[i][0].store_aligned(sums + i * block);
    acc[i][1].store_aligned(sums + i * block + lanes);
  }
}

/// The same for each number of tiles from 1 to Blocks::mr.
template <class Arch>
struct WinogradProducts {
  using Function = void (*)(int64_t, const float*, int64_t, const float*, float*);

  template <int... I>
  static constexpr Function choose(int64_t tiles, std::integer_sequence<int, I...>) {
    constexpr Function functions[] = {winograd_product<Arch, I + 1>...};
    return functions[tiles - 1];
  }
  static Function at(int64_t tiles) {
    return choose(tiles, std::make_integer_sequence<int, Blocks<Arch, float>::mr>());
  }
};

/// A filter as one of the passes sees it: weights of output o and input i are at
/// o * output + i * input, turned by half a circle for the input gradient.
struct WinogradFilter {
  int64_t outputs, inputs, output, input;
  bool turned;
};

/// Writes u[product][output block][input][output in block] of one block of outputs, in the given
/// place among the blocks of u.
template <class Arch, class Scheme>
void transform_filter(const WinogradFilter& filter, const float* weight, int64_t block,
                      const TileBlocks<Arch>& layout, int64_t place, float* u) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int taps = Scheme::taps, products = Scheme::products;
  alignas(64) float gathered[taps * taps * lanes];
  PixelSquare<Arch> square;
  const auto map = [](const V(&in)[taps], V(&out)[products]) {
    Scheme::template filter<Arch>(in, out);
  };
  for (int64_t i = 0; i < layout.tiles; ++i) {
    for (int64_t half = 0; half < 2; ++half) {
      const int64_t first = block * kChannelBlock<Arch> + half * lanes;
      const int64_t some =
          i < filter.inputs ? lesser<Arch>(lanes, filter.outputs - first) : int64_t{0};
      const float* from = weight + first * filter.output + i * filter.input;
      for (int64_t t = 0; t < taps * taps; t += lanes) {
        const int64_t wide = lesser<Arch>(lanes, taps * taps - t);
        square.read(from + t, filter.output, greater<Arch>(0, some), wide);
        for (int64_t l = 0; l < wide; ++l) {
          const int64_t tap = filter.turned ? taps * taps - 1 - t - l : t + l;
          square.rows[l].store_aligned(gathered + tap * lanes);
        }
      }
      V turned[products][taps];
      for (int s = 0; s < taps; ++s) {
        V column[taps], mapped[products];
        for (int r = 0; r < taps; ++r) {
          column[r] = load<Arch, float>(gathered + (r * taps + s) * lanes);
        }
        map(column, mapped);
        for (int p = 0; p < products; ++p) turned[p][s] = mapped[p];
      }
      for (int p = 0; p < products; ++p) {
        V mapped[products];
        map(turned[p], mapped);
        for (int q = 0; q < products; ++q) {
          mapped[q].store_aligned(u + (p * products + q) * layout.product + layout.at(place, i) +
                                  half * lanes);
        }
      }
    }
  }
}

/// How the work is cut and where its parts are, for all schemes.
template <class Arch>
class WinogradPlan {
 protected:
  static constexpr int64_t block = kChannelBlock<Arch>;
  static constexpr int64_t height = Blocks<Arch, float>::mr;
  static constexpr int64_t many_filters = 1 << 20;  ///< transformed, in numbers

  LUCID_SETUP WinogradPlan(const Conv2dShape& s, const ImagePlanes& source,
                           const ImagePlanes& output, int64_t outputs, int64_t products,
                           bool prepared)
      : source_(source),
        output_(output),
        grid_(TileGrid<Arch>::of(s.batch, output.height, output.width, outputs)) {
    const int64_t threads = s.threads > 0 ? s.threads : get_num_threads();
    const int64_t pairs = source.channels * output.channels;
    // Deep filters are read again for every block of tiles, so that these should be many.
    const int64_t wanted = pairs >= 32768 ? 144 : 48;
    workers_ =
        greater<Arch>(1, lesser<Arch>(threads, grid_.total * pairs * products / kMultiplyGrain));
    int64_t blocks = ceil_div<Arch>(grid_.total, wanted);
    blocks = round_up<Arch>(greater<Arch>(blocks, 1), workers_);
    const int64_t tiles = round_up<Arch>(ceil_div<Arch>(grid_.total, blocks), height);
    const int64_t all = ceil_div<Arch>(output.channels, block);
    channels_ = channel_parts<Arch>(all, grid_.total, workers_);
    by_channels_ = !prepared && grid_.total <= kFewTiles && products * pairs >= many_filters &&
                   workers_ * channels_.size < all;
    const int64_t some = by_channels_ ? channels_.size : all;
    v_ = TileBlocks<Arch>::of(source.channels, by_channels_ ? grid_.total : tiles);
    m_ = TileBlocks<Arch>::of(some * block, v_.tiles);
    u_ = TileBlocks<Arch>::of(some * block, v_.blocks * block);
  }

  ImagePlanes source_, output_;
  TileGrid<Arch> grid_;
  int64_t workers_;
  /// Whether threads share out output channels, some at a time, rather than tiles. Transformed
  /// filters of deep layers would take more memory than all else.
  bool by_channels_;
  EvenParts<Arch> channels_{};  // in blocks
  TileBlocks<Arch> v_{}, m_{}, u_{};
};

template <class Arch, class Scheme>
class WinogradConvolution : WinogradPlan<Arch> {
  using Plan = WinogradPlan<Arch>;
  using Plan::block, Plan::height, Plan::source_, Plan::output_, Plan::grid_, Plan::workers_;
  using Plan::by_channels_, Plan::channels_, Plan::v_, Plan::m_, Plan::u_;
  static constexpr int products = Scheme::products * Scheme::products;

 public:
  static WinogradConvolution forward(const Conv2dShape& s) {
    const int64_t taps = Scheme::taps * Scheme::taps;
    return {s,
            {s.in_channels, s.in_height, s.in_width, s.pad_top, s.pad_left},
            {s.out_channels, s.out_height, s.out_width, 0, 0},
            {s.out_channels, s.in_channels, s.in_channels * taps, taps, false},
            s.relu,
            s.prepared};
  }
  static WinogradConvolution input_gradient(const Conv2dShape& s) {
    const int64_t taps = Scheme::taps * Scheme::taps;
    return {s,
            {s.out_channels, s.out_height, s.out_width, Scheme::taps - 1 - s.pad_top,
             Scheme::taps - 1 - s.pad_left},
            {s.in_channels, s.in_height, s.in_width, 0, 0},
            {s.in_channels, s.out_channels, taps, s.in_channels * taps, true}};
  }

  int64_t prepared_size() const {
    return TileBlocks<Arch>::of(output_.channels, u_.tiles).size(products);
  }
  __attribute__((noinline)) void prepare(const float* weight, float* u) const {
    const auto layout = TileBlocks<Arch>::of(output_.channels, u_.tiles);
    parallel_for(layout.blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) transform_block(weight, b, layout, b, u);
    });
  }

  int64_t scratch() const {
    const int64_t v = v_.size(products), m = m_.size(products);
    const int64_t u = prepared_ ? 0 : u_.size(products);
    return (by_channels_ ? v + workers_ * (u + m) : u + workers_ * (v + m)) + 16;
  }

  __attribute__((noinline)) void run(const float* source, const float* weight, const float* bias,
                                     float* output, float* scratch) const {
    float* const shared = aligned<Arch>(scratch);
    const int64_t v_size = v_.size(products), m_size = m_.size(products);
    const int64_t u_size = prepared_ ? 0 : u_.size(products);
    if (by_channels_) {
      parallel_for(v_.blocks, 1, [&](int64_t begin, int64_t end) {
        transform(source, 0, grid_.total, begin, end, shared);
      });
    } else if (!prepared_) {
      prepare(weight, shared);
    }
    float* const workers = shared + (by_channels_ ? v_size : u_size);
    const int64_t worker_size = m_size + (by_channels_ ? u_size : v_size);
    const int64_t pieces = by_channels_ ? channels_.count : ceil_div<Arch>(grid_.total, v_.tiles);
    for_workers<Arch>(workers_, pieces, [&](int64_t i, int64_t worker) {
      float* const m = workers + worker * worker_size;
      float* const own = m + m_size;
      const int64_t first = by_channels_ ? 0 : i * v_.tiles;
      const int64_t last = lesser<Arch>(grid_.total, first + v_.tiles);
      const int64_t begin_block = by_channels_ ? channels_.first(i) : 0;
      const int64_t count = by_channels_ ? channels_.size_of(i) : u_.blocks;
      if (by_channels_) {
        for (int64_t b = 0; b < count; ++b) transform_block(weight, begin_block + b, u_, b, own);
      } else {
        transform(source, first, last, 0, v_.blocks, own);
      }
      const float* const u = by_channels_ ? own : prepared_ ? weight : shared;
      multiply(by_channels_ ? shared : own, u, m, last - first, count);
      transform_output(m, first, last, begin_block, count, bias, output);
    });
  }

 private:
  WinogradConvolution(const Conv2dShape& s, const ImagePlanes& source, const ImagePlanes& output,
                      const WinogradFilter& filter, bool relu = false, bool prepared = false)
      : Plan(s, source, output, Scheme::outputs, products, prepared),
        filter_(filter),
        relu_(relu),
        prepared_(prepared) {}

  void transform(const float* source, int64_t first, int64_t last, int64_t begin, int64_t end,
                 float* v) const {
    transform_tiles<Arch, Scheme::products, Scheme::products, typename Scheme::Input>(
        grid_, Scheme::outputs, source_, source, first, last, begin, end, begin, v_, v);
  }

  __attribute__((noinline)) void transform_block(const float* weight, int64_t block,
                                                 const TileBlocks<Arch>& layout, int64_t place,
                                                 float* u) const {
    transform_filter<Arch, Scheme>(filter_, weight, block, layout, place, u);
  }

  void multiply(const float* v, const float* u, float* m, int64_t tiles, int64_t count) const {
    const auto parts = EvenParts<Arch>::of(tiles, height);
    for (int64_t p = 0; p < products; ++p) {
      for (int64_t b = 0; b < count; ++b) {
        for (int64_t part = 0; part < parts.count; ++part) {
          const int64_t tile = parts.first(part);
          WinogradProducts<Arch>::at(parts.size_of(part))(
              v_.blocks, v + p * v_.product + v_.at(0, tile), v_.tiles * block,
              u + p * u_.product + u_.at(b, 0), m + p * m_.product + m_.at(b, tile));
        }
      }
    }
  }

  void transform_output(const float* m, int64_t first, int64_t last, int64_t begin_block,
                        int64_t count, const float* bias, float* output) const {
    RunPixels<Arch, Scheme::outputs> pixels;
    const auto least = least_output<Arch, float>(relu_);
    const auto map = [](const auto& in, auto& out) { Scheme::template output<Arch>(in, out); };
    grid_.for_each_run(first, last, [&](const TileRun& run, int64_t tile) {
      float* image = output + run.image * output_.channels * output_.height * output_.width;
      for (int64_t b = 0; b < count; ++b) {
        constexpr int64_t lanes = kLanes<Arch, float>;
        const int64_t begin_channel = (begin_block + b) * block;
        Vec<Arch, float> shift[2] = {Vec<Arch, float>(0.0F), Vec<Arch, float>(0.0F)};
        for (int64_t half = 0; half < 2 && bias != nullptr; ++half) {
          const int64_t channel = begin_channel + half * lanes;
          const int64_t some = greater<Arch>(0, lesser<Arch>(lanes, output_.channels - channel));
          shift[half] = Lanes<Arch, float>::load_first(bias + channel, some, 0.0F);
        }
        restore_run<Arch, Scheme::products, Scheme::outputs>(m + m_.at(b, tile), m_.product,
                                                             run.count, shift, least, pixels, map);
        pixels.write(output_, image, begin_channel, run.row * Scheme::outputs,
                     run.column * Scheme::outputs, run.count * Scheme::outputs);
      }
    });
  }

  WinogradFilter filter_;
  bool relu_, prepared_;
};

}  // namespace lucid::kernels::generic
