// Internal: texts from files and for files.
#pragma once

#include <string>
#include <string_view>

namespace lucid::detail {

/// Whether the bytes are well-formed UTF-8 (The Unicode Standard, table 3-7): no overlong forms, no
/// surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

/// The start of a text in quotes, for messages: a stranger's control characters are escaped and
/// what is not UTF-8 is replaced.
std::string in_quotes(std::string_view text);

}  // namespace lucid::detail
