#include "lucid/io/safetensors.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

struct TypeRow {
  const char* name;
  int64_t size;
  DType memory;
};
// In the order of SafetensorsType.
constexpr TypeRow kTypes[] = {
    {"BOOL", 1, DType::bool_},  {"U8", 1, DType::uint8},    {"I32", 4, DType::int32},
    {"I64", 8, DType::int64},   {"F16", 2, DType::float32}, {"BF16", 2, DType::float32},
    {"F32", 4, DType::float32}, {"F64", 8, DType::float64},
};

const TypeRow& row(SafetensorsType type) noexcept {
  return kTypes[static_cast<size_t>(type)];
}

}  // namespace

const char* name(SafetensorsType type) noexcept {
  return row(type).name;
}
int64_t element_size(SafetensorsType type) noexcept {
  return row(type).size;
}
DType memory_type(SafetensorsType type) noexcept {
  return row(type).memory;
}

bool type_of_name(std::string_view text, SafetensorsType& type) noexcept {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const TypeRow& known) { return text == known.name; });
  if (found == std::end(kTypes)) return false;
  type = static_cast<SafetensorsType>(found - kTypes);
  return true;
}

SafetensorsType file_type(DType dtype) noexcept {
  switch (dtype) {
    case DType::bool_:
      return SafetensorsType::bool_;
    case DType::uint8:
      return SafetensorsType::u8;
    case DType::int32:
      return SafetensorsType::i32;
    case DType::int64:
      return SafetensorsType::i64;
    case DType::float32:
      return SafetensorsType::f32;
    case DType::float64:
      break;
  }
  return SafetensorsType::f64;
}

namespace {

std::string json_string(const std::string& text, const char* what) {
  if (!is_utf8(text)) {
    throw ValueError(message("save: ", what, " ", in_quotes(text), " is not UTF-8"));
  }
  return nlohmann::json(text).dump();
}

void place_bytes(std::vector<SafetensorsEntry>& entries) {
  std::vector<SafetensorsEntry*> order;
  for (SafetensorsEntry& entry : entries) order.push_back(&entry);
  // Wide elements first: each tensor lands on a multiple of its own element size.
  std::stable_sort(order.begin(), order.end(),
                   [](auto* a, auto* b) { return element_size(a->type) > element_size(b->type); });
  int64_t next = 0;
  for (SafetensorsEntry* entry : order) {
    entry->begin = next;
    next += entry->shape.numel() * element_size(entry->type);
    entry->end = next;
  }
}

std::string header_text(const std::vector<SafetensorsEntry>& entries, const Metadata& metadata) {
  std::string text = "{";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) {
      if (text.back() != '{') text += ',';
      text += json_string(key, "metadata key") + ":" + json_string(value, "the metadata text");
    }
    text += '}';
  }
  for (const SafetensorsEntry& entry : entries) {
    if (text.size() > 1) text += ',';
    text += json_string(entry.name, "the tensor name") + ":{\"dtype\":\"" + name(entry.type) +
            "\",\"shape\":[";
    for (size_t i = 0; i < entry.shape.size(); ++i) {
      if (i > 0) text += ',';
      text += std::to_string(entry.shape[i]);
    }
    text += "],\"data_offsets\":[" + std::to_string(entry.begin) + "," + std::to_string(entry.end) +
            "]}";
  }
  return text + "}";
}

}  // namespace

std::string lay_out_safetensors(std::vector<SafetensorsEntry>& entries, const Metadata& metadata) {
  place_bytes(entries);
  std::string text = header_text(entries, metadata);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (static_cast<int64_t>(text.size()) > kSafetensorsMaxHeader) {
    throw ValueError(message("save: the header takes ", text.size(), " bytes, a file may have ",
                             kSafetensorsMaxHeader, "; use fewer tensors or less metadata"));
  }
  std::string length;
  for (int i = 0; i < 8; ++i) length += static_cast<char>(text.size() >> (8 * i));
  return length + text;
}

}  // namespace lucid::detail
