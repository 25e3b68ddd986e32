// Per-channel statistics and maps over (batch, channels, inner), for batch norm and its gradient.
#pragma once

#include "lucid/kernels/generic/accumulate.h"

namespace lucid::kernels::generic {

template <class Arch>
LUCID_INLINE int64_t channel_grain(const NormShape& s) {
  return greater<Arch>(1, kCheapGrain / 2 / greater<Arch>(1, s.batch * s.inner));
}

/// inner == 1: body(load, store, rows) for every vector of channels; load(p, n) reads row n, and
/// row 0 is also how per-channel values are read and written.
template <class Arch, class T, class Body>
LUCID_INLINE void for_channel_vectors(const NormShape& s, Body body) {
  using V = Vec<Arch, T>;
  constexpr int lanes = kLanes<Arch, T>;
  const int64_t grain = greater<Arch>(1, kCheapGrain / 2 / (lanes * greater<Arch>(1, s.batch)));
  parallel_for(ceil_div<Arch>(s.channels, lanes), grain, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task * lanes;
      const int64_t n = lesser<Arch>(lanes, s.channels - first);
      body(
          [&](const T* p, int64_t row) -> V {
            const T* at = p + row * s.channels + first;
            return n == lanes ? load<Arch, T>(at) : Lanes<Arch, T>::load_first(at, n, T(0));
          },
          [&](T* p, int64_t row, const V& v) {
            T* at = p + row * s.channels + first;
            if (n == lanes) {
              v.store_unaligned(at);
            } else {
              Lanes<Arch, T>::store_range(at, v, 0, n);
            }
          });
    }
  });
}

/// Planes of fewer elements than this are computed several channels at a time.
inline constexpr int64_t kSmallPlane = 16;

template <class Arch>
LUCID_INLINE bool has_small_planes(const NormShape& s) {
  return s.inner < kSmallPlane;
}

/// Some channels of small planes, as many as lanes: in every image `inner` vectors, of which lane l
/// of the one at i belongs to channel (i + l) / inner.
template <class Arch, class T>
struct SmallPlanes {
  using V = Vec<Arch, T>;
  static constexpr int lanes = kLanes<Arch, T>;

  const NormShape& s;
  int64_t first, channels;

  int64_t elements() const { return channels * s.inner; }
  int64_t at(int64_t image, int64_t i) const { return (image * s.channels + first) * s.inner + i; }
  int64_t wide(int64_t i) const { return lesser<Arch>(lanes, elements() - i); }

  LUCID_INLINE V load_at(const T* p, int64_t image, int64_t i) const {
    const T* from = p + at(image, i);
    return wide(i) == lanes ? load<Arch, T>(from) : Lanes<Arch, T>::load_first(from, wide(i), T(0));
  }
  LUCID_INLINE void store_at(T* p, int64_t image, int64_t i, const V& v) const {
    if (wide(i) == lanes) {
      v.store_unaligned(p + at(image, i));
    } else {
      Lanes<Arch, T>::store_range(p + at(image, i), v, 0, wide(i));
    }
  }
  /// The channels' own values, each where its elements are.
  V read_at(const T* p, int64_t i) const {
    alignas(64) T values[lanes] = {};
    for (int64_t l = 0; l < wide(i); ++l) values[l] = p[first + (i + l) / s.inner];
    return V::load_aligned(values);
  }

  /// Adds up, for every channel, what f(image, i, sums) adds to its lanes.
  template <int width, class F>
  void sum(double (&totals)[width][lanes], F f) const {
    for (auto& of_channels : totals) {
      for (double& total : of_channels) total = 0;
    }
    for (int64_t i = 0; i < elements(); i += lanes) {
      V sums[width];
      accumulate_rows<Arch, T>(0, s.batch, sums,
                               [&](int64_t image, V(&run)[width]) { f(image, i, run); });
      for (int w = 0; w < width; ++w) {
        alignas(64) T values[lanes];
        sums[w].store_aligned(values);
        for (int64_t l = 0; l < wide(i); ++l) totals[w][(i + l) / s.inner] += values[l];
      }
    }
  }
};

template <class Arch, class T, class Body>
LUCID_INLINE void for_small_planes(const NormShape& s, Body body) {
  constexpr int lanes = kLanes<Arch, T>;
  const int64_t grain =
      greater<Arch>(1, kCheapGrain / 2 / greater<Arch>(1, lanes * s.batch * s.inner));
  parallel_for(ceil_div<Arch>(s.channels, lanes), grain, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task * lanes;
      body(SmallPlanes<Arch, T>{s, first, lesser<Arch>(lanes, s.channels - first)});
    }
  });
}

/// inner > 1: accumulate() over one channel.
template <class Arch, class T, int count, class Add, class... X>
LUCID_INLINE void channel_sums(const NormShape& s, int64_t channel, double (&totals)[count],
                               Add add, const X*... x) {
  for (int64_t n = 0; n < s.batch; ++n) {
    const int64_t at = (n * s.channels + channel) * s.inner;
    accumulate<Arch, T>(s.inner, totals, add, (x + at)...);
  }
}

template <class Arch, class T>
void channel_moments(const NormShape& s, const T* x, T* mean, T* variance) {
  using V = Vec<Arch, T>;
  const double count = static_cast<double>(s.batch * s.inner);
  if (s.inner == 1) {
    const V scale(static_cast<T>(1 / count));
    for_channel_vectors<Arch, T>(s, [&](auto load, auto store) {
      V sum[1];
      accumulate_rows<Arch, T>(0, s.batch, sum,
                               [&](int64_t n, V(&run)[1]) { run[0] += load(x, n); });
      const V center = sum[0] * scale;
      accumulate_rows<Arch, T>(0, s.batch, sum, [&](int64_t n, V(&run)[1]) {
        const V distance = load(x, n) - center;
        run[0] = multiply_add<Arch, T>(distance, distance, run[0]);
      });
      store(mean, 0, center);
      store(variance, 0, sum[0] * scale);
    });
    return;
  }
  if (has_small_planes<Arch>(s)) {
    for_small_planes<Arch, T>(s, [&](const SmallPlanes<Arch, T>& planes) {
      double totals[1][kLanes<Arch, T>];
      planes.sum(totals, [&](int64_t image, int64_t i, V(&run)[1]) {
        run[0] += planes.load_at(x, image, i);
      });
      for (int64_t c = 0; c < planes.channels; ++c) {
        mean[planes.first + c] = static_cast<T>(totals[0][c] / count);
      }
      V shift;
      planes.sum(totals, [&](int64_t image, int64_t i, V(&run)[1]) {
        if (image == 0) shift = planes.read_at(mean, i);
        const V distance = planes.load_at(x, image, i) - shift;
        run[0] = multiply_add<Arch, T>(distance, distance, run[0]);
      });
      for (int64_t c = 0; c < planes.channels; ++c) {
        variance[planes.first + c] = static_cast<T>(totals[0][c] / count);
      }
    });
    return;
  }
  parallel_for(s.channels, channel_grain<Arch>(s), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      double sum[1] = {0}, squares[1] = {0};
      channel_sums<Arch, T>(
          s, c, sum, [](V(&run)[1], const V& v) { run[0] += v; }, x);
      mean[c] = static_cast<T>(sum[0] / count);
      const V shift(mean[c]);
      channel_sums<Arch, T>(
          s, c, squares, [&](V(&run)[1], const V& v) { run[0] += (v - shift) * (v - shift); }, x);
      variance[c] = static_cast<T>(squares[0] / count);
    }
  });
}

/// The map of batch norm for one channel or, with inner == 1, one vector of them.
template <class Arch, class T>
struct ChannelAffine {
  using V = Vec<Arch, T>;
  V mean, scale, shift;

  template <class Read>
  static ChannelAffine of(const Read& read, const T* mean, const T* scale, const T* shift) {
    return {read(mean), read(scale), read(shift)};
  }
  V operator()(const V& x) const { return multiply_add<Arch, T>(x - mean, scale, shift); }
};

/// What gets through the relu behind that map, computed again: cheaper than to read its result.
template <class Arch, class T, bool relu>
struct ReluGate {
  using V = Vec<Arch, T>;
  ChannelAffine<Arch, T> map;

  /// Without a relu there is no scale and no shift.
  template <class Read>
  static ReluGate of(const Read& read, const T* mean, const T* scale, const T* shift) {
    if constexpr (relu) return {ChannelAffine<Arch, T>::of(read, mean, scale, shift)};
    return {{read(mean), V(T(0)), V(T(0))}};
  }
  V operator()(const V& grad, const V& x) const {
    if constexpr (relu) return xsimd::select(map(x) > V(T(0)), grad, V(T(0)));
    return grad;
  }
  V centered(const V& x) const { return x - map.mean; }
};

template <bool relu, class Arch, class T>
void channel_gradient_sums(const NormShape& s, const T* grad_y, const T* x, const T* mean,
                           const T* scale, const T* shift, T* sum_grad, T* sum_grad_centered) {
  using V = Vec<Arch, T>;
  using Gate = ReluGate<Arch, T, relu>;
  if (s.inner == 1) {
    for_channel_vectors<Arch, T>(s, [&](auto load, auto store) {
      const auto gate = Gate::of([&](const T* p) { return load(p, 0); }, mean, scale, shift);
      V sums[2];
      accumulate_rows<Arch, T>(0, s.batch, sums, [&](int64_t n, V(&run)[2]) {
        const V v = load(x, n), g = gate(load(grad_y, n), v);
        run[0] += g;
        run[1] = multiply_add<Arch, T>(g, gate.centered(v), run[1]);
      });
      store(sum_grad, 0, sums[0]);
      store(sum_grad_centered, 0, sums[1]);
    });
    return;
  }
  if (has_small_planes<Arch>(s)) {
    for_small_planes<Arch, T>(s, [&](const SmallPlanes<Arch, T>& planes) {
      double totals[2][kLanes<Arch, T>];
      Gate gate;
      planes.sum(totals, [&](int64_t image, int64_t i, V(&run)[2]) {
        if (image == 0) {
          gate = Gate::of([&](const T* p) { return planes.read_at(p, i); }, mean, scale, shift);
        }
        const V v = planes.load_at(x, image, i), g = gate(planes.load_at(grad_y, image, i), v);
        run[0] += g;
        run[1] = multiply_add<Arch, T>(g, gate.centered(v), run[1]);
      });
      for (int64_t c = 0; c < planes.channels; ++c) {
        sum_grad[planes.first + c] = static_cast<T>(totals[0][c]);
        sum_grad_centered[planes.first + c] = static_cast<T>(totals[1][c]);
      }
    });
    return;
  }
  parallel_for(s.channels, channel_grain<Arch>(s), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const auto gate = Gate::of([c](const T* p) { return V(p[c]); }, mean, scale, shift);
      double totals[2] = {0, 0};
      channel_sums<Arch, T>(
          s, c, totals,
          [&](V(&run)[2], const V& grad, const V& v) {
            const V g = gate(grad, v);
            run[0] += g;
            run[1] = multiply_add<Arch, T>(g, gate.centered(v), run[1]);
          },
          grad_y, x);
      sum_grad[c] = static_cast<T>(totals[0]);
      sum_grad_centered[c] = static_cast<T>(totals[1]);
    }
  });
}

template <class Arch, class T>
void channel_gradient_sums(const NormShape& s, const T* grad_y, const T* x, const T* mean,
                           const T* scale, const T* shift, T* sum_grad, T* sum_grad_centered) {
  const auto run =
      s.relu ? channel_gradient_sums<true, Arch, T> : channel_gradient_sums<false, Arch, T>;
  run(s, grad_y, x, mean, scale, shift, sum_grad, sum_grad_centered);
}

/// y = f(per-channel values, x...) for all elements; constants(read) makes f from the channel's own
/// values, which read(p) fetches as a vector.
template <class Arch, class T, class Constants, class... X>
LUCID_INLINE void channel_map(const NormShape& s, T* y, Constants constants, const X*... x) {
  using V = Vec<Arch, T>;
  if (s.inner == 1) {
    for_channel_vectors<Arch, T>(s, [&](auto load, auto store) {
      const auto f = constants([&](const T* p) { return load(p, 0); });
      for (int64_t n = 0; n < s.batch; ++n) store(y, n, f(load(x, n)...));
    });
    return;
  }
  if (has_small_planes<Arch>(s)) {
    for_small_planes<Arch, T>(s, [&](const SmallPlanes<Arch, T>& planes) {
      for (int64_t i = 0; i < planes.elements(); i += kLanes<Arch, T>) {
        const auto f = constants([&](const T* p) { return planes.read_at(p, i); });
        for (int64_t n = 0; n < s.batch; ++n) {
          planes.store_at(y, n, i, f(planes.load_at(x, n, i)...));
        }
      }
    });
    return;
  }
  const int64_t grain = greater<Arch>(1, kCheapGrain / greater<Arch>(1, s.inner));
  parallel_for(s.batch * s.channels, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const auto f = constants([&](const T* p) { return V(p[row % s.channels]); });
      map_range<Arch, T>(row * s.inner, (row + 1) * s.inner, y, f, x...);
    }
  });
}

template <class Arch, class T>
void channel_affine(const NormShape& s, const T* x, const T* mean, const T* scale, const T* shift,
                    T* y) {
  using V = Vec<Arch, T>;
  const V least = least_output<Arch, T>(s.relu);
  channel_map<Arch, T>(
      s, y,
      [&](auto read) {
        const auto map = ChannelAffine<Arch, T>::of(read, mean, scale, shift);
        return [=](const V& v) { return at_least<Arch, T>(least, map(v)); };
      },
      x);
}

/// a * gradient + b * (x - mean) + c of one channel, where the gradient passes its ReLU.
template <bool relu, class Arch, class T>
struct ChannelCombine {
  using V = Vec<Arch, T>;
  ReluGate<Arch, T, relu> gate;
  V a, b, c;

  LUCID_INLINE V operator()(const V& grad, const V& x) const {
    return multiply_add<Arch, T>(a, gate(grad, x), multiply_add<Arch, T>(b, gate.centered(x), c));
  }
};

template <bool relu, class Arch, class T>
void channel_combine(const NormShape& s, const T* grad_y, const T* x, const T* mean, const T* scale,
                     const T* shift, const T* a, const T* b, const T* c, T* grad_x) {
  channel_map<Arch, T>(
      s, grad_x,
      [&](auto read) {
        return ChannelCombine<relu, Arch, T>{ReluGate<Arch, T, relu>::of(read, mean, scale, shift),
                                             read(a), read(b), read(c)};
      },
      grad_y, x);
}

template <class Arch, class T>
void channel_combine(const NormShape& s, const T* grad_y, const T* x, const T* mean, const T* scale,
                     const T* shift, const T* a, const T* b, const T* c, T* grad_x) {
  const auto run = s.relu ? channel_combine<true, Arch, T> : channel_combine<false, Arch, T>;
  run(s, grad_y, x, mean, scale, shift, a, b, c, grad_x);
}

}  // namespace lucid::kernels::generic
