// Pointwise kernels, one element at a time: what the vector kernels are checked against.
//
// In this folder everything is a template on a tag besides the element type. A translation unit
// with instruction set flags passes its arch, and so gets copies under names of its own.
#pragma once

#include <cmath>

#include "lucid/kernels/shapes.h"

namespace lucid::kernels::reference {

template <Unary op, class T, class Tag>
T apply(T x) {
  using enum Unary;
  if constexpr (op == neg) return -x;
  if constexpr (op == abs) return std::fabs(x);
  if constexpr (op == square) return x * x;
  if constexpr (op == sqrt) return std::sqrt(x);
  if constexpr (op == rsqrt) return T(1) / std::sqrt(x);
  if constexpr (op == reciprocal) return T(1) / x;
  if constexpr (op == exp) return std::exp(x);
  if constexpr (op == log) return std::log(x);
  if constexpr (op == tanh) return std::tanh(x);
  if constexpr (op == sigmoid) return T(1) / (T(1) + std::exp(-x));
  if constexpr (op == relu) return x < T(0) ? T(0) : x;  // lets a NaN through
  if constexpr (op == sign) return T((x > T(0)) - (x < T(0)));
  if constexpr (op == sin) return std::sin(x);
  if constexpr (op == cos) return std::cos(x);
}

template <class T, class Tag>
T relu_if(bool wanted, T x) {
  return wanted ? apply<Unary::relu, T, Tag>(x) : x;
}

template <Binary op, class T, class Tag>
T apply(T a, T b) {
  using enum Binary;
  if constexpr (op == add) return a + b;
  if constexpr (op == sub) return a - b;
  if constexpr (op == mul) return a * b;
  if constexpr (op == div) return a / b;
  // A NaN on either side is the result.
  if constexpr (op == maximum) return a != a ? a : (b < a ? a : b);
  if constexpr (op == minimum) return a != a ? a : (b > a ? a : b);
}

template <Unary op, class T, class Tag>
void unary(int64_t n, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = apply<op, T, Tag>(x[i]);
}

template <Binary op, class T, class Tag>
void binary(int64_t n, const T* a, const T* b, T* y, Operands operands) {
  const int64_t step_a = operands == Operands::left_scalar ? 0 : 1;
  const int64_t step_b = operands == Operands::right_scalar ? 0 : 1;
  for (int64_t i = 0; i < n; ++i) y[i] = apply<op, T, Tag>(a[i * step_a], b[i * step_b]);
}

template <class T, class Tag>
void relu_backward(int64_t n, const T* grad_y, const T* output, T* grad_x) {
  for (int64_t i = 0; i < n; ++i) grad_x[i] = output[i] > T(0) ? grad_y[i] : T(0);
}

template <class T, class Tag>
void sigmoid_backward(int64_t n, const T* grad_y, const T* output, T* grad_x) {
  for (int64_t i = 0; i < n; ++i) grad_x[i] = grad_y[i] * (output[i] * (1 - output[i]));
}

template <class T, class Tag>
void tanh_backward(int64_t n, const T* grad_y, const T* output, T* grad_x) {
  for (int64_t i = 0; i < n; ++i) grad_x[i] = grad_y[i] * (1 - output[i] * output[i]);
}

template <class T, class Tag>
void axpy(int64_t n, T alpha, const T* x, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] += alpha * x[i];
}

}  // namespace lucid::kernels::reference
