// Reading a safetensors header: every byte of it is a stranger's.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "lucid/error.h"
#include "lucid/io/byte_size.h"
#include "lucid/io/find_duplicate.h"
#include "lucid/io/safetensors.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

// Receives the JSON text piece by piece. Only what a header may hold gets past it, so that neither
// depth nor length of the text cost more than reading it.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;
  std::vector<Metadata::value_type> metadata;

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool binary(binary_t&) override { unexpected("binary data"); }
  bool number_integer(number_integer_t value) override { bad_number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { bad_number(text); }
  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t& text) override;
  bool start_object(size_t) override;
  bool key(string_t& text) override;
  bool end_object() override;
  bool start_array(size_t) override;
  bool end_array() override;
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    throw IOError(message("the header is not JSON in UTF-8: error at byte ", position));
  }

 private:
  enum class Where { outside, top, metadata, entry, shape, offsets };
  enum Field : unsigned { no_field = 0, dtype = 1, shape = 2, data_offsets = 4 };

  [[noreturn]] void fail(const std::string& what) const {
    throw IOError(where_ == Where::outside || where_ == Where::top ? what : about_key() + what);
  }
  [[noreturn]] void unexpected(const char* what) const;
  [[noreturn]] void bad_number(const std::string& text) const;
  std::string about_key() const { return message("tensor ", in_quotes(key_), ": "); }
  void read_type(const std::string& text);
  SafetensorsEntry& entry() { return header.entries.back(); }

  Where where_ = Where::outside;
  std::string key_;  ///< of the top level
  Field field_ = no_field;
  unsigned seen_ = 0;  ///< fields of the entry
  size_t offsets_ = 0;
  bool has_metadata_ = false;
};

void HeaderReader::unexpected(const char* what) const {
  switch (where_) {
    case Where::outside:
      throw IOError(message("the header is ", what, ", expected an object"));
    case Where::top:
      throw IOError(message(about_key(), "expected an object that describes it, got ", what));
    case Where::metadata:
      throw IOError(message("__metadata__: expected strings alone, got ", what));
    case Where::entry:
      break;
    case Where::shape:
      fail(message("shape holds ", what));
    case Where::offsets:
      fail(message("data_offsets holds ", what));
  }
  fail(message(field_ == dtype   ? "dtype is "
               : field_ == shape ? "shape is "
                                 : "data_offsets is ",
               what, field_ == dtype ? ", expected a string" : ", expected an array"));
}

void HeaderReader::bad_number(const std::string& text) const {
  if (where_ == Where::shape || where_ == Where::offsets) {
    fail(message(where_ == Where::shape ? "shape" : "data_offsets", " holds ", text,
                 ", expected integers of 0 to 2^63 - 1"));
  }
  unexpected("a number");
}

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (value > static_cast<uint64_t>(INT64_MAX)) bad_number(std::to_string(value));
  const auto number = static_cast<int64_t>(value);
  if (where_ == Where::shape) {
    if (entry().shape.size() == Shape::max_rank) {
      fail(message("it has more dimensions than the ", Shape::max_rank, " that lucid takes"));
    }
    entry().shape.push_back(number);
  } else if (where_ == Where::offsets) {
    if (offsets_ == 2) fail("data_offsets has more than two numbers");
    (offsets_ == 0 ? entry().begin : entry().end) = number;
    ++offsets_;
  } else {
    unexpected("a number");
  }
  return true;
}

void HeaderReader::read_type(const std::string& text) {
  if (!type_of_name(text, entry().type)) {
    fail(message("unknown dtype ", in_quotes(text),
                 ", expected BOOL, U8, I32, I64, F16, BF16, F32 or F64"));
  }
}

bool HeaderReader::string(string_t& text) {
  if (where_ == Where::metadata) {
    metadata.back().second = std::move(text);
  } else if (where_ == Where::entry && field_ == dtype) {
    read_type(text);
  } else {
    unexpected("a string");
  }
  return true;
}

bool HeaderReader::start_object(size_t) {
  if (where_ == Where::outside) {
    where_ = Where::top;
  } else if (where_ == Where::top && key_ == "__metadata__") {
    if (has_metadata_) throw IOError("__metadata__ is there twice");
    has_metadata_ = true;
    where_ = Where::metadata;
  } else if (where_ == Where::top) {
    where_ = Where::entry;
    header.entries.emplace_back().name = key_;
    seen_ = 0;
    offsets_ = 0;
  } else {
    unexpected("an object");
  }
  return true;
}

bool HeaderReader::key(string_t& text) {
  if (where_ == Where::top) {
    key_ = std::move(text);
    return true;
  }
  if (where_ == Where::metadata) {
    // Sorted later: the tree of Metadata would be the slowest part of a long header.
    metadata.emplace_back(std::move(text), std::string());
    return true;
  }
  field_ = text == "dtype"          ? dtype
           : text == "shape"        ? shape
           : text == "data_offsets" ? data_offsets
                                    : no_field;
  if (field_ == no_field) {
    fail(message("unknown field ", in_quotes(text), ", expected dtype, shape and data_offsets"));
  }
  if (seen_ & field_) fail(message(text, " is there twice"));
  seen_ |= field_;
  return true;
}

bool HeaderReader::end_object() {
  if (where_ == Where::entry) {
    for (const auto& [field, field_name] : {std::pair{dtype, "dtype"}, std::pair{shape, "shape"},
                                            std::pair{data_offsets, "data_offsets"}}) {
      if (!(seen_ & field)) fail(message(field_name, " is missing"));
    }
  }
  where_ = where_ == Where::top ? Where::outside : Where::top;
  return true;
}

bool HeaderReader::start_array(size_t) {
  if (where_ != Where::entry || field_ == dtype) unexpected("an array");
  where_ = field_ == shape ? Where::shape : Where::offsets;
  return true;
}

bool HeaderReader::end_array() {
  if (where_ == Where::offsets && offsets_ != 2) {
    fail(message("data_offsets has ", offsets_, " numbers, expected two"));
  }
  where_ = Where::entry;
  return true;
}

// The size its type and shape ask for is the size of its byte range.
void check_size(const SafetensorsEntry& entry, int64_t data_bytes) {
  const auto fail = [&](const std::string& what) {
    throw IOError(message("tensor ", in_quotes(entry.name), ": ", what));
  };
  if (entry.end < entry.begin) {
    fail(message("data_offsets [", entry.begin, ", ", entry.end, "] end before they begin"));
  }
  if (entry.end > data_bytes) {
    fail(message("data_offsets [", entry.begin, ", ", entry.end, "] pass the end of the file, ",
                 "which has ", data_bytes, " bytes of data"));
  }
  const int64_t bytes = byte_size(entry.shape, element_size(entry.type));
  // Some types are wider in memory than in the file.
  const auto width = static_cast<int64_t>(element_size(memory_type(entry.type)));
  if (bytes < 0 || byte_size(entry.shape, width) < 0) {
    fail(message("the size of shape ", entry.shape, " overflows"));
  }
  if (bytes != entry.end - entry.begin) {
    fail(message(name(entry.type), " of shape ", entry.shape, " takes ", bytes,
                 " bytes, but data_offsets [", entry.begin, ", ", entry.end, "] give ",
                 entry.end - entry.begin));
  }
}

// The ranges follow each other from the first byte of data to the last.
void check_coverage(const std::vector<SafetensorsEntry>& entries, int64_t data_bytes) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(entries[a].begin, entries[a].end) <
           std::pair(entries[b].begin, entries[b].end);
  });
  int64_t covered = 0;
  for (size_t i : order) {
    if (entries[i].begin != covered) {
      throw IOError(message("tensor ", in_quotes(entries[i].name), ": data_offsets begin at ",
                            entries[i].begin,
                            entries[i].begin < covered ? ", overlapping the tensor before it"
                                                       : ", leaving a gap after the tensor before",
                            ", which ends at ", covered));
    }
    covered = entries[i].end;
  }
  if (covered != data_bytes) {
    throw IOError(
        message("the file has ", data_bytes, " bytes of data, but its tensors only ", covered));
  }
}

template <class Range, class Name>
void check_unique(const Range& range, const char* what, const Name& name_of) {
  if (const std::string* twice = find_duplicate(range, name_of)) {
    throw IOError(message(what, " ", in_quotes(*twice), " is there twice"));
  }
}

// The start of the text, past which the JSON reader would be more lenient than the format.
void check_start(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw IOError("the header is not JSON: it holds a zero byte");
  }
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') {
    throw IOError("the header is not a JSON object: it does not start with '{'");
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, int64_t data_bytes) {
  check_start(text);
  HeaderReader reader;
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  check_unique(
      reader.header.entries, "tensor", [](auto& entry) -> auto& { return entry.name; });
  check_unique(
      reader.metadata, "__metadata__:", [](auto& entry) -> auto& { return entry.first; });
  for (const SafetensorsEntry& entry : reader.header.entries) check_size(entry, data_bytes);
  check_coverage(reader.header.entries, data_bytes);
  reader.header.metadata.insert(std::make_move_iterator(reader.metadata.begin()),
                                std::make_move_iterator(reader.metadata.end()));
  return std::move(reader.header);
}

}  // namespace lucid::detail
