// Convolution by unfolding: the inputs of each output side by side, and dot products of these with
// the filters as they stand in the weights. Forward, float32.
//
// Where an image has few outputs, what takes long is to fetch the weights. Other algorithms rewrite
// them for every call; here each is read once. After im2col (Chellapilla, Puri and Simard, 2006).
#pragma once

#include "lucid/kernels/generic/conv2d.h"
#include "lucid/kernels/generic/gemm_dot.h"

namespace lucid::kernels::generic {

template <class Arch>
class Im2colConvolution {
 public:
  explicit Im2colConvolution(const Conv2dShape& s)
      : s_(s),
        sources_(s.in_channels / s.groups),
        outputs_(s.out_channels / s.groups),
        depth_(sources_ * s.kernel_height * s.kernel_width),
        plane_(s.out_height * s.out_width),
        // Unfolded pixels stay in the second level cache while all filters pass by.
        chunk_(lesser<Arch>(s.batch * plane_,
                            greater<Arch>(1, lesser<Arch>(kPixels, kFitting / depth_)))) {}

  int64_t prepared_size() const { return 0; }
  void prepare(const float*, float*) const {}

  int64_t scratch() const { return round_up<Arch>(chunk_ * depth_, 16) + outputs_ * chunk_ + 16; }

  void run(const float* x, const float* weight, const float* bias, float* y, float* scratch) const {
    float* const columns = aligned<Arch>(scratch);
    float* const sums = columns + round_up<Arch>(chunk_ * depth_, 16);
    for (int64_t first = 0; first < s_.batch * plane_; first += chunk_) {
      const int64_t count = lesser<Arch>(chunk_, s_.batch * plane_ - first);
      for (int64_t group = 0; group < s_.groups; ++group) {
        const int64_t channel = group * outputs_;
        unfold(x, group, first, count, columns);
        multiply(weight + channel * depth_, columns, count, sums);
        finish(sums, first, count, channel, bias, y);
      }
    }
  }

 private:
  static constexpr int64_t kPixels = 64;
  static constexpr int64_t kFitting = 160 * 1024;  // numbers

  /// One row for each pixel, in the order of a filter's weights.
  void unfold(const float* x, int64_t group, int64_t first, int64_t count, float* columns) const {
    const int64_t grain = 1 + kCostlyGrain / depth_;
    parallel_for(count, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t image = (first + i) / plane_, at = (first + i) % plane_;
        const float* from =
            x + (image * s_.in_channels + group * sources_) * s_.in_height * s_.in_width;
        unfold_pixel(from, at / s_.out_width * s_.stride_h - s_.pad_top,
                     at % s_.out_width * s_.stride_w - s_.pad_left, columns + i * depth_);
      }
    });
  }

  void unfold_pixel(const float* image, int64_t top, int64_t left, float* to) const {
    const int64_t in_plane = s_.in_height * s_.in_width;
    for (int64_t r = 0; r < s_.kernel_height; ++r) {
      for (int64_t s = 0; s < s_.kernel_width; ++s, ++to) {
        const int64_t row = top + r * s_.dilation_h, column = left + s * s_.dilation_w;
        const bool inside = row >= 0 && row < s_.in_height && column >= 0 && column < s_.in_width;
        const int64_t taps = s_.kernel_height * s_.kernel_width;
        if (!inside) {
          for (int64_t c = 0; c < sources_; ++c) to[c * taps] = 0.0F;
          continue;
        }
        const float* from = image + row * s_.in_width + column;
        for (int64_t c = 0; c < sources_; ++c) to[c * taps] = from[c * in_plane];
      }
    }
  }

  /// sums[output][pixel]; threads share the filters.
  void multiply(const float* weight, const float* columns, int64_t count, float* sums) const {
    using Kernels = DotKernels<Arch, float>;
    const auto rows = EvenParts<Arch>::of(outputs_, Kernels::m);
    const auto pixels = EvenParts<Arch>::of(count, Kernels::n);
    const int64_t grain = 1 + kMultiplyGrain / (depth_ * Kernels::m * count);
    parallel_for(rows.count, grain, [&](int64_t begin, int64_t end) {
      gemm_dot_tiles<Arch, float>(begin * pixels.count, end * pixels.count, rows, pixels, depth_,
                                  weight, depth_, columns, depth_, sums, count, false);
    });
  }

  void finish(const float* sums, int64_t first, int64_t count, int64_t channel, const float* bias,
              float* y) const {
    for (int64_t k = 0; k < outputs_; ++k, sums += count) {
      const float shift = bias != nullptr ? bias[channel + k] : 0.0F;
      for (int64_t i = 0; i < count;) {
        const int64_t image = (first + i) / plane_, at = (first + i) % plane_;
        const int64_t some = lesser<Arch>(count - i, plane_ - at);
        float* to = y + (image * s_.out_channels + channel + k) * plane_ + at;
        for (int64_t j = 0; j < some; ++j) {
          const float sum = sums[i + j] + shift;
          to[j] = s_.relu && sum < 0.0F ? 0.0F : sum;
        }
        i += some;
      }
    }
  }

  const Conv2dShape& s_;
  int64_t sources_, outputs_, depth_;
  int64_t plane_;  ///< pixels of an output image
  int64_t chunk_;  ///< pixels unfolded at one time
};

}  // namespace lucid::kernels::generic
