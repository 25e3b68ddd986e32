// Dropout, one element at a time.
#pragma once

#include "lucid/random.h"

namespace lucid::kernels::reference {

template <class T, class Tag>
void dropout(int64_t n, uint64_t seed, uint64_t stream, T p, T scale, const T* x, T* mask, T* y) {
  constexpr int64_t in_block = 16 / sizeof(T);
  for (int64_t i = 0; i < n; ++i) {
    const auto words = philox(seed, stream, static_cast<uint64_t>(i / in_block));
    T number;
    if constexpr (in_block == 4) {
      number = static_cast<T>(words[static_cast<size_t>(i % 4)] >> 8) * T(0x1p-24);
    } else {
      number = static_cast<T>(uniform_at(seed, stream, static_cast<uint64_t>(i)));
    }
    mask[i] = number >= p ? scale : T(0);
    y[i] = x[i] * mask[i];
  }
}

}  // namespace lucid::kernels::reference
