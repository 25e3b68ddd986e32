#include "lucid/io/npy_header.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "lucid/error.h"
#include "lucid/io/byte_size.h"
#include "lucid/io/text.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

struct TypeRow {
  const char* name;
  int64_t size;
  DType memory;
};
// In the order of NpyType.
constexpr TypeRow kTypes[] = {
    {"b1", 1, DType::bool_},   {"u1", 1, DType::uint8},   {"u2", 2, DType::int32},
    {"u4", 4, DType::int64},   {"i1", 1, DType::int32},   {"i2", 2, DType::int32},
    {"i4", 4, DType::int32},   {"i8", 8, DType::int64},   {"f2", 2, DType::float32},
    {"f4", 4, DType::float32}, {"f8", 8, DType::float64},
};

// The literals of Python that a header is made of, strictly.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  NpyHeader parse();

 private:
  enum Field : unsigned { no_field = 0, descr = 1, fortran_order = 2, shape = 4 };

  [[noreturn]] void fail(const std::string& what) const {
    throw IOError(message("the header is malformed at byte ", position_, ": ", what));
  }
  char peek() const noexcept { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool at_end() const noexcept { return position_ == text_.size(); }
  void skip_space();
  bool take(char expected);
  void expect(char expected);
  std::string_view string();
  Field key();
  void value(Field field);
  void read_type();
  void read_order();
  void read_shape();
  int64_t size();

  std::string_view text_;
  size_t position_ = 0;
  NpyHeader header_;
};

void HeaderParser::skip_space() {
  position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
}

// A single character, and the space after it.
bool HeaderParser::take(char expected) {
  if (at_end() || text_[position_] != expected) return false;
  ++position_;
  skip_space();
  return true;
}

void HeaderParser::expect(char expected) {
  if (!take(expected)) fail(message("expected '", expected, "'"));
}

std::string_view HeaderParser::string() {
  const char quote = peek();
  if (quote != '\'' && quote != '"') fail("expected a text in quotes");
  const size_t begin = position_ + 1;
  const size_t end = text_.find(quote, begin);
  if (end == std::string_view::npos) fail("a text without an end");
  const std::string_view inside = text_.substr(begin, end - begin);
  if (inside.find_first_of("\\\r\n") != std::string_view::npos) {
    fail("a text with a backslash or a line break");
  }
  position_ = end + 1;
  skip_space();
  return inside;
}

HeaderParser::Field HeaderParser::key() {
  const std::string_view text = string();
  const Field field = text == "descr"           ? descr
                      : text == "fortran_order" ? fortran_order
                      : text == "shape"         ? shape
                                                : no_field;
  if (field == no_field) {
    fail(message("unknown key ", in_quotes(text), ", expected descr, fortran_order and shape"));
  }
  return field;
}

// Why elements of this kind and size are none of ours.
const char* unsupported(char kind, std::string_view size) {
  switch (kind) {
    case 'u':
      return size == "8" ? "unsigned 64-bit integers, which no type here can hold" : "unknown";
    case 'c':
      return "complex numbers";
    case 'S':
    case 'a':
    case 'U':
      return "text";
    case 'O':
      return "Python objects";
    case 'V':
      return "records or raw bytes";
    case 'M':
    case 'm':
      return "dates or times";
    case 'f':
      return size == "16" || size == "12" ? "long doubles" : "unknown";
    default:
      return "unknown";
  }
}

void HeaderParser::read_type() {
  if (peek() == '[' || peek() == '(') {
    fail("descr is a list of fields: structured arrays cannot be read, only plain numbers");
  }
  const std::string_view text = string();
  std::string_view name = text;
  const char order = name.empty() ? '\0' : name.front();
  const bool has_order = order == '<' || order == '>' || order == '=' || order == '|';
  if (has_order) name.remove_prefix(1);
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const TypeRow& row) { return name == row.name; });
  if (found == std::end(kTypes)) {
    const char* why = name.empty() ? "unknown" : unsupported(name.front(), name.substr(1));
    fail(message("elements of type ", in_quotes(text), " cannot be read (", why,
                 "), expected b1, u1, u2, u4, i1, i2, i4, i8, f2, f4 or f8"));
  }
  if (found->size > 1 && (!has_order || order == '|')) {
    fail(message("the type ", in_quotes(text), " does not say its byte order"));
  }
  header_.type = static_cast<NpyType>(found - kTypes);
  header_.big_endian = order == '>' && found->size > 1;
}

void HeaderParser::read_order() {
  for (const auto& [text, value] : {std::pair{"True", true}, std::pair{"False", false}}) {
    if (!text_.substr(position_).starts_with(text)) continue;
    position_ += std::string_view(text).size();
    skip_space();
    header_.fortran_order = value;
    return;
  }
  fail("fortran_order is neither True nor False");
}

int64_t HeaderParser::size() {
  const size_t begin = position_;
  int64_t value = 0;
  while (peek() >= '0' && peek() <= '9') {
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, peek() - '0', &value)) {
      fail("a size above 2^63 - 1");
    }
    ++position_;
  }
  if (position_ == begin) fail("shape holds something else than integers of 0 to 2^63 - 1");
  if (position_ > begin + 1 && text_[begin] == '0') fail("a size that begins with 0");
  if (peek() == 'L') ++position_;  // Python 2 marks its long integers
  skip_space();
  return value;
}

void HeaderParser::read_shape() {
  expect('(');
  while (!take(')')) {
    const int64_t next = size();
    if (header_.shape.size() == Shape::max_rank) {
      fail(message("it has more dimensions than the ", Shape::max_rank, " that lucid takes"));
    }
    header_.shape.push_back(next);
    if (take(',')) continue;
    if (header_.shape.size() == 1 && peek() == ')') {
      fail("shape is a number in brackets, expected a tuple");
    }
    expect(')');
    break;
  }
}

void HeaderParser::value(Field field) {
  if (field == descr) {
    read_type();
  } else if (field == fortran_order) {
    read_order();
  } else {
    read_shape();
  }
}

NpyHeader HeaderParser::parse() {
  unsigned seen = 0;
  skip_space();
  expect('{');
  while (!take('}')) {
    const Field field = key();
    if (seen & field) fail("a key that is there twice");
    seen |= field;
    expect(':');
    value(field);
    if (take(',')) continue;
    expect('}');
    break;
  }
  if (!at_end()) fail("something follows the dict");
  for (const auto& [field, name] : {std::pair{descr, "descr"}, std::pair{shape, "shape"},
                                    std::pair{fortran_order, "fortran_order"}}) {
    if (!(seen & field)) fail(message(name, " is missing"));
  }
  header_.data_bytes = byte_size(header_.shape, element_size(header_.type));
  // Some types are wider in memory than in the file.
  const auto memory = static_cast<int64_t>(element_size(memory_type(header_.type)));
  if (byte_size(header_.shape, memory) < 0 || header_.data_bytes < 0) {
    fail(message("the size of shape ", header_.shape, " overflows"));
  }
  return header_;
}

}  // namespace

int64_t element_size(NpyType type) noexcept {
  return kTypes[static_cast<size_t>(type)].size;
}
DType memory_type(NpyType type) noexcept {
  return kTypes[static_cast<size_t>(type)].memory;
}

NpyHeader parse_npy_header(std::string_view text) {
  return HeaderParser(text).parse();
}

namespace {

const char* descr_of(DType dtype) noexcept {
  switch (dtype) {
    case DType::bool_:
      return "|b1";
    case DType::uint8:
      return "|u1";
    case DType::int32:
      return "<i4";
    case DType::int64:
      return "<i8";
    case DType::float32:
      return "<f4";
    case DType::float64:
      break;
  }
  return "<f8";
}

}  // namespace

std::string npy_start(DType dtype, const Shape& shape) {
  std::string text =
      std::string("{'descr': '") + descr_of(dtype) + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ' ';
    text += std::to_string(shape[i]);
    if (i == 0 || i + 1 < shape.size()) text += ',';
  }
  text += "), }";
  constexpr size_t kBefore = kNpyMagicBytes + 2;
  constexpr size_t kAlignment = 64;
  const size_t bytes = (kBefore + text.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  text.resize(bytes - kBefore - 1, ' ');
  text += '\n';
  // Version 1.0 has two bytes for the length: eight dimensions never need more.
  static_assert(Shape::max_rank * 21 + 100 < 65536);
  std::string start = "\x93NUMPY\x01";
  start += '\0';
  start += static_cast<char>(text.size() & 0xff);
  start += static_cast<char>(text.size() >> 8);
  return start + text;
}

}  // namespace lucid::detail
