// Depthwise convolution, one filter for each channel: channels in the lanes, so that no map is too
// small and no stride wastes anything; float32.
#pragma once

#include "lucid/kernels/generic/conv2d.h"
#include "lucid/kernels/generic/pixel_output.h"
#include "lucid/kernels/generic/sum_slices.h"

namespace lucid::kernels::generic {

/// sums[i][channel] = sum over taps of source[pixels[i] + offsets[tap]][channel] *
/// weight[tap][channel] for some pixels and one block of channels.
template <class Arch>
__attribute__((noinline)) void depthwise_product(const float* source, const int64_t* pixels,
                                                 int64_t taps, const int64_t* offsets,
                                                 const float* weight, float* sums) {
  using V = Vec<Arch, float>;
  constexpr int height = 4;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int64_t block = kChannelBlock<Arch>;
  const float* at[height];
  V acc[height][2];
#pragma GCC unroll 4
  for (int i = 0; i < height; ++i) {
    at[i] = source + pixels[i];
    acc[i][0] = acc[i][1] = V(0.0F);
  }
  for (int64_t t = 0; t < taps; ++t, weight += block) {
    const int64_t offset = offsets[t];
    const V left = load<Arch, float>(weight), right = load<Arch, float>(weight + lanes);
#pragma GCC unroll 4
    for (int i = 0; i < height; ++i) {
      const float* from = at[i] + offset;
      acc[i][0] = multiply_add<Arch, float>(load<Arch, float>(from), left, acc[i][0]);
      acc[i][1] = multiply_add<Arch, float>(load<Arch, float>(from + lanes), right, acc[i][1]);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < height; ++i) {
    acc[i][0].store_aligned(sums + i * block);
    acc[i][1].store_aligned(sums + i * block + lanes);
  }
}

/// sums[tap][channel] (+)= sum over pixels of x[pixels[i] + offsets[tap]][channel] *
/// grad[i][channel] for `MT` taps and one block of channels.
template <class Arch, int MT>
void depthwise_weight_product(int64_t count, const int64_t* pixels, const int64_t* offsets,
                              const float* x, const float* grad, float* sums, bool accumulate) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int64_t block = kChannelBlock<Arch>;
  V acc[MT][2];
  int64_t steps[MT];
#pragma GCC unroll 32
  for (int i = 0; i < MT; ++i) {
    acc[i][0] = acc[i][1] = V(0.0F);
    steps[i] = offsets[i];
  }
  for (int64_t p = 0; p < count; ++p, grad += block) {
    const V left = load<Arch, float>(grad), right = load<Arch, float>(grad + lanes);
    const float* at = x + pixels[p];
#pragma GCC unroll 32
    for (int i = 0; i < MT; ++i) {
      const float* from = at + steps[i];
      acc[i][0] = multiply_add<Arch, float>(load<Arch, float>(from), left, acc[i][0]);
      acc[i][1] = multiply_add<Arch, float>(load<Arch, float>(from + lanes), right, acc[i][1]);
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < MT; ++i, sums += block) {
    if (accumulate) {
      acc[i][0] += load<Arch, float>(sums);
      acc[i][1] += load<Arch, float>(sums + lanes);
    }
    acc[i][0].store_aligned(sums);
    acc[i][1].store_aligned(sums + lanes);
  }
}

/// The same for each number of taps up to what the registers hold.
template <class Arch>
struct DepthwiseWeightProducts {
  using Function = void (*)(int64_t, const int64_t*, const int64_t*, const float*, const float*,
                            float*, bool);
  static constexpr int most = Blocks<Arch, float>::mr - 1;

  template <int... I>
  static constexpr Function choose(int64_t taps, std::integer_sequence<int, I...>) {
    constexpr Function functions[] = {depthwise_weight_product<Arch, I + 1>...};
    return functions[taps - 1];
  }
  static Function at(int64_t taps) { return choose(taps, std::make_integer_sequence<int, most>()); }
};

/// What all passes share: channel blocks, and chunks of the rows of some images.
template <class Arch>
struct DepthwisePlan {
  using Engine = ConvEngine<Arch, float>;
  static constexpr int64_t lanes = kLanes<Arch, float>;
  static constexpr int64_t block = kChannelBlock<Arch>;

  Engine e;
  PixelChunks<Arch> chunks{};
  PixelSlab<Arch> slab{};
  int64_t channels, taps, blocks;
  int64_t greatest = 0;  ///< pixels of a chunk and part, at most

  static Conv2dShape without_groups(Conv2dShape s) {
    s.groups = 1;
    return s;
  }

  LUCID_SETUP explicit DepthwisePlan(const Engine& engine)
      : e(engine),
        channels(engine.sources),
        taps(engine.h.kernel * engine.w.kernel),
        blocks(ceil_div<Arch>(engine.sources, block)) {
    // Pixels and sums of a block of channels stay in the second level cache.
    constexpr int64_t fitting = 40 * 1024;  // numbers
    int64_t rows = 0, columns = 0;
    e.for_each_part([&](const ConvPart& part) {
      rows = greater<Arch>(rows, part.h.outputs);
      columns = greater<Arch>(columns, part.w.outputs);
    });
    const int64_t step = e.transposed ? 1 : e.h.stride * e.w.stride;
    chunks = PixelChunks<Arch>::of(e.batch, rows, columns, fitting / (block * step));
    slab = PixelSlab<Arch>::of(e, chunks);
    greatest = chunks.images * chunks.rows * columns;
  }

  int64_t pixels_size() const { return round_up<Arch>(2 * (greatest + lanes), 16); }
  int64_t sums_size() const { return (greatest + lanes) * block; }
  int64_t packed_size() const { return blocks * taps * block; }
  int64_t offsets_size() const { return round_up<Arch>(2 * taps, 16); }

  int64_t workers(int64_t tasks) const {
    const int64_t threads = e.threads > 0 ? e.threads : get_num_threads();
    const int64_t work = e.batch * channels * (e.output_plane + e.source_plane);
    return greater<Arch>(1, lesser<Arch>(lesser<Arch>(threads, tasks), work / kCheapGrain));
  }

  void list_taps(int64_t* offsets) const {
    e.for_each_part(
        [&](const ConvPart& part) { slab.list_taps(e, part, offsets + part.taps_before); });
  }
};

/// Forward, and with respect to the input.
template <class Arch>
class DepthwiseConvolution {
  using Engine = ConvEngine<Arch, float>;
  static constexpr int64_t block = kChannelBlock<Arch>;

 public:
  static DepthwiseConvolution forward(const Conv2dShape& s) {
    return DepthwiseConvolution(Engine::forward(DepthwisePlan<Arch>::without_groups(s)));
  }
  static DepthwiseConvolution input_gradient(const Conv2dShape& s) {
    return DepthwiseConvolution(Engine::input_gradient(DepthwisePlan<Arch>::without_groups(s)));
  }

  int64_t prepared_size() const { return p_.packed_size(); }
  /// [part][channel block][kernel position][channel in block].
  __attribute__((noinline)) void prepare(const float* weight, float* packed) const {
    p_.e.for_each_part([&](const ConvPart& part) {
      float* to = packed + part.taps_before * p_.blocks * block;
      for (int64_t b = 0; b < p_.blocks; ++b) {
        const int64_t some = lesser<Arch>(block, p_.channels - b * block);
        for (int64_t i = 0; i < part.h.taps; ++i) {
          const int64_t r = part.h.first_tap + i * part.h.tap_step;
          for (int64_t j = 0; j < part.w.taps; ++j, to += block) {
            const int64_t s = part.w.first_tap + j * part.w.tap_step;
            const float* from = weight + b * block * p_.taps + r * p_.e.w.kernel + s;
            for (int64_t c = 0; c < some; ++c) to[c] = from[c * p_.taps];
            fill_zero<Arch, float>(to + some, block - some);
          }
        }
      }
    });
  }

  int64_t scratch() const {
    return (p_.e.prepared ? 0 : prepared_size()) + p_.offsets_size() + workers_ * worker_size() +
           16;
  }

  __attribute__((noinline)) void run(const float* source, const float* weight, const float* bias,
                                     float* output, float* scratch) const {
    float* own = aligned<Arch>(scratch);
    const float* packed = weight;
    if (!p_.e.prepared) {
      prepare(weight, own);
      packed = own;
      own += prepared_size();
    }
    int64_t* const offsets = reinterpret_cast<int64_t*>(own);
    own += p_.offsets_size();
    p_.list_taps(offsets);
    if (p_.e.leaves_gaps()) clear_outputs(p_.e, output);
    const int64_t tasks = p_.chunks.count * p_.blocks;
    for_workers<Arch>(workers_, tasks, [&](int64_t task, int64_t worker) {
      run_chunk(p_.chunks.at(task / p_.blocks), task % p_.blocks, source, packed, offsets, bias,
                output, own + worker * worker_size());
    });
  }

 private:
  explicit DepthwiseConvolution(const Engine& engine)
      : p_(engine), workers_(p_.workers(p_.chunks.count * p_.blocks)) {}

  int64_t worker_size() const { return p_.slab.pitch + p_.sums_size() + p_.pixels_size(); }

  void run_chunk(const PixelChunk& chunk, int64_t b, const float* source, const float* packed,
                 const int64_t* offsets, const float* bias, float* output, float* own) const {
    float* const slab = own;
    float* const sums = slab + p_.slab.pitch;
    int64_t* const pixels = reinterpret_cast<int64_t*>(sums + p_.sums_size());
    const PixelOutput<Arch> to{output, p_.channels, p_.e.output_plane, p_.e.relu};
    p_.slab.fill(chunk, b, source, slab);
    p_.e.for_each_part([&](const ConvPart& part) {
      const int64_t rows = lesser<Arch>(chunk.last, part.h.outputs) - chunk.first;
      if (rows <= 0 || part.w.outputs <= 0) return;
      const int64_t count = p_.slab.list(chunk.images, rows, part.w.outputs, pixels);
      for (int64_t i = count; i < count + 3; ++i) pixels[i] = pixels[0];
      const float* weight = packed + (part.taps_before * p_.blocks + b * part.taps()) * block;
      for (int64_t i = 0; i < count; i += 4) {
        depthwise_product<Arch>(slab, pixels + i, part.taps(), offsets + part.taps_before, weight,
                                sums + i * block);
      }
      to.store(chunk, p_.e.grid(part), rows, b * block,
               lesser<Arch>(block, p_.channels - b * block), bias, sums);
    });
  }

  DepthwisePlan<Arch> p_;
  int64_t workers_;
};

/// The gradient of the weights, in slices of the chunks of a block of channels.
template <class Arch>
class DepthwiseWeightGradient {
  using Engine = ConvEngine<Arch, float>;
  using Products = DepthwiseWeightProducts<Arch>;
  static constexpr int64_t block = kChannelBlock<Arch>;

 public:
  LUCID_SETUP explicit DepthwiseWeightGradient(const Conv2dShape& s)
      : p_(Engine::forward(DepthwisePlan<Arch>::without_groups(s))),
        slices_(SumSlices<Arch>::of(p_.chunks.count, 16)),
        workers_(p_.workers(slices_.count * p_.blocks)) {}

  int64_t scratch() const {
    return p_.offsets_size() + slices_.count * p_.packed_size() + workers_ * worker_size() + 16;
  }

  __attribute__((noinline)) void run(const float* grad_y, const float* x, float* grad_weight,
                                     float* scratch) const {
    int64_t* const offsets = reinterpret_cast<int64_t*>(aligned<Arch>(scratch));
    float* const sums = aligned<Arch>(scratch) + p_.offsets_size();
    float* const own = sums + slices_.count * p_.packed_size();
    p_.list_taps(offsets);
    for_workers<Arch>(workers_, slices_.count * p_.blocks, [&](int64_t task, int64_t worker) {
      run_slice(task / p_.blocks, task % p_.blocks, grad_y, x, offsets, sums,
                own + worker * worker_size());
    });
    for (int64_t c = 0; c < p_.channels; ++c) {
      for (int64_t t = 0; t < p_.taps; ++t) {
        const float* from = sums + (c / block * p_.taps + t) * block + c % block;
        float total = 0;
        for (int64_t i = 0; i < slices_.count; ++i) total += from[i * p_.packed_size()];
        grad_weight[c * p_.taps + t] = total;
      }
    }
  }

 private:
  int64_t worker_size() const { return p_.slab.pitch + p_.sums_size() + p_.pixels_size(); }

  void run_slice(int64_t slice, int64_t b, const float* grad_y, const float* x,
                 const int64_t* offsets, float* sums, float* own) const {
    float* const slab = own;
    float* const grads = slab + p_.slab.pitch;
    int64_t* const pixels = reinterpret_cast<int64_t*>(grads + p_.sums_size());
    float* const to = sums + slice * p_.packed_size() + b * p_.taps * block;
    const int64_t first = slices_.first(slice), last = slices_.last(slice);
    const auto parts = EvenParts<Arch>::of(p_.taps, Products::most);
    for (int64_t i = first; i < last; ++i) {
      const PixelChunk chunk = p_.chunks.at(i);
      const int64_t columns = p_.e.w.out, plane = p_.e.output_plane;
      p_.slab.fill(chunk, b, x, slab);
      for (int64_t n = 0; n < chunk.images; ++n) {
        const float* image = grad_y + ((chunk.image + n) * p_.channels + b * block) * plane;
        read_pixels<Arch>(image + chunk.first * columns, plane, p_.channels - b * block,
                          chunk.rows() * columns, grads + n * chunk.rows() * columns * block);
      }
      const int64_t count = p_.slab.list(chunk.images, chunk.rows(), columns, pixels);
      for (int64_t part = 0; part < parts.count; ++part) {
        const int64_t tap = parts.first(part);
        Products::at(parts.size_of(part))(count, pixels, offsets + tap, slab, grads,
                                          to + tap * block, i > first);
      }
    }
  }

  DepthwisePlan<Arch> p_;
  SumSlices<Arch> slices_;  ///< of chunks
  int64_t workers_;
};

}  // namespace lucid::kernels::generic
