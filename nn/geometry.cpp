#include "nn/geometry.h"

#include "lucid/message.h"

namespace lucid::nn {

std::string to_string(const Size2d& size) {
  return lucid::detail::message('(', size.height, ", ", size.width, ')');
}

const char* name(PaddingMode mode) noexcept {
  static constexpr const char* names[] = {"zeros", "reflect", "replicate", "circular"};
  return names[static_cast<size_t>(mode)];
}

}  // namespace lucid::nn
