// The weight gradient of a Winograd convolution, as the adjoint of the forward pass: the gradient
// of the output is taken to the products by the transposed output transform, multiplied there with
// the transformed input and summed over all tiles, and taken back by the transposed filter
// transform.
#pragma once

#include "lucid/kernels/generic/sum_slices.h"
#include "lucid/kernels/generic/winograd.h"

namespace lucid::kernels::generic {

/// sums[k][channel] += sum over tiles of z[tile][k] * v[tile][channel] for `MK` output channels and
/// one block of input channels.
template <class Arch, int MK>
void winograd_weight_product(int64_t tiles, const float* z, const float* v, float* sums,
                             int64_t pitch, bool accumulate) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int64_t block = kChannelBlock<Arch>;
  V acc[MK][2];
#pragma GCC unroll 32
  for (int i = 0; i < MK; ++i) acc[i][0] = acc[i][1] = V(0.0F);
  for (int64_t t = 0; t < tiles; ++t, z += block, v += block) {
    const V left = load<Arch, float>(v), right = load<Arch, float>(v + lanes);
#pragma GCC unroll 32
    for (int i = 0; i < MK; ++i) {
      const V number(z[i]);
      acc[i][0] = multiply_add<Arch, float>(number, left, acc[i][0]);
      acc[i][1] = multiply_add<Arch, float>(number, right, acc[i][1]);
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < MK; ++i, sums += pitch) {
    if (accumulate) {
      acc[i][0] += load<Arch, float>(sums);
      acc[i][1] += load<Arch, float>(sums + lanes);
    }
    acc[i][0].store_aligned(sums);
    acc[i][1].store_aligned(sums + lanes);
  }
}

template <class Arch>
struct WinogradWeightProducts {
  using Function = void (*)(int64_t, const float*, const float*, float*, int64_t, bool);

  template <int... I>
  static constexpr Function choose(int64_t rows, std::integer_sequence<int, I...>) {
    constexpr Function functions[] = {winograd_weight_product<Arch, I + 1>...};
    return functions[rows - 1];
  }
  static Function at(int64_t rows) {
    return choose(rows, std::make_integer_sequence<int, Blocks<Arch, float>::mr>());
  }
};

/// How the work is cut and where its parts are, for all schemes.
template <class Arch>
class WinogradWeightPlan {
 protected:
  static constexpr int64_t block = kChannelBlock<Arch>;
  LUCID_SETUP WinogradWeightPlan(const Conv2dShape& s, int64_t outputs, int64_t products)
      : source_{s.in_channels, s.in_height, s.in_width, s.pad_top, s.pad_left},
        grad_{s.out_channels, s.out_height, s.out_width, 0, 0},
        grid_(TileGrid<Arch>::of(s.batch, s.out_height, s.out_width, outputs)),
        chunk_(grid_.total),
        pitch_(round_up<Arch>(s.in_channels, block)) {
    const int64_t threads = s.threads > 0 ? s.threads : get_num_threads();
    const int64_t all = ceil_div<Arch>(s.out_channels, block);
    const int64_t work = grid_.total * s.in_channels * s.out_channels * products / kMultiplyGrain;
    workers_ = greater<Arch>(1, lesser<Arch>(threads, work));
    channels_ = channel_parts<Arch>(all, grid_.total, workers_);
    by_channels_ = grid_.total <= kFewTiles && workers_ * channels_.size < all;
    const int64_t some = by_channels_ ? channels_.size : all;
    product_ = some * block * pitch_;
    if (!by_channels_) {
      const int64_t chunks = ceil_div<Arch>(grid_.total, kFewTiles);
      slices_ = SumSlices<Arch>::of_large(chunks, products * product_);
      chunk_ = ceil_div<Arch>(grid_.total, round_up<Arch>(chunks, slices_.count));
      // Not fewer than slices, as the even chunks are no smaller than half of those above.
      slices_.steps = ceil_div<Arch>(grid_.total, chunk_);
      workers_ = slices_.workers(workers_);
    }
    v_ = TileBlocks<Arch>::of(s.in_channels, chunk_);
    z_ = TileBlocks<Arch>::of(some * block, chunk_);
  }

  ImagePlanes source_, grad_;
  TileGrid<Arch> grid_;
  TileBlocks<Arch> v_{}, z_{};
  int64_t workers_;
  /// Whether threads share out output channels, some at a time, rather than slices or products. The
  /// sums of deep layers would take more memory than all else.
  bool by_channels_;
  EvenParts<Arch> channels_{};  // in blocks
  /// Tiles that are transformed and multiplied at one time. No more than the second level cache
  /// holds of one product, and never chosen by the number of threads: it decides the order of sums.
  int64_t chunk_;
  int64_t pitch_, product_;
  SumSlices<Arch> slices_{1, 1};  ///< of chunks, as many in each where that can be
};

template <class Arch, class Scheme>
class WinogradWeightGradient : WinogradWeightPlan<Arch> {
  using Plan = WinogradWeightPlan<Arch>;
  using Plan::block, Plan::source_, Plan::grad_, Plan::grid_, Plan::v_, Plan::z_, Plan::chunk_;
  using Plan::slices_;
  using Plan::workers_, Plan::by_channels_, Plan::channels_, Plan::pitch_, Plan::product_;
  static constexpr int products = Scheme::products * Scheme::products;
  static constexpr int taps = Scheme::taps;

 public:
  explicit WinogradWeightGradient(const Conv2dShape& s) : Plan(s, Scheme::outputs, products) {}

  int64_t scratch() const {
    const int64_t v = v_.size(products), z = z_.size(products);
    return (by_channels_ ? v + workers_ * (z + sums_size())
                         : workers_ * (v + z) + slices_.count * sums_size()) +
           16;
  }

  __attribute__((noinline)) void run(const float* grad_y, const float* x, float* grad_weight,
                                     float* scratch) const {
    float* const start = aligned<Arch>(scratch);
    if (by_channels_) {
      run_by_channels(grad_y, x, grad_weight, start, start + v_.size(products));
      return;
    }
    const int64_t v_size = v_.size(products), worker_size = v_size + z_.size(products);
    float* const sums = start + workers_ * worker_size;
    for_workers<Arch>(workers_, slices_.count, [&](int64_t slice, int64_t worker) {
      float* const v = start + worker * worker_size;
      add_up(slice, grad_y, x, v, v + v_size, sums + slice * sums_size());
    });
    parallel_for(grad_.channels, 1, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) restore_filter(sums, k, k, grad_weight);
    });
  }

 private:
  int64_t sums_size() const { return products * product_; }

  /// The sums of one slice, chunk by chunk.
  void add_up(int64_t slice, const float* grad_y, const float* x, float* v, float* z,
              float* sums) const {
    for (int64_t i = slices_.first(slice); i < slices_.last(slice); ++i) {
      const int64_t first = i * chunk_, last = lesser<Arch>(grid_.total, first + chunk_);
      parallel_for(v_.blocks + z_.blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) {
          if (b < v_.blocks) {
            transform_source(x, first, last, b, v);
          } else {
            transform_gradient(grad_y, first, last, b - v_.blocks, b - v_.blocks, z);
          }
        }
      });
      parallel_for(products * z_.blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t j = begin; j < end; ++j) {
          multiply(j / z_.blocks, j % z_.blocks, j % z_.blocks, v, z, last - first, sums,
                   i > slices_.first(slice));
        }
      });
    }
  }

  /// Some output channels at a time from beginning to end.
  void run_by_channels(const float* grad_y, const float* x, float* grad_weight, float* v,
                       float* workers) const {
    parallel_for(v_.blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) transform_source(x, 0, grid_.total, b, v);
    });
    const int64_t z_size = z_.size(products);
    for_workers<Arch>(workers_, channels_.count, [&](int64_t i, int64_t worker) {
      float* const z = workers + worker * (z_size + sums_size());
      float* const sums = z + z_size;
      const int64_t first = channels_.first(i), count = channels_.size_of(i);
      for (int64_t b = 0; b < count; ++b) {
        transform_gradient(grad_y, 0, grid_.total, first + b, b, z);
      }
      for (int64_t j = 0; j < products * count; ++j) {
        multiply(j / count, first + j % count, j % count, v, z, grid_.total, sums, false);
      }
      const int64_t channels = lesser<Arch>(count * block, grad_.channels - first * block);
      for (int64_t k = 0; k < channels; ++k) {
        restore_filter(sums, k, first * block + k, grad_weight);
      }
    });
  }

  void transform_source(const float* x, int64_t first, int64_t last, int64_t b, float* v) const {
    transform_tiles<Arch, Scheme::products, Scheme::products, typename Scheme::Input>(
        grid_, Scheme::outputs, source_, x, first, last, b, b + 1, b, v_, v);
  }
  void transform_gradient(const float* grad_y, int64_t first, int64_t last, int64_t b,
                          int64_t place, float* z) const {
    transform_tiles<Arch, Scheme::outputs, Scheme::products, OutputAdjoint<Scheme>>(
        grid_, Scheme::outputs, grad_, grad_y, first, last, b, b + 1, place, z_, z);
  }

  /// Block b of output channels, at its place in z and sums.
  __attribute__((noinline)) void multiply(int64_t p, int64_t b, int64_t place, const float* v,
                                          const float* z, int64_t tiles, float* sums,
                                          bool accumulate) const {
    const int64_t channels = lesser<Arch>(block, grad_.channels - b * block);
    const auto parts = EvenParts<Arch>::of(channels, Blocks<Arch, float>::mr);
    for (int64_t c = 0; c < v_.blocks; ++c) {
      for (int64_t part = 0; part < parts.count; ++part) {
        const int64_t k = parts.first(part);
        WinogradWeightProducts<Arch>::at(parts.size_of(part))(
            tiles, z + p * z_.product + z_.at(place, 0) + k, v + p * v_.product + v_.at(c, 0),
            sums + p * product_ + (place * block + k) * pitch_ + c * block, pitch_, accumulate);
      }
    }
  }

  /// Of channel k, whose sums are at `place` of every slice.
  __attribute__((noinline)) void restore_filter(const float* sums, int64_t place, int64_t k,
                                                float* grad_weight) const {
    using V = Vec<Arch, float>;
    constexpr int64_t lanes = kLanes<Arch, float>;
    constexpr int side = Scheme::products;
    const auto map = [](const V(&in)[side], V(&out)[taps]) {
      Scheme::template filter_adjoint<Arch>(in, out);
    };
    alignas(64) float values[taps * taps * lanes];
    for (int64_t c = 0; c < source_.channels; c += lanes) {
      V turned[taps][side];
      for (int q = 0; q < side; ++q) {
        V column[side], mapped[taps];
        for (int p = 0; p < side; ++p) {
          const float* from = sums + (p * side + q) * product_ + place * pitch_ + c;
          column[p] = load<Arch, float>(from);
          for (int64_t i = 1; i < slices_.count; ++i) {
            column[p] += load<Arch, float>(from + i * sums_size());
          }
        }
        map(column, mapped);
        for (int r = 0; r < taps; ++r) turned[r][q] = mapped[r];
      }
      for (int r = 0; r < taps; ++r) {
        V mapped[taps];
        map(turned[r], mapped);
        for (int s = 0; s < taps; ++s) mapped[s].store_aligned(values + (r * taps + s) * lanes);
      }
      const int64_t some = lesser<Arch>(lanes, source_.channels - c);
      float* to = grad_weight + (k * source_.channels + c) * taps * taps;
      for (int64_t i = 0; i < some; ++i) {
        for (int64_t t = 0; t < taps * taps; ++t) to[i * taps * taps + t] = values[t * lanes + i];
      }
    }
  }
};

}  // namespace lucid::kernels::generic
