#include "lucid/random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "lucid/kernels/generic/philox.h"

namespace lucid {
namespace {

__extension__ using Wide = unsigned __int128;

struct Baseline;  // the tag of the copies compiled here

template <class T>
using Uniform = kernels::generic::Uniform<Baseline, T>;

template <class T, class Write>
void for_each_group(int64_t count, uint64_t seed, uint64_t stream, const Write& write) {
  kernels::generic::for_random_groups<Baseline, T>(count, seed, stream, write);
}

}  // namespace

std::array<uint32_t, 4> philox(uint64_t seed, uint64_t stream, uint64_t position) noexcept {
  std::array<uint32_t, 4> words{};
  kernels::generic::philox_blocks<Baseline, 1>(seed, stream, position, words.data());
  return words;
}

double uniform_at(uint64_t seed, uint64_t stream, uint64_t index) noexcept {
  const auto bits = philox(seed, stream, index / 2);
  return Uniform<double>::at(bits.data(), static_cast<int64_t>(index % 2));
}

template <class T>
void fill_uniform(T* data, int64_t count, uint64_t seed, uint64_t stream, double low, double high) {
  const T base = static_cast<T>(low);
  const T width = static_cast<T>(high - low);
  // Rounding may reach the upper end, which the interval leaves out.
  const T end = width > 0 ? static_cast<T>(high) : std::numeric_limits<T>::infinity();
  for_each_group<T>(count, seed, stream, [=](int64_t first, int64_t here, const uint32_t* words) {
    constexpr int64_t size = kernels::generic::kGroupValues<Baseline, T>;
    // All of a group, in an array of its own, so that the loop is one of vectors.
    T values[size];
    for (int64_t i = 0; i < size; ++i) {
      const T value = base + width * Uniform<T>::at(words, i);
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
      const T radius = std::sqrt(T(-2) * std::log(T(1) - Uniform<T>::at(words, i)));
      const T angle = tau * Uniform<T>::at(words, i + 1);
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
          const uint64_t wide = Uniform<double>::bits(words, i);
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
