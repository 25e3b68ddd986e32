// The tiles of a Winograd convolution, and their way from a contiguous NCHW tensor into blocks of
// channels and back.
//
// Everything in between is laid out as [product][channel block][tile][channel], where a block is
// two vectors of channels: transforms then work on whole vectors at any place in an image, and
// matrix products read one operand by vectors and the other by single numbers.
#pragma once

#include "lucid/kernels/generic/channel_blocks.h"
#include "lucid/kernels/generic/winograd_schemes.h"

namespace lucid::kernels::generic {

/// Tiles next to each other in one row of an image.
struct TileRun {
  int64_t image, row, column;  ///< of the first tile, in tiles
  int64_t count;
};

/// How the outputs (height x width) of some images are cut into tiles of m x m. Tiles are numbered
/// through rows and images.
template <class Arch>
struct TileGrid {
  int64_t rows, columns, total;

  static TileGrid of(int64_t batch, int64_t height, int64_t width, int64_t m) {
    TileGrid grid{ceil_div<Arch>(height, m), ceil_div<Arch>(width, m), 0};
    grid.total = batch * grid.rows * grid.columns;
    return grid;
  }

  /// Longest run: what its pixels take must fit the first level cache.
  static constexpr int64_t longest = 8;

  /// Calls visit(run, number of its first tile - begin) for the runs of the tiles [begin, end).
  template <class Visit>
  LUCID_INLINE void for_each_run(int64_t begin, int64_t end, const Visit& visit) const {
    for (int64_t tile = begin; tile < end;) {
      const int64_t column = tile % columns;
      const int64_t count = lesser<Arch>(longest, lesser<Arch>(columns - column, end - tile));
      visit(TileRun{tile / (columns * rows), tile / columns % rows, column, count}, tile - begin);
      tile += count;
    }
  }
};

/// Contiguous images, and the place of the tiles' first pixel in them.
struct ImagePlanes {
  int64_t channels, height, width;
  int64_t pad_top, pad_left;  ///< by how much the first tile begins outside; may be negative
};

/// Pixels of one run and one channel block: [row][column][channel].
template <class Arch, int Rows>
struct RunPixels {
  static constexpr int64_t block = kChannelBlock<Arch>;
  static constexpr int64_t widest = TileGrid<Arch>::longest * Rows + kLanes<Arch, float>;

  alignas(64) float values[Rows * widest * block];

  LUCID_INLINE float* at(int64_t row, int64_t column) {
    return values + (row * widest + column) * block;
  }

  /// Reads rows [top, top + Rows) and columns [left, left + columns) of the channels from `first`
  /// on; what lies outside of the image or behind the last channel is zero.
  void read(const ImagePlanes& planes, const float* image, int64_t first, int64_t top, int64_t left,
            int64_t columns) {
    const int64_t begin = left < 0 ? lesser<Arch>(-left, columns) : 0;
    const int64_t end = greater<Arch>(begin, lesser<Arch>(columns, planes.width - left));
    for (int64_t row = 0; row < Rows; ++row) {
      const int64_t y = top + row;
      if (y < 0 || y >= planes.height || begin == end) {
        fill_zero<Arch, float>(at(row, 0), columns * block);
        continue;
      }
      fill_zero<Arch, float>(at(row, 0), begin * block);
      const float* from = image + (first * planes.height + y) * planes.width + left;
      read_pixels<Arch>(from + begin, planes.height * planes.width, planes.channels - first,
                        end - begin, at(row, begin));
      fill_zero<Arch, float>(at(row, end), (columns - end) * block);
    }
  }

  /// Writes `columns` columns of the rows and channels that the image has.
  void write(const ImagePlanes& planes, float* image, int64_t first, int64_t top, int64_t left,
             int64_t columns) {
    const int64_t end = lesser<Arch>(columns, planes.width - left);
    for (int64_t row = 0; row < Rows && top + row < planes.height; ++row) {
      float* to = image + (first * planes.height + top + row) * planes.width + left;
      write_pixels<Arch>(at(row, 0), to, planes.height * planes.width, planes.channels - first,
                         end);
    }
  }
};

/// Where the values of some tiles stand: [product][channel block][tile][channel].
template <class Arch>
struct TileBlocks {
  int64_t blocks, tiles, product;  ///< product: from one of the products to the next

  static TileBlocks of(int64_t channels, int64_t tiles) {
    constexpr int64_t block = kChannelBlock<Arch>;
    const int64_t blocks = ceil_div<Arch>(channels, block);
    // An odd number of cache lines, so that the products of one tile do not evict one another.
    const int64_t lines = ceil_div<Arch>(blocks * tiles * block, 16) | 1;
    return {blocks, tiles, lines * 16};
  }
  int64_t size(int64_t products) const { return products * product; }
  LUCID_INLINE int64_t at(int64_t block, int64_t tile) const {
    return (block * tiles + tile) * kChannelBlock<Arch>;
  }
};

/// Applies a map of one dimension, Map::apply(in, out) on In and Out vectors, down the columns of
/// pixels and then along the rows of each tile. Results go to to[product * step].
template <class Arch, int In, int Out, class Map>
LUCID_INLINE void transform_run(RunPixels<Arch, In>& pixels, int64_t tiles, int64_t outputs,
                                int64_t step, float* to) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  constexpr int64_t block = kChannelBlock<Arch>;
  for (int64_t tile = 0; tile < tiles; ++tile, to += block) {
    for (int64_t half = 0; half < block; half += lanes) {
      V turned[Out][In];
#pragma GCC unroll 8
      for (int j = 0; j < In; ++j) {
        V column[In], mapped[Out];
#pragma GCC unroll 8
        for (int i = 0; i < In; ++i) {
          column[i] = load<Arch, float>(pixels.at(i, tile * outputs + j) + half);
        }
        Map::template apply<Arch>(column, mapped);
#pragma GCC unroll 8
        for (int i = 0; i < Out; ++i) turned[i][j] = mapped[i];
      }
#pragma GCC unroll 8
      for (int i = 0; i < Out; ++i) {
        V mapped[Out];
        Map::template apply<Arch>(turned[i], mapped);
#pragma GCC unroll 8
        for (int j = 0; j < Out; ++j) mapped[j].store_aligned(to + (i * Out + j) * step + half);
      }
    }
  }
}

/// Takes the tiles [first, last) of the channel blocks [block_begin, block_end) to their products,
/// which go to the blocks of `to` from `place` on. A tile reads In x In pixels and gives outputs x
/// outputs. Not inlined: passes and schemes share it.
template <class Arch, int In, int Out, class Map>
__attribute__((noinline)) void transform_tiles(const TileGrid<Arch>& grid, int64_t outputs,
                                               const ImagePlanes& planes, const float* images,
                                               int64_t first, int64_t last, int64_t block_begin,
                                               int64_t block_end, int64_t place,
                                               const TileBlocks<Arch>& layout, float* to) {
  RunPixels<Arch, In> pixels;
  grid.for_each_run(first, last, [&](const TileRun& run, int64_t tile) {
    const float* image = images + run.image * planes.channels * planes.height * planes.width;
    for (int64_t block = block_begin; block < block_end; ++block) {
      pixels.read(planes, image, block * kChannelBlock<Arch>, run.row * outputs - planes.pad_top,
                  run.column * outputs - planes.pad_left, (run.count - 1) * outputs + In);
      transform_run<Arch, In, Out, Map>(pixels, run.count, outputs, layout.product,
                                        to + layout.at(place + block - block_begin, tile));
    }
  });
}

/// The way back: products from[product * step] to the pixels of a run, `shift` added to each; none
/// is less than `least`.
template <class Arch, int In, int Out, class F>
LUCID_INLINE void restore_run(const float* from, int64_t step, int64_t tiles,
                              const Vec<Arch, float> (&shift)[2], const Vec<Arch, float>& least,
                              RunPixels<Arch, Out>& pixels, const F& f) {
  using V = Vec<Arch, float>;
  constexpr int64_t lanes = kLanes<Arch, float>;
  for (int64_t tile = 0; tile < tiles; ++tile, from += 2 * lanes) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      V turned[Out][In];
#pragma GCC unroll 8
      for (int j = 0; j < In; ++j) {
        V column[In], mapped[Out];
#pragma GCC unroll 8
        for (int i = 0; i < In; ++i) {
          column[i] = load<Arch, float>(from + (i * In + j) * step + half * lanes);
        }
        f(column, mapped);
#pragma GCC unroll 8
        for (int i = 0; i < Out; ++i) turned[i][j] = mapped[i];
      }
#pragma GCC unroll 8
      for (int i = 0; i < Out; ++i) {
        V mapped[Out];
        f(turned[i], mapped);
#pragma GCC unroll 8
        for (int j = 0; j < Out; ++j) {
          at_least<Arch, float>(least, mapped[j] + shift[half])
              .store_aligned(pixels.at(i, tile * Out + j) + half * lanes);
        }
      }
    }
  }
}

/// With no more tiles than this all of them can be kept transformed.
constexpr int64_t kFewTiles = 192;

/// Blocks of output channels in parts for so many workers, which together work on about as many
/// channels as there are tiles: fewer would read what belongs to the tiles too often.
template <class Arch>
EvenParts<Arch> channel_parts(int64_t blocks, int64_t tiles, int64_t workers) {
  const int64_t wanted = ceil_div<Arch>(greater<Arch>(1, tiles), workers * kChannelBlock<Arch>);
  const int64_t rounds = ceil_div<Arch>(blocks, workers * wanted);
  return EvenParts<Arch>::of(blocks, greater<Arch>(1, ceil_div<Arch>(blocks, workers * rounds)));
}

}  // namespace lucid::kernels::generic
