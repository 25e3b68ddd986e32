// The way of blocked pixels to the outputs of a convolution.
#pragma once

#include "lucid/kernels/generic/pixel_slab.h"

namespace lucid::kernels::generic {

/// Zero for outputs that no kernel position reaches.
template <class Arch>
void clear_outputs(const ConvEngine<Arch, float>& e, float* output) {
  const int64_t plane = e.output_plane;
  parallel_for(e.batch * e.groups * e.outputs, 1 + kCheapGrain / plane,
               [&](int64_t begin, int64_t end) {
                 fill_zero<Arch, float>(output + begin * plane, (end - begin) * plane);
               });
}

/// Contiguous images of the outputs.
template <class Arch>
struct PixelOutput {
  static constexpr int64_t lanes = kLanes<Arch, float>;
  static constexpr int64_t block = kChannelBlock<Arch>;

  float* images;
  int64_t channels, plane;
  bool relu = false;  ///< of what would be written, its relu is

  /// Writes `some` channels from `first` on, of one block, for `rows` rows of a chunk. Sums are
  /// [image][row][column][channel], with room for a vector more of pixels; bias may be null.
  void store(const PixelChunk& chunk, const OutputGrid& grid, int64_t rows, int64_t first,
             int64_t some, const float* bias, float* sums) const {
    if (bias != nullptr || relu) {
      finish(bias != nullptr ? bias + first : nullptr, some, chunk.images * rows * grid.columns,
             sums);
    }
    float* to = images + (chunk.image * channels + first) * plane + grid.origin +
                chunk.first * grid.row_step;
    const bool whole_rows = grid.column_step == 1 && grid.row_step == grid.columns;
    for (int64_t n = 0; n < chunk.images; ++n, to += channels * plane) {
      if (whole_rows) {
        write_pixels<Arch>(sums, to, plane, some, rows * grid.columns);
        sums += rows * grid.columns * block;
        continue;
      }
      for (int64_t i = 0; i < rows; ++i, sums += grid.columns * block) {
        write_row(sums, to + i * grid.row_step, some, grid.columns, grid.column_step);
      }
    }
  }

 private:
  void finish(const float* bias, int64_t some, int64_t count, float* sums) const {
    using V = Vec<Arch, float>;
    const auto least = least_output<Arch, float>(relu);
    for (int64_t half = 0; half < block; half += lanes) {
      const int64_t given = greater<Arch>(0, lesser<Arch>(lanes, some - half));
      const V shift = bias != nullptr && given > 0
                          ? Lanes<Arch, float>::load_first(bias + half, given, 0.0F)
                          : V(0.0F);
      for (int64_t i = 0; i < count; ++i) {
        float* at = sums + i * block + half;
        at_least<Arch, float>(least, load<Arch, float>(at) + shift).store_aligned(at);
      }
    }
  }

  void write_row(const float* from, float* to, int64_t some, int64_t columns, int64_t step) const {
    if (step == 1) return write_pixels<Arch>(from, to, plane, some, columns);
    for (int64_t k = 0; k < some; ++k, to += plane) {
      for (int64_t j = 0; j < columns; ++j) to[j * step] = from[j * block + k];
    }
  }
};

}  // namespace lucid::kernels::generic
