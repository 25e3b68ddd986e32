// Internal: what a zip archive says that it holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lucid/io/input_file.h"

namespace lucid::detail {

struct ZipEntry {
  std::string name;
  bool deflated = false;
  uint32_t crc = 0;
  int64_t packed_bytes = 0;  ///< in the archive
  int64_t bytes = 0;         ///< unpacked
  int64_t position = 0;      ///< of the packed bytes in the file
};

/// Reads and checks an archive's directory, in its order. Afterwards the entries are known to agree
/// with their local headers, to lie in the file without overlap, to have unique names in UTF-8, and
/// to unpack to no more than deflate can make of their bytes.
/// @throws IOError
std::vector<ZipEntry> read_zip_directory(const InputFile& file);

}  // namespace lucid::detail
