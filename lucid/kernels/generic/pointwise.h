// Pointwise kernels: every function here maps vectors, map() does the loops and the threads.
#pragma once

#include "lucid/kernels/generic/simd.h"
#include "lucid/kernels/shapes.h"

namespace lucid::kernels::generic {

/// sin and cos of one number: the C library's, which reduces great arguments exactly.
template <class Arch, class T, bool sine>
LUCID_INLINE T circular(T x) {
  if constexpr (sizeof(T) == 4) {
    return sine ? __builtin_sinf(x) : __builtin_cosf(x);
  } else {
    return sine ? __builtin_sin(x) : __builtin_cos(x);
  }
}

/// The integers next to x, for |x| up to 2^51.
template <class Arch>
LUCID_INLINE Vec<Arch, double> nearest(const Vec<Arch, double>& x) {
  const Vec<Arch, double> magic(6755399441055744.0);  // 1.5 * 2^52: sums have no room for fractions
  return (x + magic) - magic;
}

/// Of integers.
template <class Arch>
LUCID_INLINE auto is_odd(const Vec<Arch, double>& x) {
  const Vec<Arch, double> half = nearest<Arch>(x * Vec<Arch, double>(0.5));
  return x != half + half;
}

/// c[0] + c[1] z + ..., rounded after every step, for the same bits on every instruction set.
template <class Arch, int n>
LUCID_INLINE Vec<Arch, double> series(const Vec<Arch, double>& z, const double (&c)[n]) {
  Vec<Arch, double> sum(c[n - 1]);
#pragma GCC unroll 8
  for (int i = n - 2; i >= 0; --i) sum = sum * z + Vec<Arch, double>(c[i]);
  return sum;
}

/// sin or cos for |x| up to 2^20, to the precision of float: the quarter of a turn that x is in,
/// what is left of x (Cody and Waite's reduction), and Taylor's series, whose first missing term is
/// below 2e-10.
template <class Arch, bool sine>
LUCID_INLINE Vec<Arch, double> circular_near(const Vec<Arch, double>& x) {
  using V = Vec<Arch, double>;
  const V quarter(1.57079632673412561417);  // 33 bits of it, which k * quarter keeps
  const V quarter_rest(6.07710050650619224932e-11);
  const V k = nearest<Arch>(x * V(0.63661977236758134308));
  const V r = (x - k * quarter) - k * quarter_rest;
  const V z = r * r;
  const double odd_series[] = {1, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800};
  const double even_series[] = {1, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800};
  const V s = r * series<Arch>(z, odd_series);
  const V c = series<Arch>(z, even_series);
  const V half(0.5), one(1.0);
  const V turned = sine ? k : k + one;  // cos(x) = sin(x + a quarter)
  const auto odd = is_odd<Arch>(turned);
  const V turns = xsimd::select(odd, turned - one, turned) * half;
  const auto negative = is_odd<Arch>(turns);
  const V value = xsimd::select(odd, c, s);
  return xsimd::select(negative, -value, value);
}

template <class Arch, class T, bool sine>
LUCID_INLINE Vec<Arch, T> circular(const Vec<Arch, T>& x) {
  constexpr int count = kLanes<Arch, T>;
  alignas(64) T lanes[count];
  x.store_aligned(lanes);
  if constexpr (sizeof(T) == 4) {
    constexpr float limit = 1 << 20;
    alignas(64) double wide[count];
    for (int i = 0; i < count; ++i) wide[i] = lanes[i];
#pragma GCC unroll 2
    for (int i = 0; i < count; i += kLanes<Arch, double>) {
      circular_near<Arch, sine>(Vec<Arch, double>::load_aligned(wide + i)).store_aligned(wide + i);
    }
    alignas(64) T near[count];
    for (int i = 0; i < count; ++i) near[i] = static_cast<T>(wide[i]);
    if (xsimd::all(xsimd::abs(x) <= Vec<Arch, T>(limit))) return Vec<Arch, T>::load_aligned(near);
    for (int i = 0; i < count; ++i) {
      lanes[i] = __builtin_fabsf(lanes[i]) <= limit ? near[i] : circular<Arch, T, sine>(lanes[i]);
    }
  } else {
    for (T& value : lanes) value = circular<Arch, T, sine>(value);
  }
  return Vec<Arch, T>::load_aligned(lanes);
}

template <Unary op, class Arch, class T>
LUCID_INLINE Vec<Arch, T> apply(const Vec<Arch, T>& x) {
  using V = Vec<Arch, T>;
  using enum Unary;
  if constexpr (op == neg) return -x;
  if constexpr (op == abs) return xsimd::abs(x);
  if constexpr (op == square) return x * x;
  if constexpr (op == sqrt) return square_root<Arch, T>(x);
  if constexpr (op == rsqrt) return divide<Arch, T>(V(T(1)), square_root<Arch, T>(x));
  if constexpr (op == reciprocal) return divide<Arch, T>(V(T(1)), x);
  if constexpr (op == exp) return xsimd::exp(x);
  if constexpr (op == log) return xsimd::log(x);
  if constexpr (op == tanh) return xsimd::tanh(x);
  if constexpr (op == sigmoid) return divide<Arch, T>(V(T(1)), V(T(1)) + xsimd::exp(-x));
  if constexpr (op == relu) return at_least<Arch, T>(V(T(0)), x);
  if constexpr (op == sign) {
    const V zero(T(0));
    return xsimd::select(x > zero, V(T(1)), xsimd::select(x < zero, V(T(-1)), zero));
  }
  if constexpr (op == sin) return circular<Arch, T, true>(x);
  if constexpr (op == cos) return circular<Arch, T, false>(x);
}

template <Binary op, class Arch, class T>
LUCID_INLINE Vec<Arch, T> apply(const Vec<Arch, T>& a, const Vec<Arch, T>& b) {
  using enum Binary;
  if constexpr (op == add) return a + b;
  if constexpr (op == sub) return a - b;
  if constexpr (op == mul) return a * b;
  if constexpr (op == div) return divide<Arch, T>(a, b);
  // A NaN on either side is the result: b's fails the comparison, a's is put back.
  if constexpr (op == maximum)
    return xsimd::select(is_nan<Arch, T>(a), a, xsimd::select(b < a, a, b));
  if constexpr (op == minimum)
    return xsimd::select(is_nan<Arch, T>(a), a, xsimd::select(b > a, a, b));
}

template <Unary op>
inline constexpr int64_t kUnaryGrain =
    op == Unary::exp || op == Unary::log || op == Unary::tanh || op == Unary::sigmoid ||
            op == Unary::sin || op == Unary::cos
        ? kCostlyGrain
        : kCheapGrain;

template <Unary op, class Arch, class T>
void unary(int64_t n, const T* x, T* y) {
  map<Arch, T>(
      n, kUnaryGrain<op>, y, [](const auto& v) { return apply<op, Arch, T>(v); }, x);
}

template <Binary op, class Arch, class T>
void binary(int64_t n, const T* a, const T* b, T* y, Operands operands) {
  using V = Vec<Arch, T>;
  if (n <= 0) return;  // a scalar operand is read at once
  if (operands == Operands::left_scalar) {
    const V left(a[0]);
    map<Arch, T>(
        n, kCheapGrain, y, [&](const V& v) { return apply<op, Arch, T>(left, v); }, b);
  } else if (operands == Operands::right_scalar) {
    const V right(b[0]);
    map<Arch, T>(
        n, kCheapGrain, y, [&](const V& v) { return apply<op, Arch, T>(v, right); }, a);
  } else {
    map<Arch, T>(
        n, kCheapGrain, y, [](const V& u, const V& v) { return apply<op, Arch, T>(u, v); }, a, b);
  }
}

template <class Arch, class T>
void relu_backward(int64_t n, const T* grad_y, const T* output, T* grad_x) {
  using V = Vec<Arch, T>;
  map<Arch, T>(
      n, kCheapGrain, grad_x, [](const V& g, const V& out) { return relu_gate<Arch, T>(g, out); },
      grad_y, output);
}

template <class Arch, class T>
void sigmoid_backward(int64_t n, const T* grad_y, const T* output, T* grad_x) {
  using V = Vec<Arch, T>;
  const V one(T(1));
  map<Arch, T>(
      n, kCheapGrain, grad_x, [&](const V& g, const V& out) { return g * (out * (one - out)); },
      grad_y, output);
}

template <class Arch, class T>
void tanh_backward(int64_t n, const T* grad_y, const T* output, T* grad_x) {
  using V = Vec<Arch, T>;
  const V one(T(1));
  map<Arch, T>(
      n, kCheapGrain, grad_x, [&](const V& g, const V& out) { return g * (one - out * out); },
      grad_y, output);
}

template <class Arch, class T>
void axpy(int64_t n, T alpha, const T* x, T* y) {
  using V = Vec<Arch, T>;
  const V factor(alpha);
  map<Arch, T>(
      n, kCheapGrain, y,
      [&](const V& u, const V& v) { return multiply_add<Arch, T>(factor, u, v); }, x,
      static_cast<const T*>(y));
}

}  // namespace lucid::kernels::generic
