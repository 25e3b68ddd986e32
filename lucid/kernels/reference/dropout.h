// Dropout, one element at a time.
#pragma once

#include "lucid/kernels/generic/philox.h"

namespace lucid::kernels::reference {

template <class T, class Tag>
void dropout(int64_t n, uint64_t seed, uint64_t stream, T p, T scale, const T* x, T* mask, T* y) {
  using Number = generic::Uniform<Tag, T>;
  for (int64_t i = 0; i < n; ++i) {
    uint32_t words[4];
    generic::philox_blocks<Tag, 1>(seed, stream, static_cast<uint64_t>(i / Number::per_block),
                                   words);
    mask[i] = Number::at(words, i % Number::per_block) >= p ? scale : T(0);
    y[i] = x[i] * mask[i];
  }
}

}  // namespace lucid::kernels::reference
