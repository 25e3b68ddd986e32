// Optimiser steps: the formulas of reference/optim.h on vectors, all state in one pass.
#pragma once

#include "lucid/kernels/generic/simd.h"
#include "lucid/kernels/shapes.h"

namespace lucid::kernels::generic {

/// Calls body(load, store) for vectors of elements; the last one is partial. The body has copies of
/// what it needs, since a store of a vector might change, as far as a compiler knows, whatever is
/// referred to: reading all constants again for each vector takes longer than the step.
template <class Arch, class T, class Body>
LUCID_INLINE void for_vectors(int64_t n, const Body& shared) {
  using V = Vec<Arch, T>;
  constexpr int lanes = kLanes<Arch, T>;
  parallel_for(n, kCheapGrain / 2, [&](int64_t begin, int64_t end) {
    const Body body = shared;
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      body([&](const T* p) { return load<Arch, T>(p + i); },
           [&](T* p, const V& v) { v.store_unaligned(p + i); });
    }
    if (i == end) return;
    body([&](const T* p) { return Lanes<Arch, T>::load_first(p + i, end - i, T(1)); },
         [&](T* p, const V& v) { Lanes<Arch, T>::store_range(p + i, v, 0, end - i); });
  });
}

template <class Arch, class T>
void sgd_step(int64_t n, const SgdStep& step, T* parameter, const T* gradient, T* momentum_buffer) {
  using V = Vec<Arch, T>;
  const V rate(static_cast<T>(-step.learning_rate));
  const V momentum(static_cast<T>(step.momentum));
  const V fresh(static_cast<T>(1 - step.dampening));
  const V decay(static_cast<T>(step.weight_decay));
  const V direction(static_cast<T>(step.maximize ? -1 : 1));
  for_vectors<Arch, T>(n, [=](auto load, auto store) {
    const V old = load(parameter);
    V g = multiply_add<Arch, T>(decay, old, direction * load(gradient));
    if (step.momentum != 0) {
      const V buffer =
          step.first_step ? g : multiply_add<Arch, T>(momentum, load(momentum_buffer), fresh * g);
      store(momentum_buffer, buffer);
      g = step.nesterov ? multiply_add<Arch, T>(momentum, buffer, g) : buffer;
    }
    store(parameter, multiply_add<Arch, T>(rate, g, old));
  });
}

template <class Arch, class T>
void adam_step(int64_t n, const AdamStep& step, T* parameter, const T* gradient, T* first_moment,
               T* second_moment, T* max_second_moment) {
  using V = Vec<Arch, T>;
  const bool decoupled = step.decoupled_weight_decay;
  const V beta1(static_cast<T>(step.beta1)), rest1(static_cast<T>(1 - step.beta1));
  const V beta2(static_cast<T>(step.beta2)), rest2(static_cast<T>(1 - step.beta2));
  const V decay(static_cast<T>(decoupled ? 0 : step.weight_decay));
  const V shrink(static_cast<T>(decoupled ? 1 - step.learning_rate * step.weight_decay : 1));
  const V rate(static_cast<T>(-step.learning_rate / step.bias_correction1));
  const V correction(static_cast<T>(1 / __builtin_sqrt(step.bias_correction2)));
  const V eps(static_cast<T>(step.eps));
  const V direction(static_cast<T>(step.maximize ? -1 : 1));
  for_vectors<Arch, T>(n, [=](auto load, auto store) {
    const V old = load(parameter);
    const V g = multiply_add<Arch, T>(decay, old, direction * load(gradient));
    const V first = multiply_add<Arch, T>(beta1, load(first_moment), rest1 * g);
    V second = multiply_add<Arch, T>(beta2, load(second_moment), rest2 * (g * g));
    store(first_moment, first);
    store(second_moment, second);
    if (step.amsgrad) {
      const V greatest = load(max_second_moment);
      second = xsimd::select(second > greatest || is_nan<Arch, T>(second), second, greatest);
      store(max_second_moment, second);
    }
    const V denominator = multiply_add<Arch, T>(square_root<Arch, T>(second), correction, eps);
    store(parameter,
          multiply_add<Arch, T>(old, shrink, divide<Arch, T>(rate * first, denominator)));
  });
}

}  // namespace lucid::kernels::generic
