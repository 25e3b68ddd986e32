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

/// inner > 1: the sum of f(x...) over one channel.
template <class Arch, class T, class F, class... X>
LUCID_INLINE double channel_sum(const NormShape& s, int64_t channel, F f, const X*... x) {
  double total = 0;
  for (int64_t n = 0; n < s.batch; ++n) {
    const int64_t at = (n * s.channels + channel) * s.inner;
    total += accumulate<Arch, T>(s.inner, f, (x + at)...);
  }
  return total;
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
  parallel_for(s.channels, channel_grain<Arch>(s), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const double center = channel_sum<Arch, T>(
                                s, c, [](const V& v) { return v; }, x) /
                            count;
      const V shift(static_cast<T>(center));
      const double squares = channel_sum<Arch, T>(
          s, c, [&](const V& v) { return (v - shift) * (v - shift); }, x);
      mean[c] = static_cast<T>(center);
      variance[c] = static_cast<T>(squares / count);
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
  parallel_for(s.channels, channel_grain<Arch>(s), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const auto gate = Gate::of([c](const T* p) { return V(p[c]); }, mean, scale, shift);
      if constexpr (relu) {
        sum_grad[c] = static_cast<T>(channel_sum<Arch, T>(s, c, gate, grad_y, x));
      } else {
        sum_grad[c] = static_cast<T>(channel_sum<Arch, T>(
            s, c, [](const V& g) { return g; }, grad_y));
      }
      sum_grad_centered[c] = static_cast<T>(channel_sum<Arch, T>(
          s, c, [&](const V& g, const V& v) { return gate(g, v) * gate.centered(v); }, grad_y, x));
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

template <bool relu, class Arch, class T>
void channel_combine(const NormShape& s, const T* grad_y, const T* x, const T* mean, const T* scale,
                     const T* shift, const T* a, const T* b, const T* c, T* grad_x) {
  using V = Vec<Arch, T>;
  channel_map<Arch, T>(
      s, grad_x,
      [&](auto read) {
        const auto gate = ReluGate<Arch, T, relu>::of(read, mean, scale, shift);
        const V fa = read(a), fb = read(b), fc = read(c);
        return [=](const V& u, const V& v) {
          return multiply_add<Arch, T>(fa, gate(u, v),
                                       multiply_add<Arch, T>(fb, gate.centered(v), fc));
        };
      },
      grad_y, x);
}

template <class Arch, class T>
void channel_combine(const NormShape& s, const T* grad_y, const T* x, const T* mean, const T* scale,
                     const T* shift, const T* a, const T* b, const T* c, T* grad_x) {
  const auto run = s.relu ? channel_combine<true, Arch, T> : channel_combine<false, Arch, T>;
  run(s, grad_y, x, mean, scale, shift, a, b, c, grad_x);
}

template <class Arch, class T>
void relu_channel_backward(const NormShape& s, const T* grad_y, const T* output, T* grad_x,
                           T* sum_grad) {
  using V = Vec<Arch, T>;
  const auto gate = [](const V& g, const V& out) {
    return xsimd::select(out > V(T(0)), g, V(T(0)));
  };
  if (s.inner == 1) {
    for_channel_vectors<Arch, T>(s, [&](auto load, auto store) {
      V sums[1];
      accumulate_rows<Arch, T>(0, s.batch, sums, [&](int64_t n, V(&run)[1]) {
        const V g = gate(load(grad_y, n), load(output, n));
        store(grad_x, n, g);
        run[0] += g;
      });
      store(sum_grad, 0, sums[0]);
    });
    return;
  }
  constexpr int64_t piece = 4096;  // elements that are still in the first cache when they are added
  parallel_for(s.channels, channel_grain<Arch>(s), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      double total = 0;
      for (int64_t n = 0; n < s.batch; ++n) {
        const int64_t first = (n * s.channels + c) * s.inner, last = first + s.inner;
        for (int64_t i = first; i < last; i += piece) {
          const int64_t stop = lesser<Arch>(i + piece, last);
          map_range<Arch, T>(i, stop, grad_x, gate, grad_y, output);
          total += accumulate<Arch, T>(
              stop - i, [](const V& g) { return g; }, static_cast<const T*>(grad_x) + i);
        }
      }
      sum_grad[c] = static_cast<T>(total);
    }
  });
}

}  // namespace lucid::kernels::generic
