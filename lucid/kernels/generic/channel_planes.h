// Planes of channels, (batch, channels, inner), and how kernels go over them: by how long they are.
#pragma once

#include "lucid/kernels/generic/accumulate.h"

namespace lucid::kernels::generic {

/// Planes of fewer elements than kSmallPlane share vectors. The sums of those of fewer than
/// kLongPlane stay vectors from image to image: to add up their lanes for each plane would be most
/// of the work.
inline constexpr int64_t kSmallPlane = 16, kLongPlane = 256;

/// Some channels of small planes, as many as lanes: in every image `inner` vectors, of which lane l
/// of the one at i belongs to channel (i + l) / inner.
template <class Arch, class T>
class SmallPlanes {
  using V = Vec<Arch, T>;
  static constexpr int lanes = kLanes<Arch, T>;

 public:
  static constexpr int most = lanes;  ///< channels
  static int64_t at_once(const NormShape&) { return most; }

  SmallPlanes(const NormShape& shape, int64_t begin, int64_t end)
      : s(shape), first(begin), channels(end - begin), elements_(channels * s.inner) {
    int64_t i = 0;
    for (int64_t c = 0; c < channels; ++c) {
      for (const int64_t next = i + s.inner; i < next; ++i) channel_[i] = static_cast<uint8_t>(c);
    }
  }

  const NormShape& s;
  int64_t first, channels;

  /// totals[k][c] = the sum over all elements of channel first + c of what add(run, v...) adds to
  /// run[k] for a vector of each x, with add = make(read), where read(p) is the channels' own
  /// values.
  template <int count, class Make, class... X>
  LUCID_INLINE void sum(double (&totals)[count][most], Make make, const T*, const X*... x) const {
    for (auto& of_channels : totals) {
      for (double& total : of_channels) total = 0;
    }
    for (int64_t i = 0; i < elements_; i += lanes) {
      const auto add = make([&](const T* p) { return read_at(p, i); });
      V sums[count];
      accumulate_rows<Arch, T>(0, s.batch, sums, [&](int64_t image, V(&run)[count]) {
        add(run, load_at(x, image, i)...);
      });
      for (int k = 0; k < count; ++k) {
        alignas(64) T values[lanes];
        sums[k].store_aligned(values);
        for (int64_t l = 0; l < wide(i); ++l) totals[k][channel_[i + l]] += values[l];
      }
    }
  }

  /// y = f(x...) for all elements, with f = make(read).
  template <class Make, class... X>
  LUCID_INLINE void map(T* y, Make make, const X*... x) const {
    for (int64_t i = 0; i < elements_; i += lanes) {
      const auto f = make([&](const T* p) { return read_at(p, i); });
      for (int64_t n = 0; n < s.batch; ++n) {
        const V result = f(load_at(x, n, i)...);
        if (wide(i) == lanes) {
          result.store_unaligned(y + at(n, i));
        } else {
          Lanes<Arch, T>::store_range(y + at(n, i), result, 0, wide(i));
        }
      }
    }
  }

 private:
  int64_t at(int64_t image, int64_t i) const { return (image * s.channels + first) * s.inner + i; }
  int64_t wide(int64_t i) const { return lesser<Arch>(lanes, elements_ - i); }

  LUCID_INLINE V load_at(const T* p, int64_t image, int64_t i) const {
    const T* from = p + at(image, i);
    return wide(i) == lanes ? load<Arch, T>(from) : Lanes<Arch, T>::load_first(from, wide(i), T(0));
  }
  /// The channels' own values, each where its elements are.
  V read_at(const T* p, int64_t i) const {
    alignas(64) T values[lanes] = {};
    for (int64_t l = 0; l < wide(i); ++l) values[l] = p[first + channel_[i + l]];
    return V::load_aligned(values);
  }

  int64_t elements_;
  uint8_t channel_[most * kSmallPlane];  ///< of each element, counted from the first
};

/// Some channels of longer planes, image by image.
template <class Arch, class T>
struct ShortPlanes {
  using V = Vec<Arch, T>;
  static constexpr int most = 16;  ///< channels
  /// Enough for a run of memory in each image, and to add to several sums in turn.
  static int64_t at_once(const NormShape& s) { return lesser<Arch>(most, 1024 / s.inner); }

  const NormShape& s;
  int64_t first, end;
  int64_t channels = end - first;

  /// As above. For what a plane's last vector lacks add() gets center[c], or 0 without one, as x
  /// and zeros as gradients: that must add nothing.
  template <int count, class Make, class... Gradients>
  LUCID_INLINE void sum(double (&totals)[count][most], Make make, const T* center, const T* x,
                        const Gradients*... gradients) const {
    constexpr int lanes = kLanes<Arch, T>;
    for (auto& of_channels : totals) {
      for (double& total : of_channels) total = 0;
    }
    // No lane adds up more numbers than in accumulate_rows().
    const int64_t images = 256 / ceil_div<Arch>(s.inner, lanes);
    for (int64_t start = 0; start < s.batch; start += images) {
      V runs[most][count];
      for (auto& run : runs) {
        for (V& sum : run) sum = V(T(0));
      }
      for (int64_t n = start; n < lesser<Arch>(start + images, s.batch); ++n) {
        for (int64_t c = 0; c < channels; ++c) {
          const int64_t at = (n * s.channels + first + c) * s.inner;
          const auto add = make([&](const T* p) { return V(p[first + c]); });
          int64_t i = 0;
          for (; i + lanes <= s.inner; i += lanes) {
            add(runs[c], load<Arch, T>(x + at + i), load<Arch, T>(gradients + at + i)...);
          }
          if (i == s.inner) continue;
          const T fill = center != nullptr ? center[first + c] : T(0);
          add(runs[c], Lanes<Arch, T>::load_first(x + at + i, s.inner - i, fill),
              Lanes<Arch, T>::load_first(gradients + at + i, s.inner - i, T(0))...);
        }
      }
      for (int64_t c = 0; c < channels; ++c) {
        for (int k = 0; k < count; ++k) totals[k][c] += Lanes<Arch, T>::sum(runs[c][k]);
      }
    }
  }
};

/// One channel of planes that are longer still.
template <class Arch, class T>
struct LongPlanes {
  using V = Vec<Arch, T>;
  static constexpr int most = 1;  ///< channels
  static int64_t at_once(const NormShape&) { return most; }

  const NormShape& s;
  int64_t first, end;
  int64_t channels = end - first;

  template <int count, class Make, class... X>
  LUCID_INLINE void sum(double (&totals)[count][most], Make make, const T*, const X*... x) const {
    const auto add = make([&](const T* p) { return V(p[first]); });
    double sums[count] = {};
    for (int64_t n = 0; n < s.batch; ++n) {
      const int64_t at = (n * s.channels + first) * s.inner;
      accumulate<Arch, T>(s.inner, sums, add, (x + at)...);
    }
    for (int k = 0; k < count; ++k) totals[k][0] = sums[k];
  }
};

/// body(planes) for all channels, some at a time.
template <class Arch, class Planes, class Body>
LUCID_INLINE void for_planes_of(const NormShape& s, Body body) {
  const int64_t some = Planes::at_once(s);
  const int64_t grain =
      greater<Arch>(1, kCheapGrain / 2 / greater<Arch>(1, some * s.batch * s.inner));
  parallel_for(ceil_div<Arch>(s.channels, some), grain, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      body(Planes{s, task * some, lesser<Arch>(s.channels, (task + 1) * some)});
    }
  });
}

/// body(planes) for all channels, where planes.sum() adds up what there is of each.
template <class Arch, class T, class Body>
LUCID_INLINE void for_channels(const NormShape& s, Body body) {
  if (s.inner < kSmallPlane) {
    for_planes_of<Arch, SmallPlanes<Arch, T>>(s, body);
  } else if (s.inner < kLongPlane) {
    for_planes_of<Arch, ShortPlanes<Arch, T>>(s, body);
  } else {
    for_planes_of<Arch, LongPlanes<Arch, T>>(s, body);
  }
}

/// y = f(x...) for all elements; make(read) makes f from the channel's own values, which read(p)
/// fetches as a vector.
template <class Arch, class T, class Make, class... X>
LUCID_INLINE void channel_map(const NormShape& s, T* y, Make make, const X*... x) {
  using V = Vec<Arch, T>;
  if (s.inner < kSmallPlane) {
    for_planes_of<Arch, SmallPlanes<Arch, T>>(
        s, [&](const SmallPlanes<Arch, T>& planes) { planes.map(y, make, x...); });
    return;
  }
  const int64_t grain = greater<Arch>(1, kCheapGrain / s.inner);
  parallel_for(s.batch * s.channels, grain, [&](int64_t begin, int64_t end) {
    int64_t channel = begin % s.channels;
    for (int64_t row = begin; row < end; ++row) {
      const auto f = make([channel](const T* p) { return V(p[channel]); });
      map_range<Arch, T>(row * s.inner, (row + 1) * s.inner, y, f, x...);
      if (++channel == s.channels) channel = 0;
    }
  });
}

}  // namespace lucid::kernels::generic
