// Which outputs the columns of a tile are, and how a tile gets to them.
#pragma once

#include "lucid/kernels/generic/conv_planes.h"

namespace lucid::kernels::generic {

/// A grid of outputs within a destination plane: output (i, j) stands at
/// origin + i * row_step + j * column_step.
struct OutputGrid {
  int64_t rows, columns;
  int64_t origin, row_step, column_step;
};

/// Consecutive lanes of one vector of the tile that are outputs; lane 0 would go to `at`.
struct TileSegment {
  int64_t at;
  int32_t first, begin, end;  ///< the vector's first column in the tile, and its lanes
};

/// Cuts the outputs into tiles: either over the flattened plane, row after row with the few columns
/// in between computed for nothing, or each row by itself, whichever costs less: rows give more
/// tiles, but where one holds a tile, none has to be scattered.
template <class Arch, class T>
struct Tiling {
  static constexpr int64_t width = kTileWidth<Arch, T>;

  OutputGrid grid;
  int64_t pitch;  ///< of the planes that are read
  int64_t total;  ///< flattened positions
  bool by_row;
  int64_t per_row, count;

  /// @param depth steps of a tile's sums.
  static Tiling of(const OutputGrid& grid, int64_t pitch, int64_t depth) {
    if (grid.rows <= 0 || grid.columns <= 0) return {grid, pitch, 0, false, 0, 0};
    const int64_t total = (grid.rows - 1) * pitch + grid.columns;
    const int64_t flat = ceil_div<Arch>(total, width);
    const int64_t per_row = ceil_div<Arch>(grid.columns, width);
    constexpr int64_t scattering = 16;  // steps
    const bool whole = grid.columns >= width && grid.column_step == 1;
    const bool by_row =
        grid.rows * per_row * (depth + (whole ? 0 : scattering)) <= flat * (depth + scattering);
    return {grid, pitch, total, by_row, per_row, by_row ? grid.rows * per_row : flat};
  }

  /// Tiles that would pass the end are moved back where there is room: then nothing is read behind
  /// the last position.
  bool reads_inside() const { return (by_row ? grid.columns : total) >= width; }
};

/// One tile: where it reads, and its segments.
template <class Arch, class T>
struct Tile {
  static constexpr int64_t width = kTileWidth<Arch, T>;
  static constexpr int lanes = kLanes<Arch, T>;

  int64_t start;  ///< plane position of the first column
  bool direct;    ///< the whole tile is one run of outputs, beginning at segments[0].at
  int count = 0;
  TileSegment segments[width];

  Tile(const Tiling<Arch, T>& tiling, int64_t index) {
    if (tiling.by_row) {
      const int64_t row = index / tiling.per_row;
      const int64_t column = index % tiling.per_row * width;
      const int64_t back = shift(column, tiling.grid.columns);
      start = row * tiling.pitch + column - back;
      add_run(tiling.grid, back, row, column,
              lesser<Arch>(width - back, tiling.grid.columns - column));
    } else {
      flat(tiling, index * width);
    }
    direct = tiling.grid.column_step == 1 && count == Blocks<Arch, T>::nv && full();
  }

  /// Writes rows of the tile, `width` apart, to outputs `channel` apart.
  void scatter(int64_t rows, const T* tile, T* out, int64_t channel, int64_t column_step,
               const T* bias, bool relu = false) const {
    const auto least = least_output<Arch, T>(relu);
    for (int64_t i = 0; i < rows; ++i, tile += width, out += channel) {
      const Vec<Arch, T> shift(bias != nullptr ? bias[i] : T(0));
      for (int s = 0; s < count; ++s) {
        const TileSegment& segment = segments[s];
        const Vec<Arch, T> sum = Vec<Arch, T>::load_aligned(tile + segment.first) + shift;
        const Vec<Arch, T> v = at_least<Arch, T>(least, sum);
        T* to = out + segment.at;
        if (column_step != 1) {
          alignas(64) T values[lanes];
          v.store_aligned(values);
          for (int l = segment.begin; l < segment.end; ++l) to[l * column_step] = values[l];
        } else if (segment.end - segment.begin == lanes) {
          v.store_unaligned(to);
        } else {
          Lanes<Arch, T>::store_range(to, v, segment.begin, segment.end);
        }
      }
    }
  }

 private:
  static int64_t shift(int64_t first, int64_t total) {
    return total < width ? 0 : greater<Arch>(0, first + width - total);
  }

  void flat(const Tiling<Arch, T>& tiling, int64_t q) {
    int64_t lane = shift(q, tiling.total);
    start = q - lane;
    while (lane < width && q < tiling.total) {
      const int64_t row = q / tiling.pitch;
      const int64_t column = q % tiling.pitch;
      const int64_t n = column < tiling.grid.columns
                            ? add_run(tiling.grid, lane, row, column,
                                      lesser<Arch>(width - lane, tiling.grid.columns - column))
                            : tiling.pitch - column;
      lane += n;
      q += n;
    }
  }

  /// Cuts a run of outputs where vectors end.
  int64_t add_run(const OutputGrid& grid, int64_t lane, int64_t row, int64_t column, int64_t n) {
    const int64_t at = grid.origin + row * grid.row_step + column * grid.column_step;
    for (int64_t l = lane; l < lane + n;) {
      const int64_t first = l / lanes * lanes;
      const int64_t end = lesser<Arch>(first + lanes, lane + n);
      segments[count++] = {at + (first - lane) * grid.column_step, static_cast<int32_t>(first),
                           static_cast<int32_t>(l - first), static_cast<int32_t>(end - first)};
      l = end;
    }
    return n;
  }

  bool full() const {
    for (int s = 0; s < count; ++s) {
      if (segments[s].end - segments[s].begin != lanes) return false;
      if (segments[s].at != segments[0].at + segments[s].first) return false;
    }
    return true;
  }
};

}  // namespace lucid::kernels::generic
