// Internal: 16-bit floating-point numbers, which files hold and tensors do not.
#pragma once

#include <bit>
#include <cstdint>

namespace lucid::detail {

/// The value of an IEEE 754 binary16 number.
inline float from_half(uint16_t half) noexcept {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 31;
  const uint32_t fraction = half & 0x3ff;
  if (exponent == 0) {  // zero, or smaller than a normal half: fraction * 2^-24, exact in a float
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  // Infinities and NaNs keep the largest exponent; others change from bias 15 to bias 127.
  const uint32_t wide = exponent == 31 ? 255 : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

/// The value of a bfloat16 number: the upper half of a float.
inline float from_bfloat(uint16_t value) noexcept {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

}  // namespace lucid::detail
