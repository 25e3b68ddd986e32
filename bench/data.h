// Numbers to compute with, the same for all libraries.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace bench {

/// A linear congruential generator (Knuth, MMIX).
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 33;
  }

 private:
  uint64_t state_;
};

/// Uniform numbers in [-scale, scale).
inline std::vector<float> noise(int64_t count, uint64_t seed, float scale = 1.0F) {
  Noise source(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    value = scale * (static_cast<float>(source.next() % 65536) / 32768.0F - 1.0F);
  }
  return values;
}

/// As scale of noise(): nearly all of the numbers are denormal.
constexpr float kDenormal = 1e-38F;

/// The root of the mean square, by which results of libraries are compared.
inline double rms(const float* values, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  return count == 0 ? 0.0 : std::sqrt(sum / static_cast<double>(count));
}

}  // namespace bench
