#include "picture.h"

#include <fmt/format.h>

namespace mnist_cnn {
namespace {

// Upper half in the foreground colour, lower half in the background; the 24 greys of xterm.
std::string shaded(int upper, int lower) {
  const auto grey = [](int value) { return 232 + value * 23 / 255; };
  return fmt::format("\x1b[38;5;{};48;5;{}m▀", grey(upper), grey(lower));
}

std::string black_and_white(int upper, int lower) {
  constexpr int kInk = 90;
  if (upper >= kInk) return lower >= kInk ? "█" : "▀";
  return lower >= kInk ? "▄" : " ";
}

}  // namespace

std::vector<std::string> draw(const lucid::Tensor& image, bool colors) {
  const int64_t height = image.shape(0);
  const int64_t width = image.shape(1);
  const std::vector<uint8_t> pixels = image.to_vector<uint8_t>();
  const auto pixel = [&](int64_t y, int64_t x) -> int {
    return y < height ? pixels[static_cast<size_t>(y * width + x)] : 0;
  };
  std::vector<std::string> lines;
  for (int64_t y = 0; y < height; y += 2) {
    std::string line;
    for (int64_t x = 0; x < width; ++x) {
      line += (colors ? shaded : black_and_white)(pixel(y, x), pixel(y + 1, x));
    }
    lines.push_back(line + (colors ? "\x1b[0m" : ""));
  }
  return lines;
}

}  // namespace mnist_cnn
