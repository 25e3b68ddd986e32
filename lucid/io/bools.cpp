#include "lucid/io/bools.h"

#include <algorithm>
#include <cstdint>

#include "lucid/message.h"

namespace lucid::detail {

std::string wrong_bools(const Tensor& tensor) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(tensor.bytes());
  const auto* end = bytes + tensor.numel();
  const auto* bad = std::find_if(bytes, end, [](uint8_t byte) { return byte > 1; });
  if (bad == end) return "";
  return message("element ", bad - bytes, " of its bools is ", static_cast<int>(*bad),
                 ", expected 0 or 1");
}

}  // namespace lucid::detail
