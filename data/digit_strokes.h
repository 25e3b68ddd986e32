// Internal: how the ten digits are written.
#pragma once

#include <cstdint>
#include <span>

namespace lucid::data::detail {

struct Point {
  float x, y;
};

/// One movement of the pen through a few points, straight from each to the next or along a
/// Catmull-Rom spline. x goes right and y down; a digit is about 1 high and 0.6 wide, around
/// (0.5, 0.5).
struct Stroke {
  bool curved;
  std::span<const Point> points;
};

/// One way of writing a digit.
using Glyph = std::span<const Stroke>;

/// The usual ways of writing `digit`, 0 to 9; at least two.
std::span<const Glyph> glyphs_of(int digit) noexcept;

}  // namespace lucid::data::detail
