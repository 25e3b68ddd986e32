#include "lucid/message.h"

#include <sstream>

namespace lucid::detail {

std::string join_pieces(const Piece* pieces, size_t count) {
  std::ostringstream out;
  for (size_t i = 0; i < count; ++i) pieces[i].put(out, pieces[i].value);
  return out.str();
}

std::string tuple(const int64_t* values, size_t count) {
  std::ostringstream out;
  out << '(';
  for (size_t i = 0; i < count; ++i) out << (i > 0 ? ", " : "") << values[i];
  out << (count == 1 ? ",)" : ")");
  return out.str();
}

std::string indented(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result;
}

}  // namespace lucid::detail
