// Softmax and log-softmax over the middle of (outer, count, inner), and their gradients.
#pragma once

#include "lucid/kernels/generic/accumulate.h"

namespace lucid::kernels::generic {

/// inner == 1: body(offset of the line) for every line.
template <class Arch, class Body>
LUCID_INLINE void for_lines(const ReduceShape& shape, Body body) {
  if (shape.count == 0) return;
  parallel_for(shape.outer, greater<Arch>(1, kCostlyGrain / shape.count),
               [&](int64_t begin, int64_t end) {
                 for (int64_t line = begin; line < end; ++line) body(line * shape.count);
               });
}

/// inner > 1: body(load, store) for every vector of neighbouring lines; load(p, c) and store(p, c,
/// v) reach their c-th elements.
template <class Arch, class T, class Body>
LUCID_INLINE void for_columns(const ReduceShape& shape, Body body) {
  using V = Vec<Arch, T>;
  constexpr int lanes = kLanes<Arch, T>;
  if (shape.count == 0 || shape.inner == 0) return;
  const int64_t vectors = ceil_div<Arch>(shape.inner, lanes);
  const int64_t grain = greater<Arch>(1, kCostlyGrain / (shape.count * lanes));
  parallel_for(shape.outer * vectors, grain, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t column = task % vectors * lanes;
      const int64_t n = lesser<Arch>(lanes, shape.inner - column);
      const int64_t first = task / vectors * shape.count * shape.inner + column;
      body(
          [&](const T* p, int64_t c) -> V {
            const T* at = p + first + c * shape.inner;
            return n == lanes ? load<Arch, T>(at) : Lanes<Arch, T>::load_first(at, n, T(0));
          },
          [&](T* p, int64_t c, const V& v) {
            T* at = p + first + c * shape.inner;
            if (n == lanes) {
              v.store_unaligned(at);
            } else {
              Lanes<Arch, T>::store_range(at, v, 0, n);
            }
          });
    }
  });
}

template <class Arch, class T>
LUCID_INLINE T line_maximum(int64_t count, const T* x) {
  constexpr int lanes = kLanes<Arch, T>;
  T greatest = x[0];
  int64_t i = 0;
  if (count >= lanes) {
    Vec<Arch, T> best = load<Arch, T>(x);
    for (i = lanes; i + lanes <= count; i += lanes) best = xsimd::max(best, load<Arch, T>(x + i));
    alignas(64) T values[lanes];
    best.store_aligned(values);
    for (T value : values) greatest = value > greatest ? value : greatest;
  }
  for (; i < count; ++i) greatest = x[i] > greatest ? x[i] : greatest;
  return greatest;  // without regard to NaN: one makes the sum NaN and so the whole line
}

template <bool logarithm, class Arch, class T>
void softmax_lines(const ReduceShape& shape, const T* x, T* y) {
  using V = Vec<Arch, T>;
  for_lines<Arch>(shape, [&](int64_t at) {
    const int64_t n = shape.count;
    const V greatest(line_maximum<Arch, T>(n, x + at));
    if constexpr (logarithm) {
      const double total = accumulate<Arch, T>(
          n, [&](const V& v) { return xsimd::exp(v - greatest); }, x + at);
      const V shift(static_cast<T>(__builtin_log(total)));
      map_range<Arch, T>(
          0, n, y + at, [&](const V& v) { return (v - greatest) - shift; }, x + at);
    } else {
      map_range<Arch, T>(
          0, n, y + at, [&](const V& v) { return xsimd::exp(v - greatest); }, x + at);
      const T* exps = y + at;
      const double total = accumulate<Arch, T>(
          n, [](const V& v) { return v; }, exps);
      const V scale(static_cast<T>(1 / total));
      map_range<Arch, T>(
          0, n, y + at, [&](const V& v) { return v * scale; }, exps);
    }
  });
}

template <bool logarithm, class Arch, class T>
void softmax(const ReduceShape& shape, const T* x, T* y) {
  using V = Vec<Arch, T>;
  if (shape.inner == 1) return softmax_lines<logarithm, Arch, T>(shape, x, y);
  for_columns<Arch, T>(shape, [&](auto load, auto store) {
    V greatest = load(x, 0);
    for (int64_t c = 1; c < shape.count; ++c) greatest = xsimd::max(greatest, load(x, c));
    V total(T(0));
    for (int64_t c = 0; c < shape.count; ++c) {
      const V power = xsimd::exp(load(x, c) - greatest);
      total += power;
      if constexpr (!logarithm) store(y, c, power);
    }
    const V last = logarithm ? xsimd::log(total) : divide<Arch, T>(V(T(1)), total);
    for (int64_t c = 0; c < shape.count; ++c) {
      store(y, c, logarithm ? (load(x, c) - greatest) - last : load(y, c) * last);
    }
  });
}

template <bool logarithm, class Arch, class T>
void softmax_backward(const ReduceShape& shape, const T* grad_y, const T* y, T* grad_x) {
  using V = Vec<Arch, T>;
  const auto term = [](const V& g, const V& v) { return logarithm ? g : g * v; };
  const auto result = [](const V& g, const V& v, const V& sum) {
    return logarithm ? g - xsimd::exp(v) * sum : v * (g - sum);
  };
  if (shape.inner == 1) {
    for_lines<Arch>(shape, [&](int64_t at) {
      const V sum(static_cast<T>(accumulate<Arch, T>(shape.count, term, grad_y + at, y + at)));
      map_range<Arch, T>(
          0, shape.count, grad_x + at, [&](const V& g, const V& v) { return result(g, v, sum); },
          grad_y + at, y + at);
    });
    return;
  }
  for_columns<Arch, T>(shape, [&](auto load, auto store) {
    V sum(T(0));
    for (int64_t c = 0; c < shape.count; ++c) sum += term(load(grad_y, c), load(y, c));
    for (int64_t c = 0; c < shape.count; ++c) {
      store(grad_x, c, result(load(grad_y, c), load(y, c), sum));
    }
  });
}

}  // namespace lucid::kernels::generic
