// Reductions and softmax over the middle of (outer, count, inner), one line at a time.
#pragma once

#include <cmath>

#include "lucid/kernels/shapes.h"

namespace lucid::kernels::reference {

/// Calls body(first element's offset, index of the line) for every line that is reduced.
template <class Tag, class Body>
void for_each_line(const ReduceShape& shape, Body body) {
  for (int64_t o = 0; o < shape.outer; ++o) {
    for (int64_t i = 0; i < shape.inner; ++i) {
      body(o * shape.count * shape.inner + i, o * shape.inner + i);
    }
  }
}

template <class T, class Tag>
void sum(const ReduceShape& shape, const T* x, T* y) {
  for_each_line<Tag>(shape, [&](int64_t first, int64_t line) {
    double total = 0;
    for (int64_t c = 0; c < shape.count; ++c) total += x[first + c * shape.inner];
    y[line] = static_cast<T>(total);
  });
}

template <bool greatest, class T, class Tag>
void extremum(const ReduceShape& shape, const T* x, T* y, int64_t* indices) {
  for_each_line<Tag>(shape, [&](int64_t first, int64_t line) {
    T best = x[first];
    int64_t position = 0;
    for (int64_t c = 1; c < shape.count; ++c) {
      const T value = x[first + c * shape.inner];
      const bool beyond = greatest ? value > best : value < best;
      if (beyond || (value != value && best == best)) {
        best = value;
        position = c;
      }
    }
    y[line] = best;
    if (indices != nullptr) indices[line] = position;
  });
}

template <bool logarithm, class T, class Tag>
void softmax(const ReduceShape& shape, const T* x, T* y) {
  for_each_line<Tag>(shape, [&](int64_t first, int64_t) {
    if (shape.count == 0) return;
    T greatest = x[first];
    for (int64_t c = 1; c < shape.count; ++c) {
      const T value = x[first + c * shape.inner];
      if (value > greatest || value != value) greatest = value;
    }
    double total = 0;
    for (int64_t c = 0; c < shape.count; ++c) {
      total += std::exp(x[first + c * shape.inner] - greatest);
    }
    for (int64_t c = 0; c < shape.count; ++c) {
      const int64_t at = first + c * shape.inner;
      const T shifted = x[at] - greatest;
      y[at] = static_cast<T>(logarithm ? shifted - std::log(total) : std::exp(shifted) / total);
    }
  });
}

template <bool logarithm, class T, class Tag>
void softmax_backward(const ReduceShape& shape, const T* grad_y, const T* y, T* grad_x) {
  for_each_line<Tag>(shape, [&](int64_t first, int64_t) {
    double total = 0;
    for (int64_t c = 0; c < shape.count; ++c) {
      const int64_t at = first + c * shape.inner;
      total += logarithm ? grad_y[at] : grad_y[at] * y[at];
    }
    const T sum = static_cast<T>(total);
    for (int64_t c = 0; c < shape.count; ++c) {
      const int64_t at = first + c * shape.inner;
      grad_x[at] = logarithm ? grad_y[at] - std::exp(y[at]) * sum : y[at] * (grad_y[at] - sum);
    }
  });
}

}  // namespace lucid::kernels::reference
