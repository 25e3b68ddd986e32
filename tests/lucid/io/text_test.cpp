// What counts as UTF-8, and how a stranger's text is shown.
#include "lucid/io/text.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <nlohmann/json.hpp>

namespace lucid::detail {
namespace {

// The bytes of a code point as UTF-8 has them, whether it may be there or not.
std::string encoded(uint32_t point) {
  const auto rest = [&](int shift) { return static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
  const auto first = [&](int mark, int shift) {
    return static_cast<char>(mark | (point >> shift));
  };
  if (point < 0x80) return {first(0, 0)};
  if (point < 0x800) return {first(0xC0, 6), rest(0)};
  if (point < 0x10000) return {first(0xE0, 12), rest(6), rest(0)};
  return {first(0xF0, 18), rest(12), rest(6), rest(0)};
}

TEST_CASE("is_utf8: every code point but the surrogates, up to U+10FFFF") {
  std::string wrong;
  for (uint32_t point = 0; point < 0x120000; ++point) {
    const bool expected = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    if (is_utf8("a" + encoded(point) + "z") != expected) wrong += std::to_string(point) + " ";
  }
  CHECK(wrong == "");
  CHECK(is_utf8(""));
  CHECK(is_utf8(std::string_view("\0", 1)));
}

TEST_CASE("is_utf8: overlong forms, stray and missing bytes are none") {
  for (const char* text : {"\xC0\x80",
                           "\xC1\xBF",
                           "\xE0\x80\x80",
                           "\xE0\x9F\xBF",
                           "\xF0\x80\x80\x80",
                           "\xF0\x8F\xBF\xBF",
                           "\x80",
                           "\xBF",
                           "a\x80",
                           "\xC2",
                           "\xC2z",
                           "\xC2\xC2\x80",
                           "\xE2\x82",
                           "\xE2\x82z",
                           "\xE2z\xAC",
                           "\xF0\x9F\x98",
                           "\xF0\x9F\x98z",
                           "\xF5\x80\x80\x80",
                           "\xF8\x88\x80\x80\x80",
                           "\xFC\x84\x80\x80\x80\x80",
                           "\xFE",
                           "\xFF"}) {
    CAPTURE(nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_utf8(std::string("\xE2\x82\xAC") + text));
  }
}

TEST_CASE("is_utf8: texts of three bytes are what the JSON library takes them for") {
  // Bytes on both sides of every limit.
  const std::string bytes =
      "a\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF4\xF5\xFF";
  int differences = 0;
  for (const char a : bytes) {
    for (const char b : bytes) {
      for (const char c : bytes) {
        const std::string text{a, b, c};
        const auto ignore = nlohmann::json::error_handler_t::ignore;
        const std::string kept = nlohmann::json(text).dump(-1, ' ', false, ignore);
        if (is_utf8(text) != (kept == "\"" + text + "\"")) ++differences;
      }
    }
  }
  CHECK(differences == 0);
}

TEST_CASE("in_quotes: the start of a text, escaped, and legible whatever its bytes are") {
  CHECK(in_quotes("w") == "\"w\"");
  CHECK(in_quotes("a\"\n\x1B") == R"("a\"\n\u001b")");
  CHECK(in_quotes("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
  CHECK(in_quotes(std::string(200, 'n')) == "\"" + std::string(200, 'n') + "\"");
  CHECK(in_quotes(std::string(201, 'n')) == "\"" + std::string(200, 'n') + "\"...");
}

}  // namespace
}  // namespace lucid::detail
