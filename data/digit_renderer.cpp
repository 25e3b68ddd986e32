#include "data/digit_renderer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "data/digit_strokes.h"
#include "lucid/random.h"

namespace lucid::data::detail {
namespace {

constexpr int kPixels = kDigitSide * kDigitSide;

// The random numbers of one image, in sequence.
class Dice {
 public:
  Dice(uint64_t seed, uint64_t stream) noexcept : seed_(seed), stream_(stream) {}

  uint32_t bits() noexcept {
    if (next_ == block_.size()) {
      block_ = philox(seed_, stream_, position_++);
      next_ = 0;
    }
    return block_[next_++];
  }
  float uniform(float low, float high) noexcept {
    return low + (high - low) * static_cast<float>(bits() >> 8) * 0x1p-24f;
  }
  int below(size_t bound) noexcept {
    return static_cast<int>((static_cast<uint64_t>(bits()) * bound) >> 32);
  }

 private:
  uint64_t seed_, stream_;
  uint64_t position_ = 0;
  std::array<uint32_t, 4> block_{};
  size_t next_ = 4;
};

// From the square that digits are defined in to pixels.
struct Affine {
  float xx, xy, yx, yy, dx, dy;

  Point operator()(Point p) const noexcept {
    const float x = p.x - 0.5f;
    const float y = p.y - 0.5f;
    return {xx * x + xy * y + dx, yx * x + yy * y + dy};
  }
};

Affine random_affine(Dice& dice) noexcept {
  const float angle = dice.uniform(-0.26f, 0.26f);  // radians: 15 degrees
  const float shear = dice.uniform(-0.30f, 0.30f);
  const float width = dice.uniform(12.5f, 21.0f);  // pixels per unit
  const float height = dice.uniform(14.0f, 20.0f);
  const float cosine = std::cos(angle);
  const float sine = std::sin(angle);
  constexpr float kCentre = 0.5f * (kDigitSide - 1);
  const float dx = kCentre + dice.uniform(-2.6f, 2.6f);
  const float dy = kCentre + dice.uniform(-2.6f, 2.6f);
  // Stretch, then shear, then turn.
  return {cosine * width,
          (cosine * shear - sine) * height,
          sine * width,
          (sine * shear + cosine) * height,
          dx,
          dy};
}

// A round pen on a canvas; ink does not add up where lines cross.
class Canvas {
 public:
  Canvas(float radius, float softness) noexcept : radius_(radius), softness_(softness) {}

  void line(Point a, Point b) noexcept {
    const float reach = radius_ + softness_;
    const int left = std::max(0, static_cast<int>(std::ceil(std::min(a.x, b.x) - reach)));
    const int right = std::min(kDigitSide - 1, static_cast<int>(std::max(a.x, b.x) + reach));
    const int top = std::max(0, static_cast<int>(std::ceil(std::min(a.y, b.y) - reach)));
    const int bottom = std::min(kDigitSide - 1, static_cast<int>(std::max(a.y, b.y) + reach));
    const float dx = b.x - a.x;
    const float dy = b.y - a.y;
    const float scale = 1.0f / std::max(dx * dx + dy * dy, 1e-6f);
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        const float px = static_cast<float>(x) - a.x;
        const float py = static_cast<float>(y) - a.y;
        // The nearest point of the line, as a share of the way from a to b.
        const float share = std::clamp((px * dx + py * dy) * scale, 0.0f, 1.0f);
        const float ex = px - share * dx;
        const float ey = py - share * dy;
        float& nearest = squared_[static_cast<size_t>(y * kDigitSide + x)];
        nearest = std::min(nearest, ex * ex + ey * ey);
      }
    }
  }

  // 1 under the pen, falling to 0 over an edge of twice the softness.
  float ink(size_t pixel) const noexcept {
    const float inside = radius_ + softness_ - std::sqrt(squared_[pixel]);
    return std::clamp(inside / (2 * softness_), 0.0f, 1.0f);
  }

  void clear() noexcept { squared_.fill(kFar); }

 private:
  static constexpr float kFar = 1e6f;
  float radius_, softness_;
  std::array<float, kPixels> squared_;  ///< distance to the nearest line
};

Point catmull_rom(Point before, Point a, Point b, Point after, float t) noexcept {
  const auto blend = [t](float p, float q, float r, float s) {
    return q + 0.5f * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
  };
  return {blend(before.x, a.x, b.x, after.x), blend(before.y, a.y, b.y, after.y)};
}

void draw_curve(Canvas& canvas, std::span<const Point> points) noexcept {
  constexpr int kSteps = 4;
  const size_t last = points.size() - 1;
  for (size_t i = 0; i < last; ++i) {
    const Point before = points[i == 0 ? 0 : i - 1];
    const Point after = points[std::min(i + 2, last)];
    Point from = points[i];
    for (int step = 1; step <= kSteps; ++step) {
      const Point to =
          catmull_rom(before, points[i], points[i + 1], after, static_cast<float>(step) / kSteps);
      canvas.line(from, to);
      from = to;
    }
  }
}

void draw_stroke(Canvas& canvas, const Stroke& stroke, const Affine& place, Dice& dice) noexcept {
  constexpr size_t kMostPoints = 16;
  constexpr float kShake = 0.035f;
  std::array<Point, kMostPoints> points;
  const size_t count = std::min(stroke.points.size(), kMostPoints);
  for (size_t i = 0; i < count; ++i) {
    const Point shaken{stroke.points[i].x + dice.uniform(-kShake, kShake),
                       stroke.points[i].y + dice.uniform(-kShake, kShake)};
    points[i] = place(shaken);
  }
  if (stroke.curved) return draw_curve(canvas, {points.data(), count});
  for (size_t i = 1; i < count; ++i) canvas.line(points[i - 1], points[i]);
}

// About normal with standard deviation 1: the sum of four bytes, centred and scaled.
float noise_of(uint32_t bits) noexcept {
  const uint32_t sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
  constexpr float kDeviation = 147.8f;  // of the sum: sqrt(4 * (256^2 - 1) / 12)
  return (static_cast<float>(sum) - 510.0f) / kDeviation;
}

}  // namespace

void render_digit(int digit, uint64_t seed, uint64_t stream, uint8_t* image) noexcept {
  Dice dice(seed, stream);
  const auto glyphs = glyphs_of(digit);
  const Glyph glyph = glyphs[static_cast<size_t>(dice.below(glyphs.size()))];
  const Affine place = random_affine(dice);
  Canvas canvas(dice.uniform(0.5f, 1.5f), dice.uniform(0.4f, 0.9f));
  canvas.clear();
  for (const Stroke& stroke : glyph) draw_stroke(canvas, stroke, place, dice);
  const float strength = dice.uniform(0.65f, 1.0f);
  const float noise = dice.uniform(0.02f, 0.10f);
  for (size_t i = 0; i < kPixels; ++i) {
    const float value = strength * canvas.ink(i) + noise * noise_of(dice.bits());
    image[i] = static_cast<uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f);
  }
}

}  // namespace lucid::data::detail
