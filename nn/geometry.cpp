#include "nn/geometry.h"

#include "lucid/message.h"

namespace lucid::nn {

template <size_t Rank>
std::string to_string(const Size<Rank>& size) {
  return lucid::detail::tuple(size.begin(), Rank);
}

template std::string to_string(const Size<1>& size);
template std::string to_string(const Size<2>& size);
template std::string to_string(const Size<3>& size);

const char* name(PaddingMode mode) noexcept {
  static constexpr const char* names[] = {"zeros", "reflect", "replicate", "circular"};
  return names[static_cast<size_t>(mode)];
}

}  // namespace lucid::nn
