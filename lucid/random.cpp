#include "lucid/random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "lucid/parallel.h"

namespace lucid {
namespace {

constexpr int64_t parallel_grain = 4096;

__extension__ using Wide = unsigned __int128;

// So many blocks of 128 bits are computed at a time, side by side: the loops over them are the
// compiler's to turn into vectors.
constexpr int64_t group = 64;
using Lanes = std::array<uint32_t, group>;

// The words of blocks position, position + 1, ..., one block after the other.
void philox_group(uint64_t seed, uint64_t stream, uint64_t position, uint32_t* words) noexcept {
  auto k0 = static_cast<uint32_t>(seed);
  auto k1 = static_cast<uint32_t>(seed >> 32);
  Lanes c0, c1, c2, c3;
  for (size_t i = 0; i < group; ++i) {
    c0[i] = static_cast<uint32_t>(position + i);
    c1[i] = static_cast<uint32_t>((position + i) >> 32);
    c2[i] = static_cast<uint32_t>(stream);
    c3[i] = static_cast<uint32_t>(stream >> 32);
  }
  for (int round = 0; round < 10; ++round) {
    for (size_t i = 0; i < group; ++i) {
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
  for (size_t i = 0; i < group; ++i) {
    words[4 * i] = c0[i];
    words[4 * i + 1] = c1[i];
    words[4 * i + 2] = c2[i];
    words[4 * i + 3] = c3[i];
  }
}

// How many values a block has, and value i of consecutive blocks, in [0, 1).
template <class T>
struct BlockTraits;
template <>
struct BlockTraits<float> {
  static constexpr int64_t per_block = 4;
  static float uniform(const uint32_t* words, int64_t i) noexcept {
    return static_cast<float>(static_cast<int32_t>(words[i] >> 8)) * 0x1p-24f;
  }
};
template <>
struct BlockTraits<double> {
  static constexpr int64_t per_block = 2;
  static double uniform(const uint32_t* words, int64_t i) noexcept {
    return static_cast<double>(wide(words, i) >> 11) * 0x1p-53;
  }
  static uint64_t wide(const uint32_t* words, int64_t i) noexcept {
    return (static_cast<uint64_t>(words[2 * i]) << 32) | words[2 * i + 1];
  }
};

// Calls write(first element, elements, words) for all, whole groups of blocks to a thread.
template <class T, class Write>
void for_each_group(int64_t count, uint64_t seed, uint64_t stream, const Write& write) {
  constexpr int64_t size = group * BlockTraits<T>::per_block;
  parallel_for((count + size - 1) / size, parallel_grain / group, [&](int64_t begin, int64_t end) {
    uint32_t words[4 * group] = {};
    for (int64_t i = begin; i < end; ++i) {
      const int64_t here = std::min(size, count - i * size);
      const auto position = static_cast<uint64_t>(i * group);
      if (here == size) {
        philox_group(seed, stream, position, words);
      } else {
        for (int64_t j = 0; j * BlockTraits<T>::per_block < here; ++j) {
          const auto bits = philox(seed, stream, position + static_cast<uint64_t>(j));
          std::copy(bits.begin(), bits.end(), words + 4 * j);
        }
      }
      write(i * size, here, words);
    }
  });
}

}  // namespace

std::array<uint32_t, 4> philox(uint64_t seed, uint64_t stream, uint64_t position) noexcept {
  auto k0 = static_cast<uint32_t>(seed);
  auto k1 = static_cast<uint32_t>(seed >> 32);
  std::array<uint32_t, 4> c = {static_cast<uint32_t>(position),
                               static_cast<uint32_t>(position >> 32), static_cast<uint32_t>(stream),
                               static_cast<uint32_t>(stream >> 32)};
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

double uniform_at(uint64_t seed, uint64_t stream, uint64_t index) noexcept {
  const auto bits = philox(seed, stream, index / 2);
  return BlockTraits<double>::uniform(bits.data(), static_cast<int64_t>(index % 2));
}

template <class T>
void fill_uniform(T* data, int64_t count, uint64_t seed, uint64_t stream, double low, double high) {
  const T base = static_cast<T>(low);
  const T width = static_cast<T>(high - low);
  // Rounding may reach the upper end, which the interval leaves out.
  const T end = width > 0 ? static_cast<T>(high) : std::numeric_limits<T>::infinity();
  for_each_group<T>(count, seed, stream, [=](int64_t first, int64_t here, const uint32_t* words) {
    constexpr int64_t size = group * BlockTraits<T>::per_block;
    // All of a group, in an array of its own, so that the loop is one of vectors.
    T values[size];
    for (int64_t i = 0; i < size; ++i) {
      const T value = base + width * BlockTraits<T>::uniform(words, i);
      values[i] = value >= end ? base : value;
    }
    std::copy_n(values, here, data + first);
  });
}

template <class T>
void fill_normal(T* data, int64_t count, uint64_t seed, uint64_t stream, double mean,
                 double stddev) {
  constexpr T tau = static_cast<T>(2 * std::numbers::pi);
  for_each_group<T>(count, seed, stream, [=](int64_t first, int64_t here, const uint32_t* words) {
    // Box and Muller's transform, two values from two; 1 - u is never 0.
    for (int64_t i = 0; i < here; i += 2) {
      const T radius = std::sqrt(T(-2) * std::log(T(1) - BlockTraits<T>::uniform(words, i)));
      const T angle = tau * BlockTraits<T>::uniform(words, i + 1);
      data[first + i] = static_cast<T>(mean) + static_cast<T>(stddev) * radius * std::cos(angle);
      if (i + 1 < here) {
        data[first + i + 1] =
            static_cast<T>(mean) + static_cast<T>(stddev) * radius * std::sin(angle);
      }
    }
  });
}

void fill_integers(int64_t* data, int64_t count, uint64_t seed, uint64_t stream, int64_t low,
                   int64_t high) {
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  for_each_group<double>(
      count, seed, stream, [=](int64_t first, int64_t here, const uint32_t* words) {
        for (int64_t i = 0; i < here; ++i) {
          const uint64_t wide = BlockTraits<double>::wide(words, i);
          // The high half of the product spreads 64 bits over the range; its bias is below 2^-64 *
          // range.
          const auto scaled = static_cast<uint64_t>((static_cast<Wide>(wide) * range) >> 64);
          data[first + i] = static_cast<int64_t>(static_cast<uint64_t>(low) + scaled);
        }
      });
}

template void fill_uniform(float*, int64_t, uint64_t, uint64_t, double, double);
template void fill_uniform(double*, int64_t, uint64_t, uint64_t, double, double);
template void fill_normal(float*, int64_t, uint64_t, uint64_t, double, double);
template void fill_normal(double*, int64_t, uint64_t, uint64_t, double, double);

}  // namespace lucid
