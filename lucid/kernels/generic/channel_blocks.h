// Blocks of channels: how kernels with channels in the lanes read NCHW images and write them.
//
// A block is two vectors of channels, which stand next to each other for every pixel. Pixels are
// turned a square at a time: as many pixels as lanes, times as many channels.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

/// Channels in a block.
template <class Arch>
inline constexpr int64_t kChannelBlock = 2 * kLanes<Arch, float>;

/// One vector of channels of some consecutive pixels; blocked pixels are kChannelBlock apart.
template <class Arch>
struct PixelSquare {
  using V = Vec<Arch, float>;
  static constexpr int lanes = kLanes<Arch, float>;
  static constexpr int64_t block = kChannelBlock<Arch>;

  V rows[lanes];

  /// `channels` rows of `pixels` pixels, each row `plane` further, zero where there are fewer than
  /// lanes; turned: rows[i] is pixel i.
  LUCID_INLINE void read(const float* from, int64_t plane, int64_t channels, int64_t pixels) {
    if (channels == lanes && pixels == lanes) {
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) rows[i] = load<Arch, float>(from + i * plane);
    } else {
      for (int i = 0; i < lanes; ++i) {
        rows[i] =
            i < channels ? Lanes<Arch, float>::load_first(from + i * plane, pixels, 0.0F) : V(0.0F);
      }
    }
    Lanes<Arch, float>::transpose(rows);
  }

  /// Reads all lanes of blocked pixels; turned: rows[i] is channel i.
  LUCID_INLINE void read_blocked(const float* from) {
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) rows[i] = load<Arch, float>(from + i * block);
    Lanes<Arch, float>::transpose(rows);
  }

  /// Writes the first lanes of the first rows.
  LUCID_INLINE void write(float* to, int64_t pitch, int64_t some, int64_t wide) const {
    if (some == lanes && wide == lanes) {
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) rows[i].store_unaligned(to + i * pitch);
      return;
    }
    for (int64_t i = 0; i < some; ++i) {
      Lanes<Arch, float>::store_range(to + i * pitch, rows[i], 0, wide);
    }
  }
};

/// Takes `pixels` consecutive pixels of up to a block of channels, planes `plane` apart, to blocked
/// pixels; channels that are not there become zero.
template <class Arch>
LUCID_INLINE void read_pixels(const float* from, int64_t plane, int64_t channels, int64_t pixels,
                              float* to) {
  constexpr int64_t lanes = kLanes<Arch, float>;
  PixelSquare<Arch> square;
  for (int64_t half = 0; half < 2; ++half, from += lanes * plane, channels -= lanes, to += lanes) {
    const int64_t some = greater<Arch>(0, lesser<Arch>(lanes, channels));
    for (int64_t first = 0; first < pixels; first += lanes) {
      const int64_t wide = lesser<Arch>(lanes, pixels - first);
      float* const out = to + first * kChannelBlock<Arch>;
      if (some == 0) {
        for (int64_t i = 0; i < wide; ++i) {
          Vec<Arch, float>(0.0F).store_aligned(out + i * kChannelBlock<Arch>);
        }
        continue;
      }
      square.read(from + first, plane, some, wide);
      for (int64_t i = 0; i < wide; ++i) {
        square.rows[i].store_aligned(out + i * kChannelBlock<Arch>);
      }
    }
  }
}

/// The way back. Blocked pixels are read up to the next whole square.
template <class Arch>
LUCID_INLINE void write_pixels(const float* from, float* to, int64_t plane, int64_t channels,
                               int64_t pixels) {
  constexpr int64_t lanes = kLanes<Arch, float>;
  PixelSquare<Arch> square;
  for (int64_t half = 0; half < 2 && channels > 0; ++half, channels -= lanes, from += lanes) {
    const int64_t some = lesser<Arch>(lanes, channels);
    for (int64_t first = 0; first < pixels; first += lanes) {
      square.read_blocked(from + first * kChannelBlock<Arch>);
      square.write(to + half * lanes * plane + first, plane, some,
                   lesser<Arch>(lanes, pixels - first));
    }
  }
}

}  // namespace lucid::kernels::generic
