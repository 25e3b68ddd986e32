// Pointwise kernels: every function here maps vectors, map() does the loops and the threads.
#pragma once

#include "lucid/kernels/generic/simd.h"
#include "lucid/kernels/shapes.h"

namespace lucid::kernels::generic {

/// sin and cos: the C library's, which reduces great arguments exactly.
template <class Arch, class T, bool sine>
LUCID_INLINE T circular(T x) {
  if constexpr (sizeof(T) == 4) {
    return sine ? __builtin_sinf(x) : __builtin_cosf(x);
  } else {
    return sine ? __builtin_sin(x) : __builtin_cos(x);
  }
}

template <class Arch, class T, bool sine>
LUCID_INLINE Vec<Arch, T> circular(const Vec<Arch, T>& x) {
  alignas(64) T lanes[kLanes<Arch, T>];
  x.store_aligned(lanes);
  for (T& value : lanes) value = circular<Arch, T, sine>(value);
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
  const V zero(T(0));
  map<Arch, T>(
      n, kCheapGrain, grad_x,
      [&](const V& g, const V& out) { return xsimd::select(out > zero, g, zero); }, grad_y, output);
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
