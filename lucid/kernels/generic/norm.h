// Per-channel statistics and maps over (batch, channels, inner), for batch norm and its gradient.
#pragma once

#include "lucid/kernels/generic/channel_planes.h"

namespace lucid::kernels::generic {

template <class Arch, class T>
void channel_moments(const NormShape& s, const T* x, T* mean, T* variance) {
  using V = Vec<Arch, T>;
  const double count = static_cast<double>(s.batch * s.inner);
  for_channels<Arch, T>(s, [&](const auto& planes) {
    double totals[1][std::remove_cvref_t<decltype(planes)>::most];
    const auto divide_to = [&](T* to) {
      for (int64_t c = 0; c < planes.channels; ++c) {
        to[planes.first + c] = static_cast<T>(totals[0][c] / count);
      }
    };
    const T* const none = nullptr;
    planes.sum(
        totals, [](const auto&) { return [](V(&run)[1], const V& v) { run[0] += v; }; }, none, x);
    divide_to(mean);
    planes.sum(
        totals,
        [&](const auto& read) {
          return [center = read(mean)](V(&run)[1], const V& v) {
            const V distance = v - center;
            run[0] = multiply_add<Arch, T>(distance, distance, run[0]);
          };
        },
        mean, x);
    divide_to(variance);
  });
}

/// The map of batch norm, of one channel or, where planes are small, of each lane's.
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
    if constexpr (relu) return relu_gate<Arch, T>(grad, map(x));
    return grad;
  }
  V centered(const V& x) const { return x - map.mean; }
};

template <bool relu, class Arch, class T>
void channel_gradient_sums(const NormShape& s, const T* grad_y, const T* x, const T* mean,
                           const T* scale, const T* shift, T* sum_grad, T* sum_grad_centered) {
  using V = Vec<Arch, T>;
  for_channels<Arch, T>(s, [&](const auto& planes) {
    double totals[2][std::remove_cvref_t<decltype(planes)>::most];
    planes.sum(
        totals,
        [&](const auto& read) {
          return [gate = ReluGate<Arch, T, relu>::of(read, mean, scale, shift)](
                     V(&run)[2], const V& v, const V& grad) {
            const V g = gate(grad, v);
            run[0] += g;
            run[1] = multiply_add<Arch, T>(g, gate.centered(v), run[1]);
          };
        },
        mean, x, grad_y);
    for (int64_t c = 0; c < planes.channels; ++c) {
      sum_grad[planes.first + c] = static_cast<T>(totals[0][c]);
      sum_grad_centered[planes.first + c] = static_cast<T>(totals[1][c]);
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

/// One row of what gets through a relu, and its sum in two chains, so that additions do not wait
/// for one another.
template <class Arch, class T>
LUCID_INLINE void relu_backward_row(int64_t n, const T* grad_y, const T* output, T* grad_x,
                                    Vec<Arch, T> (&run)[2]) {
  using V = Vec<Arch, T>;
  using L = Lanes<Arch, T>;
  constexpr int64_t lanes = kLanes<Arch, T>;
  const auto vector = [&](int64_t i, V& sum) {
    const V g = relu_gate<Arch, T>(load<Arch, T>(grad_y + i), load<Arch, T>(output + i));
    g.store_unaligned(grad_x + i);
    sum += g;
  };
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) vector(i, run[0]), vector(i + lanes, run[1]);
  if (i + lanes <= n) vector(i, run[0]), i += lanes;
  if (i == n) return;
  const V g = relu_gate<Arch, T>(L::load_first(grad_y + i, n - i, T(0)),
                                 L::load_first(output + i, n - i, T(0)));
  L::store_range(grad_x + i, g, 0, n - i);
  run[1] += g;
}

/// Planes in the order of memory, but for the threads, who have channels of their own.
template <class Arch, class T>
void relu_backward_planes(const NormShape& s, const T* grad_y, const T* output, T* grad_x,
                          T* sums) {
  using V = Vec<Arch, T>;
  constexpr int64_t most = 32;  // channels
  // No lane adds up more numbers than in accumulate_rows().
  constexpr int64_t block = 256 * kLanes<Arch, T>;
  const int64_t images = greater<Arch>(1, block / round_up<Arch>(s.inner, kLanes<Arch, T>));
  const int64_t grain = 1 + kCheapGrain / 2 / greater<Arch>(1, s.batch * s.inner);
  parallel_for(s.channels, grain, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin; first < end; first += most) {
      const int64_t some = lesser<Arch>(most, end - first);
      V runs[most][2];
      double totals[most] = {};
      for (auto& run : runs) run[0] = run[1] = V(T(0));
      const auto add_up = [&](int64_t c) {
        totals[c] += Lanes<Arch, T>::sum(runs[c][0] + runs[c][1]);
        runs[c][0] = runs[c][1] = V(T(0));
      };
      for (int64_t n = 0; n < s.batch; ++n) {
        for (int64_t c = 0; c < some; ++c) {
          const int64_t at = (n * s.channels + first + c) * s.inner;
          for (int64_t i = 0; i < s.inner; i += block) {
            relu_backward_row<Arch, T>(lesser<Arch>(block, s.inner - i), grad_y + at + i,
                                       output + at + i, grad_x + at + i, runs[c]);
            if (s.inner > block) add_up(c);
          }
          if ((n + 1) % images == 0 || n + 1 == s.batch) add_up(c);
        }
      }
      for (int64_t c = 0; c < some; ++c) sums[first + c] = static_cast<T>(totals[c]);
    }
  });
}

template <class Arch, class T>
void relu_backward_sums(const NormShape& s, const T* grad_y, const T* output, T* grad_x, T* sums) {
  using V = Vec<Arch, T>;
  if (s.inner >= kSmallPlane) {
    relu_backward_planes<Arch, T>(s, grad_y, output, grad_x, sums);
    return;
  }
  for_planes_of<Arch, SmallPlanes<Arch, T>>(s, [&](const SmallPlanes<Arch, T>& planes) {
    planes.map(
        grad_x,
        [](const auto&) {
          return [](const V& g, const V& out) { return relu_gate<Arch, T>(g, out); };
        },
        grad_y, output);
    double totals[1][kLanes<Arch, T>];
    const T* const none = nullptr;
    planes.sum(
        totals, [](const auto&) { return [](V(&run)[1], const V& v) { run[0] += v; }; }, none,
        static_cast<const T*>(grad_x));
    for (int64_t c = 0; c < planes.channels; ++c) {
      sums[planes.first + c] = static_cast<T>(totals[0][c]);
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
