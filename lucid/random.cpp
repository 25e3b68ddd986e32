#include "lucid/random.h"

#include <cmath>
#include <numbers>

#include "lucid/parallel.h"

namespace lucid {
namespace {

constexpr int64_t parallel_grain = 4096;

__extension__ using Wide = unsigned __int128;

// Element i of a stream lives in the 128-bit block at i / per_block.
template <class T>
struct BlockTraits;
template <>
struct BlockTraits<float> {
  static constexpr int64_t per_block = 4;
  static float uniform(const std::array<uint32_t, 4>& bits, int64_t i) noexcept {
    return static_cast<float>(bits[static_cast<size_t>(i)] >> 8) * 0x1p-24f;
  }
};
template <>
struct BlockTraits<double> {
  static constexpr int64_t per_block = 2;
  static double uniform(const std::array<uint32_t, 4>& bits, int64_t i) noexcept {
    const auto word = static_cast<size_t>(2 * i);
    const uint64_t wide = (static_cast<uint64_t>(bits[word]) << 32) | bits[word + 1];
    return static_cast<double>(wide >> 11) * 0x1p-53;
  }
};

// Calls write(i, bits, position in block) for every element, whole blocks to a thread.
template <class T, class Write>
void for_each_block(int64_t count, uint64_t seed, uint64_t stream, const Write& write) {
  constexpr int64_t per_block = BlockTraits<T>::per_block;
  parallel_for((count + per_block - 1) / per_block, parallel_grain,
               [&](int64_t begin, int64_t end) {
                 for (int64_t block = begin; block < end; ++block) {
                   const auto bits = philox(seed, stream, static_cast<uint64_t>(block));
                   const int64_t first = block * per_block;
                   const int64_t here = count - first < per_block ? count - first : per_block;
                   write(first, here, bits);
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
  return BlockTraits<double>::uniform(bits, static_cast<int64_t>(index % 2));
}

template <class T>
void fill_uniform(T* data, int64_t count, uint64_t seed, uint64_t stream, double low, double high) {
  const T base = static_cast<T>(low);
  const T width = static_cast<T>(high - low);
  for_each_block<T>(count, seed, stream, [=](int64_t first, int64_t here, const auto& bits) {
    for (int64_t i = 0; i < here; ++i) {
      const T value = base + width * BlockTraits<T>::uniform(bits, i);
      // Rounding may reach the upper end, which the interval leaves out.
      data[first + i] = width > 0 && value >= static_cast<T>(high) ? base : value;
    }
  });
}

template <class T>
void fill_normal(T* data, int64_t count, uint64_t seed, uint64_t stream, double mean,
                 double stddev) {
  constexpr T tau = static_cast<T>(2 * std::numbers::pi);
  for_each_block<T>(count, seed, stream, [=](int64_t first, int64_t here, const auto& bits) {
    // Box and Muller's transform, two values from two; 1 - u is never 0.
    for (int64_t i = 0; i < here; i += 2) {
      const T radius = std::sqrt(T(-2) * std::log(T(1) - BlockTraits<T>::uniform(bits, i)));
      const T angle = tau * BlockTraits<T>::uniform(bits, i + 1);
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
  for_each_block<double>(count, seed, stream, [=](int64_t first, int64_t here, const auto& bits) {
    for (int64_t i = 0; i < here; ++i) {
      const auto word = static_cast<size_t>(2 * i);
      const uint64_t wide = (static_cast<uint64_t>(bits[word]) << 32) | bits[word + 1];
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
