// Internal: putting error messages and other texts together. Not for public headers, which stay
// thin.
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

/// "(3, 3)", for a single value "(3,)", as Python shows tuples.
inline std::string tuple(const int64_t* values, size_t count) {
  std::ostringstream out;
  out << '(';
  for (size_t i = 0; i < count; ++i) out << (i > 0 ? ", " : "") << values[i];
  out << (count == 1 ? ",)" : ")");
  return out.str();
}

/// The lines of a text below others: all but the first begin with two more spaces.
inline std::string indented(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result;
}

}  // namespace lucid::detail
