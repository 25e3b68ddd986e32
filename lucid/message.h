// Internal: putting error messages and other texts together. Not for public headers, which stay
// thin.
#pragma once

#include <ostream>
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

/// A value of any type and how it is written. Messages are hundreds, no two of them alike in their
/// types: with the types erased they share one function.
struct Piece {
  const void* value;
  void (*put)(std::ostream&, const void*);
};

inline Piece piece(const char* text) noexcept {
  return {text,
          [](std::ostream& out, const void* value) { out << static_cast<const char*>(value); }};
}
template <class T>
Piece piece(const T& value) noexcept {
  return {&value,
          [](std::ostream& out, const void* value) { put(out, *static_cast<const T*>(value)); }};
}

std::string join_pieces(const Piece* pieces, size_t count);

/// The arguments written one after the other.
template <class... Args>
std::string message(const Args&... args) {
  const Piece pieces[] = {piece(args)...};
  return join_pieces(pieces, sizeof...(args));
}

/// "(3, 3)", for a single value "(3,)", as Python shows tuples.
std::string tuple(const int64_t* values, size_t count);

/// The lines of a text below others: all but the first begin with two more spaces.
std::string indented(const std::string& text);

}  // namespace lucid::detail
