#include "nn/geometry.h"

namespace lucid::nn {

std::string to_string(const Size2d& size) {
  return "(" + std::to_string(size.height) + ", " + std::to_string(size.width) + ")";
}

const char* name(PaddingMode mode) noexcept {
  static constexpr const char* names[] = {"zeros", "reflect", "replicate", "circular"};
  return names[static_cast<size_t>(mode)];
}

}  // namespace lucid::nn
