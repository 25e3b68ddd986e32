// Internal: putting error messages together. Not for public headers, which stay thin.
#pragma once

#include <sstream>
#include <string>

#include "lucid/device.h"
#include "lucid/dtype.h"
#include "lucid/shape.h"

namespace lucid::detail {

inline void put(std::ostream& out, Device device) {
  out << name(device);
}
inline void put(std::ostream& out, bool value) {
  out << (value ? "true" : "false");
}
template <class T>
void put(std::ostream& out, const T& value) {
  out << value;
}

/// The arguments written one after the other.
template <class... Args>
std::string message(const Args&... args) {
  std::ostringstream out;
  (put(out, args), ...);
  return out.str();
}

}  // namespace lucid::detail
