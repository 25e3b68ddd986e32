// Internal: one random image of a digit.
#pragma once

#include <cstdint>

namespace lucid::data::detail {

inline constexpr int kDigitSide = 28;

/// Draws `digit` (0 to 9) in grey, 255 being ink, into kDigitSide x kDigitSide bytes.
/// The image is a function of the arguments alone.
void render_digit(int digit, uint64_t seed, uint64_t stream, uint8_t* image) noexcept;

}  // namespace lucid::data::detail
