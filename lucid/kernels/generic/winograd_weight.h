// The weight gradient of a Winograd convolution, as the adjoint of the forward pass: the gradient
// of the output is taken to the products by the transposed output transform, multiplied there with
// the transformed input and summed over all tiles, and taken back by the transposed filter
// transform.
#pragma once

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

template <class Arch, class Scheme>
class WinogradWeightGradient {
  static constexpr int products = Scheme::products * Scheme::products;
  static constexpr int taps = Scheme::taps;
  static constexpr int64_t block = kChannelBlock<Arch>;
  /// Tiles that are transformed and multiplied at one time. No more than the second level cache
  /// holds of one product, and never chosen by the number of threads: it decides the order of sums.
  static constexpr int64_t chunk = 192;
  /// Numbers of the sums at one time; as many as there are of V if that is more, since V is read
  /// again for each part of the sums.
  static constexpr int64_t some_sums = 3 << 19;

 public:
  LUCID_SETUP explicit WinogradWeightGradient(const Conv2dShape& s)
      : source_{s.in_channels, s.in_height, s.in_width, s.pad_top, s.pad_left},
        grad_{s.out_channels, s.out_height, s.out_width, 0, 0},
        grid_(TileGrid<Arch>::of(s.batch, s.out_height, s.out_width, Scheme::outputs)),
        v_(TileBlocks<Arch>::of(s.in_channels, lesser<Arch>(chunk, grid_.total))),
        pitch_(v_.blocks * block) {
    // Where one chunk holds all tiles, some output channels at a time: the sums of deep layers
    // would take more memory than all else.
    const int64_t all = ceil_div<Arch>(s.out_channels, block);
    const int64_t sums = products * block * pitch_;
    const int64_t most = greater<Arch>(some_sums, v_.size(products));
    parts_ = EvenParts<Arch>::of(all, grid_.total > chunk ? all : greater<Arch>(1, most / sums));
    z_ = TileBlocks<Arch>::of(parts_.size * block, lesser<Arch>(chunk, grid_.total));
    product_ = z_.blocks * block * pitch_;
  }

  int64_t scratch() const {
    return v_.size(products) + z_.size(products) + products * product_ + 16;
  }

  __attribute__((noinline)) void run(const float* grad_y, const float* x, float* grad_weight,
                                     float* scratch) const {
    float* const v = aligned<Arch>(scratch);
    float* const z = v + v_.size(products);
    float* const sums = z + z_.size(products);
    for (int64_t part = 0; part < parts_.count; ++part) {
      const int64_t begin_block = parts_.first(part), count = parts_.size_of(part);
      for (int64_t first = 0; first < grid_.total; first += chunk) {
        const int64_t last = lesser<Arch>(grid_.total, first + chunk);
        const int64_t sources = part == 0 ? v_.blocks : 0;
        parallel_for(sources + count, 1, [&](int64_t begin, int64_t end) {
          for (int64_t b = begin; b < end; ++b) {
            if (b < sources) {
              transform_tiles<Arch, Scheme::products, Scheme::products, typename Scheme::Input>(
                  grid_, Scheme::outputs, source_, x, first, last, b, b + 1, b, v_, v);
            } else {
              const int64_t k = begin_block + b - sources;
              transform_tiles<Arch, Scheme::outputs, Scheme::products, OutputAdjoint<Scheme>>(
                  grid_, Scheme::outputs, grad_, grad_y, first, last, k, k + 1, b - sources, z_, z);
            }
          }
        });
        parallel_for(products * count, 1, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            const int64_t b = i % count;
            const int64_t channels =
                lesser<Arch>(block, grad_.channels - (begin_block + b) * block);
            multiply(i / count, b, channels, v, z, last - first, sums, first > 0);
          }
        });
      }
      const int64_t begin_channel = begin_block * block;
      const int64_t channels = lesser<Arch>(count * block, grad_.channels - begin_channel);
      parallel_for(channels, 1, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
          restore_filter(sums, k, grad_weight + (begin_channel + k) * filter_size());
        }
      });
    }
  }

 private:
  int64_t filter_size() const { return source_.channels * taps * taps; }

  void multiply(int64_t p, int64_t b, int64_t channels, const float* v, const float* z,
                int64_t tiles, float* sums, bool accumulate) const {
    const auto parts = EvenParts<Arch>::of(channels, Blocks<Arch, float>::mr);
    for (int64_t c = 0; c < v_.blocks; ++c) {
      for (int64_t part = 0; part < parts.count; ++part) {
        const int64_t k = parts.first(part);
        WinogradWeightProducts<Arch>::at(parts.size_of(part))(
            tiles, z + p * z_.product + z_.at(b, 0) + k, v + p * v_.product + v_.at(c, 0),
            sums + p * product_ + (b * block + k) * pitch_ + c * block, pitch_, accumulate);
      }
    }
  }

  void restore_filter(const float* sums, int64_t k, float* filter) const {
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
          column[p] = load<Arch, float>(sums + (p * side + q) * product_ + k * pitch_ + c);
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
      float* to = filter + c * taps * taps;
      for (int64_t i = 0; i < some; ++i) {
        for (int64_t t = 0; t < taps * taps; ++t) to[i * taps * taps + t] = values[t * lanes + i];
      }
    }
  }

  ImagePlanes source_, grad_;
  TileGrid<Arch> grid_;
  TileBlocks<Arch> v_, z_{};
  EvenParts<Arch> parts_{};  // of the blocks of output channels
  int64_t pitch_, product_ = 0;
};

}  // namespace lucid::kernels::generic
