// Internal: the header of a .npy file, from bytes and to bytes.
#pragma once

#include <string>
#include <string_view>

#include "lucid/dtype.h"
#include "lucid/shape.h"

namespace lucid::detail {

/// What an array's elements are in the file: the kind and the bytes, as NumPy abbreviates them.
enum class NpyType : uint8_t { b1, u1, u2, u4, i1, i2, i4, i8, f2, f4, f8 };

/// Bytes per element in the file.
int64_t element_size(NpyType type) noexcept;
/// The type such an array has in memory.
DType memory_type(NpyType type) noexcept;

struct NpyHeader {
  NpyType type = NpyType::f4;
  bool big_endian = false;
  bool fortran_order = false;
  Shape shape;
  int64_t data_bytes = 0;
};

/// Magic bytes and version: what every .npy file starts with.
inline constexpr int64_t kNpyMagicBytes = 8;

/// Reads and checks the text of a header, a literal dict of Python.
/// @throws IOError; the message does not name the file.
NpyHeader parse_npy_header(std::string_view text);

/// All that comes before the data of a row-major, little-endian array; a multiple of 64 bytes.
std::string npy_start(DType dtype, const Shape& shape);

}  // namespace lucid::detail
