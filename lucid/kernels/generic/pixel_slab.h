// What the pixel kernels read: some rows of some images, padded, in blocks of channels.
//
// The work is cut into chunks, either some rows of one image or several whole images, whose pixels
// and sums stay in the second level cache.
#pragma once

#include "lucid/kernels/generic/channel_blocks.h"
#include "lucid/kernels/generic/conv_engine.h"

namespace lucid::kernels::generic {

/// Rows [first, last) of the images [image, image + images); rows are those of the outputs, or of
/// the phases of the input for its gradient.
struct PixelChunk {
  int64_t image, images, first, last;

  int64_t rows() const { return last - first; }
};

/// How the rows of a batch are cut into chunks.
template <class Arch>
struct PixelChunks {
  int64_t batch, total_rows;
  int64_t images, rows;  ///< of a chunk; all rows if there are several images
  int64_t count;

  /// @param pixels that a chunk should have, about
  static PixelChunks of(int64_t batch, int64_t rows, int64_t columns, int64_t pixels) {
    PixelChunks c{batch, rows, 1, rows, 0};
    // Kernel positions may be so far apart that none falls on the input: its gradient is zero.
    if (rows <= 0 || columns <= 0) return c;
    const int64_t wanted = greater<Arch>(1, pixels / columns);  // rows
    if (wanted >= 2 * rows) {
      c.images = EvenParts<Arch>::of(batch, wanted / rows).size;
      c.count = ceil_div<Arch>(batch, c.images);
    } else {
      c.rows = EvenParts<Arch>::of(rows, wanted).size;
      c.count = batch * ceil_div<Arch>(rows, c.rows);
    }
    return c;
  }

  PixelChunk at(int64_t index) const {
    if (rows == total_rows) {
      const int64_t image = index * images;
      return {image, lesser<Arch>(images, batch - image), 0, total_rows};
    }
    const int64_t parts = ceil_div<Arch>(total_rows, rows);
    const int64_t first = index % parts * rows;
    return {index / parts, 1, first, lesser<Arch>(total_rows, first + rows)};
  }
};

/// The source of a chunk: [channel block][image][row][column][channel].
template <class Arch>
struct PixelSlab {
  static constexpr int64_t block = kChannelBlock<Arch>;

  int64_t channels, height, width;  ///< of the source; channels of one group
  int64_t image_channels;           ///< of all groups
  int64_t step, top, left;          ///< chunk row i begins at source row i * step + top
  int64_t column_step;              ///< from one output to the next
  int64_t reach;                    ///< rows that the kernel positions of one row extend over
  int64_t columns;                  ///< of the slab
  bool skips;                       ///< rows that no kernel position reads are left out
  int64_t rows, images;             ///< of the greatest chunk
  int64_t blocks, pitch;            ///< pitch: from one channel block to the next

  static PixelSlab of(const ConvEngine<Arch, float>& e, const PixelChunks<Arch>& chunks) {
    PixelSlab s{};
    s.channels = e.sources;
    s.image_channels = e.groups * e.sources;
    s.height = e.planes.h.source, s.width = e.planes.w.source;
    s.step = e.transposed ? 1 : e.h.stride;
    s.column_step = e.transposed ? 1 : e.w.stride;
    s.top = e.transposed ? e.lowest_h : -e.h.pad;
    s.left = e.transposed ? e.lowest_w : -e.w.pad;
    if (e.transposed) {
      // That of the phase which begins last. What the rows of all phases extend over is less where
      // this one has a row less than others, and too little for a chunk that does not end there.
      e.for_each_part(
          [&s](const ConvPart& part) { s.reach = greater<Arch>(s.reach, part.h.start + 1); });
      s.columns = e.planes.w.extent;
    } else {
      s.reach = (e.h.kernel - 1) * e.h.dilation + 1;
      s.columns = (e.w.out - 1) * e.w.stride + (e.w.kernel - 1) * e.w.dilation + 1;
    }
    s.skips = s.reach < s.step;
    s.images = chunks.images;
    s.rows = s.rows_of(chunks.rows);
    s.blocks = ceil_div<Arch>(s.channels, block);
    // An odd number of cache lines, so that blocks do not evict one another.
    s.pitch = (ceil_div<Arch>(s.images * s.rows * s.columns * block, 16) | 1) * 16;
    return s;
  }

  int64_t rows_of(int64_t chunk_rows) const { return (chunk_rows - 1) * step + reach; }
  int64_t size() const { return blocks * pitch; }
  int64_t at(int64_t image, int64_t row, int64_t column) const {
    return ((image * rows + row) * columns + column) * block;
  }

  /// Lists where the pixels of a chunk's outputs stand, one after the other; returns their number.
  int64_t list(int64_t chunk_images, int64_t chunk_rows, int64_t outputs, int64_t* pixels) const {
    int64_t* to = pixels;
    for (int64_t image = 0; image < chunk_images; ++image) {
      for (int64_t i = 0; i < chunk_rows; ++i) {
        const int64_t row = at(image, i * step, 0);
        for (int64_t j = 0; j < outputs; ++j) *to++ = row + j * column_step * block;
      }
    }
    return to - pixels;
  }

  /// Channels of a block, rounded up to what the kernels take at a time.
  int64_t depth(int64_t b) const {
    return lesser<Arch>(block, round_up<Arch>(channels - b * block, 4));
  }

  /// Offsets of what the kernel positions of a part read, seen from an output's pixel.
  void list_taps(const ConvEngine<Arch, float>& e, const ConvPart& part, int64_t* to) const {
    for (int64_t i = 0; i < part.h.taps; ++i) {
      const int64_t r = part.h.first_tap + i * part.h.tap_step;
      const int64_t row = e.transposed ? part.h.start - e.h.step(r) : r * e.h.dilation;
      for (int64_t j = 0; j < part.w.taps; ++j) {
        const int64_t s = part.w.first_tap + j * part.w.tap_step;
        *to++ = at(0, row, e.transposed ? part.w.start - e.w.step(s) : s * e.w.dilation);
      }
    }
  }

  /// Fills one channel block with the source of a chunk.
  void fill(const PixelChunk& chunk, int64_t b, const float* source, float* to) const {
    const int64_t plane = height * width, some = channels - b * block;
    const float* from = source + (chunk.image * image_channels + b * block) * plane;
    const int64_t row_count = rows_of(chunk.rows());
    const bool whole = left == 0 && columns == width;
    for (int64_t image = 0; image < chunk.images; ++image, from += image_channels * plane) {
      const int64_t y = chunk.first * step + top;
      if (whole && step == 1 && y >= 0 && y + row_count <= height) {
        read_pixels<Arch>(from + y * width, plane, some, row_count * width, to + at(image, 0, 0));
        continue;
      }
      for (int64_t row = 0; row < row_count; ++row) {
        if (skips && row % step >= reach) continue;
        fill_row(from, y + row, some, to + at(image, row, 0));
      }
    }
  }

 private:
  void fill_row(const float* image, int64_t y, int64_t some, float* to) const {
    const int64_t begin = left < 0 ? lesser<Arch>(-left, columns) : 0;
    const int64_t end = greater<Arch>(begin, lesser<Arch>(columns, width - left));
    if (y < 0 || y >= height || begin == end) {
      fill_zero<Arch, float>(to, columns * block);
      return;
    }
    fill_zero<Arch, float>(to, begin * block);
    read_pixels<Arch>(image + y * width + (left + begin), height * width, some, end - begin,
                      to + begin * block);
    fill_zero<Arch, float>(to + end * block, (columns - end) * block);
  }
};

}  // namespace lucid::kernels::generic
