// Internal: a file as a stream of bytes, unpacked on the way if it is gzip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lucid/io/inflater.h"
#include "lucid/io/input_file.h"

namespace lucid::data::detail {

class ByteReader {
 public:
  /// @param operation begins every message.
  /// @throws IOError, here and below, naming the file.
  ByteReader(const char* operation, const std::string& path);
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  /// Reads up to `bytes` bytes; fewer only at the end of the data.
  size_t read(void* to, size_t bytes);

  /// True if the file was compressed.
  bool compressed() const noexcept { return compressed_; }
  /// The size of the file as it is on the disk.
  int64_t file_size() const noexcept { return file_.size(); }

  [[noreturn]] void fail(const std::string& what) const { file_.fail(what); }

 private:
  size_t read_file(uint8_t* to, size_t bytes);
  size_t read_inflated(uint8_t* to, size_t bytes);
  void refill();

  lucid::detail::InputFile file_;
  int64_t file_position_ = 0;
  bool compressed_ = false;
  std::unique_ptr<uint8_t[]> buffer_;
  size_t position_ = 0;  ///< of the first byte in the buffer that nobody took
  size_t filled_ = 0;
  std::optional<lucid::detail::Inflater> inflater_;  ///< if the file is compressed
};

}  // namespace lucid::data::detail
