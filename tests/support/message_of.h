// What an expected error says.
#pragma once

#include <string>

namespace lucid::test {

/// The message of the E that `function` throws; "nothing was thrown" if it returns.
/// Other exceptions pass.
template <class E, class F>
std::string message_of(F&& function) {
  try {
    function();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace lucid::test
