// The transforms of Winograd's minimal filtering F(m x m, r x r) for one dimension, on vectors
// whose lanes are channels (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
// 2015, https://arxiv.org/abs/1509.09308).
//
// m outputs of a filter with r taps come from m + r - 1 products. A scheme has four maps: of the
// input, of the filter (G), of the products to the output, and the adjoints of the last two, which
// the weight's gradient needs. The points are 0, 1, -1 and infinity, and also 2 and -2.
#pragma once

#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

/// The input's map for four products.
struct WinogradInput4 {
  template <class Arch, class V>
  static LUCID_INLINE void apply(const V (&d)[4], V (&v)[4]) {
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[1] - d[3];
  }
};

/// The same for six.
struct WinogradInput6 {
  template <class Arch, class V>
  static LUCID_INLINE void apply(const V (&d)[6], V (&v)[6]) {
    const auto fma = [](float factor, const V& x, const V& y) {
      return multiply_add<Arch, float>(V(factor), x, y);
    };
    const V even = fma(-4, d[2], d[4]);  // d4 - 4 d2
    const V odd = fma(-4, d[1], d[3]);   // d3 - 4 d1
    const V even2 = d[4] - d[2];
    const V odd2 = d[3] - d[1];
    v[0] = fma(4, d[0], fma(-5, d[2], d[4]));
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = fma(2, odd2, even2);
    v[4] = fma(-2, odd2, even2);
    v[5] = fma(4, d[1], fma(-5, d[3], d[5]));
  }
};

/// F(2, 3): four products.
struct WinogradF23 {
  static constexpr int outputs = 2, taps = 3, products = 4;
  using Input = WinogradInput4;

  template <class Arch, class V>
  static LUCID_INLINE void filter(const V (&g)[3], V (&u)[4]) {
    const V half(0.5F);
    const V ends = half * (g[0] + g[2]);
    const V middle = half * g[1];
    u[0] = g[0];
    u[1] = ends + middle;
    u[2] = ends - middle;
    u[3] = g[2];
  }
  template <class Arch, class V>
  static LUCID_INLINE void filter_adjoint(const V (&u)[4], V (&g)[3]) {
    const V half(0.5F);
    const V sum = half * (u[1] + u[2]);
    g[0] = u[0] + sum;
    g[1] = half * (u[1] - u[2]);
    g[2] = sum + u[3];
  }
  template <class Arch, class V>
  static LUCID_INLINE void output(const V (&m)[4], V (&y)[2]) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
  }
  template <class Arch, class V>
  static LUCID_INLINE void output_adjoint(const V (&y)[2], V (&m)[4]) {
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = V(0.0F) - y[1];
  }
};

/// F(4, 3): six products.
struct WinogradF43 {
  static constexpr int outputs = 4, taps = 3, products = 6;
  using Input = WinogradInput6;

  template <class Arch, class V>
  static LUCID_INLINE void filter(const V (&g)[3], V (&u)[6]) {
    const V sixth(-1.0F / 6);
    const V ends = sixth * (g[0] + g[2]);
    const V middle = sixth * g[1];
    const V far_ends = multiply_add<Arch, float>(V(1.0F / 6), g[2], V(1.0F / 24) * g[0]);
    const V far_middle = V(1.0F / 12) * g[1];
    u[0] = V(0.25F) * g[0];
    u[1] = ends + middle;
    u[2] = ends - middle;
    u[3] = far_ends + far_middle;
    u[4] = far_ends - far_middle;
    u[5] = g[2];
  }
  template <class Arch, class V>
  static LUCID_INLINE void filter_adjoint(const V (&u)[6], V (&g)[3]) {
    const V near_sum = V(-1.0F / 6) * (u[1] + u[2]);
    const V near_difference = V(-1.0F / 6) * (u[1] - u[2]);
    const V far_sum = u[3] + u[4];
    g[0] = multiply_add<Arch, float>(V(0.25F), u[0],
                                     multiply_add<Arch, float>(V(1.0F / 24), far_sum, near_sum));
    g[1] = multiply_add<Arch, float>(V(1.0F / 12), u[3] - u[4], near_difference);
    g[2] = multiply_add<Arch, float>(V(1.0F / 6), far_sum, near_sum) + u[5];
  }
  template <class Arch, class V>
  static LUCID_INLINE void output(const V (&m)[6], V (&y)[4]) {
    const V sum = m[1] + m[2], difference = m[1] - m[2];
    const V far_sum = m[3] + m[4], far_difference = m[3] - m[4];
    y[0] = m[0] + sum + far_sum;
    y[1] = multiply_add<Arch, float>(V(2.0F), far_difference, difference);
    y[2] = multiply_add<Arch, float>(V(4.0F), far_sum, sum);
    y[3] = multiply_add<Arch, float>(V(8.0F), far_difference, difference) + m[5];
  }
  template <class Arch, class V>
  static LUCID_INLINE void output_adjoint(const V (&y)[4], V (&m)[6]) {
    const V even = y[0] + y[2], odd = y[1] + y[3];
    const V far_even = multiply_add<Arch, float>(V(4.0F), y[2], y[0]);
    const V far_odd = multiply_add<Arch, float>(V(8.0F), y[3], V(2.0F) * y[1]);
    m[0] = y[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = far_even + far_odd;
    m[4] = far_even - far_odd;
    m[5] = y[3];
  }
};

/// F(2, 5): the same six products.
struct WinogradF25 {
  static constexpr int outputs = 2, taps = 5, products = 6;
  using Input = WinogradInput6;

  template <class Arch, class V>
  static LUCID_INLINE void filter(const V (&g)[5], V (&u)[6]) {
    const V sixth(-1.0F / 6);
    const V ends = sixth * (g[0] + g[2] + g[4]);
    const V middle = sixth * (g[1] + g[3]);
    const V far_ends = multiply_add<Arch, float>(
        V(1.0F / 6), g[2], multiply_add<Arch, float>(V(2.0F / 3), g[4], V(1.0F / 24) * g[0]));
    const V far_middle = multiply_add<Arch, float>(V(1.0F / 3), g[3], V(1.0F / 12) * g[1]);
    u[0] = V(0.25F) * g[0];
    u[1] = ends + middle;
    u[2] = ends - middle;
    u[3] = far_ends + far_middle;
    u[4] = far_ends - far_middle;
    u[5] = g[4];
  }
  template <class Arch, class V>
  static LUCID_INLINE void filter_adjoint(const V (&u)[6], V (&g)[5]) {
    const V near_sum = V(-1.0F / 6) * (u[1] + u[2]);
    const V near_difference = V(-1.0F / 6) * (u[1] - u[2]);
    const V far_sum = u[3] + u[4], far_difference = u[3] - u[4];
    const auto fma = [](float factor, const V& x, const V& y) {
      return multiply_add<Arch, float>(V(factor), x, y);
    };
    g[0] = fma(0.25F, u[0], fma(1.0F / 24, far_sum, near_sum));
    g[1] = fma(1.0F / 12, far_difference, near_difference);
    g[2] = fma(1.0F / 6, far_sum, near_sum);
    g[3] = fma(1.0F / 3, far_difference, near_difference);
    g[4] = fma(2.0F / 3, far_sum, near_sum) + u[5];
  }
  template <class Arch, class V>
  static LUCID_INLINE void output(const V (&m)[6], V (&y)[2]) {
    y[0] = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    y[1] = multiply_add<Arch, float>(V(2.0F), m[3] - m[4], m[1] - m[2]) + m[5];
  }
  template <class Arch, class V>
  static LUCID_INLINE void output_adjoint(const V (&y)[2], V (&m)[6]) {
    const V twice = y[1] + y[1];
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = y[0] + twice;
    m[4] = y[0] - twice;
    m[5] = y[1];
  }
};

/// The adjoint of a scheme's output map, as a map.
template <class Scheme>
struct OutputAdjoint {
  template <class Arch, class V>
  static LUCID_INLINE void apply(const V (&y)[Scheme::outputs], V (&m)[Scheme::products]) {
    Scheme::template output_adjoint<Arch>(y, m);
  }
};

}  // namespace lucid::kernels::generic
