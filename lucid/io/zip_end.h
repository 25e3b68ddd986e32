// Internal: where in a zip archive its directory is.
#pragma once

#include <cstdint>

#include "lucid/io/input_file.h"

namespace lucid::detail {

struct ZipEnd {
  int64_t directory = 0;  ///< its position
  int64_t directory_bytes = 0;
  int64_t entries = 0;
};

/// Reads the record at the end of an archive, and the zip64 one before it if there is one. The
/// directory is then known to lie in the file and to end where they begin, and to have room for
/// that many entries.
/// @throws IOError
ZipEnd read_zip_end(const InputFile& file);

}  // namespace lucid::detail
