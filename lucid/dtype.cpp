#include "lucid/dtype.h"

#include <ostream>

namespace lucid {

const char* name(DType dtype) noexcept {
  static constexpr const char* names[] = {"bool", "uint8", "int32", "int64", "float32", "float64"};
  return names[static_cast<size_t>(dtype)];
}

std::ostream& operator<<(std::ostream& out, DType dtype) {
  return out << name(dtype);
}

}  // namespace lucid
