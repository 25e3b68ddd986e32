// Dropout: what is drawn, compared and multiplied in one pass.
#pragma once

#include "lucid/kernels/generic/philox.h"
#include "lucid/kernels/generic/simd.h"

namespace lucid::kernels::generic {

template <class Arch, class T>
void dropout(int64_t n, uint64_t seed, uint64_t stream, T p, T scale, const T* x, T* mask, T* y) {
  for_random_groups<Arch, T>(n, seed, stream,
                             [=](int64_t first, int64_t here, const uint32_t* words) {
                               alignas(64) T kept[kGroupValues<Arch, T>];
                               for (int64_t i = 0; i < kGroupValues<Arch, T>; ++i) {
                                 kept[i] = Uniform<Arch, T>::at(words, i) >= p ? scale : T(0);
                               }
                               copy_run<Arch, T>(mask + first, kept, here);
                               map_range<Arch, T>(
                                   0, here, y + first, [](auto a, auto b) { return a * b; },
                                   x + first, static_cast<const T*>(kept));
                             });
}

}  // namespace lucid::kernels::generic
