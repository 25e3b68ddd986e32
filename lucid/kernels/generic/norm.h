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
