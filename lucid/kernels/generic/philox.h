// Philox4x32-10 (lucid/random.h), many blocks side by side: the loops over these are the compiler's
// to turn into vectors of whatever a file is compiled for, whose tag Arch is.
#pragma once

#include <cstdint>

#include "lucid/parallel.h"

namespace lucid::kernels::generic {

/// The words of `blocks` blocks from `position` on, one block after the other.
template <class Arch, int blocks>
void philox_blocks(uint64_t seed, uint64_t stream, uint64_t position, uint32_t* words) {
  auto k0 = static_cast<uint32_t>(seed);
  auto k1 = static_cast<uint32_t>(seed >> 32);
  uint32_t c0[blocks], c1[blocks], c2[blocks], c3[blocks];
  for (int i = 0; i < blocks; ++i) {
    c0[i] = static_cast<uint32_t>(position + static_cast<uint64_t>(i));
    c1[i] = static_cast<uint32_t>((position + static_cast<uint64_t>(i)) >> 32);
    c2[i] = static_cast<uint32_t>(stream);
    c3[i] = static_cast<uint32_t>(stream >> 32);
  }
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < blocks; ++i) {
      const uint64_t p0 = uint64_t{0xD2511F53} * c0[i];
      const uint64_t p1 = uint64_t{0xCD9E8D57} * c2[i];
      c0[i] = static_cast<uint32_t>(p1 >> 32) ^ c1[i] ^ k0;
      c1[i] = static_cast<uint32_t>(p1);
      c2[i] = static_cast<uint32_t>(p0 >> 32) ^ c3[i] ^ k1;
      c3[i] = static_cast<uint32_t>(p0);
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  for (int i = 0; i < blocks; ++i) {
    words[4 * i] = c0[i];
    words[4 * i + 1] = c1[i];
    words[4 * i + 2] = c2[i];
    words[4 * i + 3] = c3[i];
  }
}

/// How many values of a type a block has, and value i of consecutive blocks, uniform in [0, 1).
template <class Arch, class T>
struct Uniform;
template <class Arch>
struct Uniform<Arch, float> {
  static constexpr int64_t per_block = 4;
  static float at(const uint32_t* words, int64_t i) {
    return static_cast<float>(static_cast<int32_t>(words[i] >> 8)) * 0x1p-24F;
  }
};
template <class Arch>
struct Uniform<Arch, double> {
  static constexpr int64_t per_block = 2;
  static double at(const uint32_t* words, int64_t i) {
    return static_cast<double>(bits(words, i) >> 11) * 0x1p-53;
  }
  static uint64_t bits(const uint32_t* words, int64_t i) {
    return (static_cast<uint64_t>(words[2 * i]) << 32) | words[2 * i + 1];
  }
};

/// Blocks that are computed at a time, and what these have of T.
inline constexpr int kPhiloxGroup = 64;
template <class Arch, class T>
inline constexpr int64_t kGroupValues = kPhiloxGroup* Uniform<Arch, T>::per_block;

/// Calls write(first element, elements, words) for all elements of a stream, at most kGroupValues
/// at a time. There are words for as many, whatever they are.
template <class Arch, class T, class Write>
void for_random_groups(int64_t count, uint64_t seed, uint64_t stream, Write write) {
  constexpr int64_t size = kGroupValues<Arch, T>;
  constexpr int few = 8;
  constexpr int64_t few_values = few * Uniform<Arch, T>::per_block;
  parallel_for((count + size - 1) / size, 64, [&](int64_t begin, int64_t end) {
    uint32_t words[4 * kPhiloxGroup] = {};
    for (int64_t i = begin; i < end; ++i) {
      const int64_t here = count - i * size < size ? count - i * size : size;
      const auto position = static_cast<uint64_t>(i * kPhiloxGroup);
      if (here == size) {
        philox_blocks<Arch, kPhiloxGroup>(seed, stream, position, words);
      } else {
        for (int64_t j = 0; j * few_values < here; ++j) {
          philox_blocks<Arch, few>(seed, stream, position + static_cast<uint64_t>(j * few),
                                   words + 4 * few * j);
        }
      }
      write(i * size, here, words);
    }
  });
}

}  // namespace lucid::kernels::generic
