// Weight gradient of a convolution with output channels in the lanes: for each kernel position, the
// sum over pixels of a broadcast input times a vector of the output's gradient; float32.
//
// Chunks of pixels, whose size the shape alone decides, are added up in slices, which threads share
// out. Where there are not enough of these, they share out kernel positions and channels.
#pragma once

#include "lucid/kernels/generic/conv2d.h"
#include "lucid/kernels/generic/pixel_slab.h"
#include "lucid/kernels/generic/sum_slices.h"

namespace lucid::kernels::generic {

/// sums[c][k] (+)= sum over pixels of x[pixels[i] + c] * grad[i][k] for `MC` input channels and one
/// block of output channels.
template <class Arch, int MC>
void pixel_weight_product(int64_t count, const int64_t* pixels, const float* x, const float* grad,
                          float* sums, bool accumulate) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int64_t block = kChannelBlock<Arch>;
  V acc[MC][2];
#pragma GCC unroll 32
  for (int i = 0; i < MC; ++i) {
    acc[i][0] = acc[i][1] = V(0.0F);
  }
  for (int64_t p = 0; p < count; ++p, grad += block) {
    const V left = load<Arch, float>(grad), right = load<Arch, float>(grad + lanes);
    const float* from = x + pixels[p];
#pragma GCC unroll 32
    for (int i = 0; i < MC; ++i) {
      const V number(from[i]);
      acc[i][0] = multiply_add<Arch, float>(number, left, acc[i][0]);
      acc[i][1] = multiply_add<Arch, float>(number, right, acc[i][1]);
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < MC; ++i, sums += block) {
    if (accumulate) {  // only now: a chunk's own sum rounds less than a sum of all pixels
      acc[i][0] += load<Arch, float>(sums);
      acc[i][1] += load<Arch, float>(sums + lanes);
    }
    acc[i][0].store_aligned(sums);
    acc[i][1].store_aligned(sums + lanes);
  }
}

/// The same for each number of input channels from 1 to Blocks::mr.
template <class Arch>
struct PixelWeightProducts {
  using Function = void (*)(int64_t, const int64_t*, const float*, const float*, float*, bool);

  template <int... I>
  static constexpr Function choose(int64_t channels, std::integer_sequence<int, I...>) {
    constexpr Function functions[] = {pixel_weight_product<Arch, I + 1>...};
    return functions[channels - 1];
  }
  static Function at(int64_t channels) {
    return choose(channels, std::make_integer_sequence<int, Blocks<Arch, float>::mr>());
  }
};

template <class Arch>
class PixelWeightGradient {
  using Engine = ConvEngine<Arch, float>;
  static constexpr int64_t lanes = kLanes<Arch, float>;
  static constexpr int64_t block = kChannelBlock<Arch>;

 public:
  LUCID_SETUP explicit PixelWeightGradient(const Conv2dShape& s)
      : e_(Engine::forward(s)),
        chunks_(PixelChunks<Arch>::of(s.batch, s.out_height, s.out_width, wanted_pixels())),
        slab_(PixelSlab<Arch>::of(e_, chunks_)),
        greatest_(chunks_.images * chunks_.rows * s.out_width),
        // An odd number of cache lines, so that blocks do not evict one another.
        grad_pitch_((ceil_div<Arch>((greatest_ + lanes) * block, 16) | 1) * 16),
        blocks_(ceil_div<Arch>(e_.outputs, block)),
        taps_(s.kernel_height * s.kernel_width),
        slices_(SumSlices<Arch>::of_large(chunks_.count, sums_size())) {
    const int64_t threads = s.threads > 0 ? s.threads : get_num_threads();
    const int64_t work = s.batch * e_.outputs * e_.output_plane * e_.depth();  // of one group
    workers_ = slices_.workers(greater<Arch>(1, lesser<Arch>(threads, work / kMultiplyGrain)));
  }

  int64_t scratch() const { return slices_.count * sums_size() + workers_ * worker_size() + 16; }

  __attribute__((noinline)) void run(const float* grad_y, const float* x, float* grad_weight,
                                     float* scratch) const {
    float* const sums = aligned<Arch>(scratch);
    float* const own = sums + slices_.count * sums_size();
    for (int64_t group = 0; group < e_.groups; ++group) {
      for_workers<Arch>(workers_, slices_.count, [&](int64_t slice, int64_t worker) {
        add_up(slice, group, grad_y, x, own + worker * worker_size(), sums + slice * sums_size());
      });
      slices_.add(sums_size(), sums, sums + sums_size(), sums_size());
      restore(sums, grad_weight + group * e_.weight_group());
    }
  }

 private:
  /// What one chunk takes stays in the second level cache.
  int64_t wanted_pixels() const {
    constexpr int64_t fitting = 128 * 1024;  // numbers
    const int64_t each = e_.sources * e_.h.stride * e_.w.stride + e_.outputs;
    return greater<Arch>(96, lesser<Arch>(2048, fitting / each));
  }

  int64_t sums_size() const { return slab_.blocks * taps_ * blocks_ * block * block; }
  int64_t worker_size() const {
    return slab_.size() + blocks_ * grad_pitch_ + round_up<Arch>(2 * greatest_, 16);
  }

  /// The sums of one slice, chunk by chunk.
  void add_up(int64_t slice, int64_t group, const float* grad_y, const float* x, float* slab,
              float* sums) const {
    float* const grads = slab + slab_.size();
    int64_t* const pixels = reinterpret_cast<int64_t*>(grads + blocks_ * grad_pitch_);
    for (int64_t i = slices_.first(slice); i < slices_.last(slice); ++i) {
      const PixelChunk chunk = chunks_.at(i);
      fill(chunk, group, grad_y, x, slab, grads);
      const int64_t count = slab_.list(chunk.images, chunk.rows(), e_.w.out, pixels);
      const int64_t grain = 1 + kMultiplyGrain / (count * block * block);
      parallel_for(slab_.blocks * taps_ * blocks_, grain, [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task) {
          multiply(task, pixels, count, slab, grads, sums, i > slices_.first(slice));
        }
      });
    }
  }

  void fill(const PixelChunk& chunk, int64_t group, const float* grad_y, const float* x,
            float* slab, float* grads) const {
    const int64_t grain = 1 + kCostlyGrain / (greatest_ * block);
    parallel_for(slab_.blocks + blocks_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        if (b < slab_.blocks) {
          slab_.fill(chunk, b, x + group * e_.sources * e_.source_plane, slab + b * slab_.pitch);
        } else {
          fill_gradients(chunk, group, b - slab_.blocks, grad_y,
                         grads + (b - slab_.blocks) * grad_pitch_);
        }
      }
    });
  }

  void fill_gradients(const PixelChunk& chunk, int64_t group, int64_t b, const float* grad_y,
                      float* to) const {
    const int64_t count = chunk.rows() * e_.w.out;
    for (int64_t n = 0; n < chunk.images; ++n, to += count * block) {
      const int64_t first = ((chunk.image + n) * e_.groups + group) * e_.outputs + b * block;
      read_pixels<Arch>(grad_y + first * e_.output_plane + chunk.first * e_.w.out, e_.output_plane,
                        e_.outputs - b * block, count, to);
    }
  }

  /// One channel block, kernel position and block of outputs.
  void multiply(int64_t task, const int64_t* pixels, int64_t count, const float* slab,
                const float* grads, float* sums, bool accumulate) const {
    const int64_t k = task % blocks_, tap = task / blocks_ % taps_, b = task / blocks_ / taps_;
    const int64_t row = tap / e_.w.kernel * e_.h.dilation,
                  column = tap % e_.w.kernel * e_.w.dilation;
    const float* from = slab + b * slab_.pitch + slab_.at(0, row, column);
    const auto parts = EvenParts<Arch>::of(slab_.depth(b), Blocks<Arch, float>::mr);
    for (int64_t part = 0; part < parts.count; ++part) {
      const int64_t c = parts.first(part);
      PixelWeightProducts<Arch>::at(parts.size_of(part))(
          count, pixels, from + c, grads + k * grad_pitch_, sums + (task * block + c) * block,
          accumulate);
    }
  }

  /// Sums to the weights of one group, a square of channels at a time.
  void restore(const float* sums, float* grad_weight) const {
    parallel_for(e_.outputs, 1 + kCheapGrain / e_.depth(), [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end;) {
        const int64_t first = k / lanes * lanes;
        const int64_t next = lesser<Arch>(end, first + lanes);
        restore_outputs(sums, first, k, next, grad_weight);
        k = next;
      }
    });
  }

  /// Outputs [begin, end) of the vector of outputs from `first` on.
  void restore_outputs(const float* sums, int64_t first, int64_t begin, int64_t end,
                       float* grad_weight) const {
    PixelSquare<Arch> square;
    alignas(64) float values[lanes];
    for (int64_t c = 0; c < e_.sources; c += lanes) {
      const int64_t some = lesser<Arch>(lanes, e_.sources - c);
      for (int64_t tap = 0; tap < taps_; ++tap) {
        const int64_t task = (c / block * taps_ + tap) * blocks_ + first / block;
        square.read_blocked(sums + (task * block + c % block) * block + first % block);
        for (int64_t k = begin; k < end; ++k) {
          float* to = grad_weight + k * e_.depth() + c * taps_ + tap;
          if (taps_ == 1) {
            Lanes<Arch, float>::store_range(to, square.rows[k - first], 0, some);
            continue;
          }
          square.rows[k - first].store_aligned(values);
          for (int64_t i = 0; i < some; ++i) to[i * taps_] = values[i];
        }
      }
    }
  }

  Engine e_;
  PixelChunks<Arch> chunks_;
  PixelSlab<Arch> slab_;
  int64_t greatest_;  ///< pixels of a chunk
  int64_t grad_pitch_, blocks_, taps_;
  SumSlices<Arch> slices_;  ///< of chunks
  int64_t workers_ = 1;
};

}  // namespace lucid::kernels::generic
