// Internal: the header of a safetensors file, from bytes and to bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lucid/dtype.h"
#include "lucid/io/text.h"
#include "lucid/serialize.h"
#include "lucid/shape.h"

namespace lucid::detail {

/// What a tensor's bytes in the file are.
enum class SafetensorsType : uint8_t { bool_, u8, i32, i64, f16, bf16, f32, f64 };

/// "F32" and so on.
const char* name(SafetensorsType type) noexcept;
/// Bytes per element in the file.
int64_t element_size(SafetensorsType type) noexcept;
/// The type such a tensor has in memory.
DType memory_type(SafetensorsType type) noexcept;
SafetensorsType file_type(DType dtype) noexcept;
/// Sets `type` and returns true if there is one of that name.
bool type_of_name(std::string_view text, SafetensorsType& type) noexcept;

/// One tensor: bytes [begin, end) after the header.
struct SafetensorsEntry {
  std::string name;
  SafetensorsType type = SafetensorsType::f32;
  Shape shape;
  int64_t begin = 0;
  int64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the order of the text
  Metadata metadata;
};

inline constexpr int64_t kSafetensorsLengthBytes = 8;
inline constexpr int64_t kSafetensorsMaxHeader = 100'000'000;

/// Reads and checks a header: afterwards the entries are known to fit their types and shapes and to
/// cover data_bytes without gap or overlap. Takes n log n time, however the text is made.
/// @throws IOError; the message does not name the file.
SafetensorsHeader parse_safetensors_header(std::string_view text, int64_t data_bytes);

/// Places the entries' bytes (begin and end are set here, every tensor at a multiple of its element
/// size) and gives the start of the file: length and header, a multiple of 8 bytes.
/// Entries must come sorted by name. @throws ValueError if a text is not UTF-8 or there is too
/// much.
std::string lay_out_safetensors(std::vector<SafetensorsEntry>& entries, const Metadata& metadata);

}  // namespace lucid::detail
