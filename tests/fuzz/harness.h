// What the fuzzers have in common: bytes as a file, and values that must survive being written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "lucid/state_dict.h"

namespace lucid::fuzz {

/// A file in memory that holds the bytes, for readers that want a path.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  const std::string& path() const noexcept { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

/// A path in a folder of this process that is gone when it ends.
std::string scratch_path();

/// Ends the process with a message unless both have the same names, types, shapes and bytes.
/// @param in_order whether the names must come in the same order.
void require_equal(const StateDict& a, const StateDict& b, bool in_order);

/// Saves a dict as safetensors, loads it, mapped and not, and requires equality.
void require_round_trip(const StateDict& state);

}  // namespace lucid::fuzz
