// Internal: zip archives, written from the first byte to the last.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lucid/io/atomic_file.h"

namespace lucid::detail {

class ZipWriter {
 public:
  /// @param zip64_from sizes, positions and numbers of entries from this one on are written in the
  ///     zip64 form, which not every program reads; tests choose it small.
  ZipWriter(AtomicFile& file, bool compressed, int64_t zip64_from = 0xffffffff);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// Starts an entry of exactly so many bytes, which write() then gets.
  void begin(const std::string& name, int64_t bytes);
  void write(const void* data, int64_t bytes);
  void end();
  /// Writes the directory. No entry may follow.
  void finish();

  /// The longest name of an entry, in bytes.
  static constexpr size_t kLongestName = 0xffff;

 private:
  struct Deflater;
  /// The entry that is being written.
  struct Entry {
    std::string name;
    uint32_t crc = 0;
    int64_t packed_bytes = 0;
    int64_t bytes = 0;
    int64_t local = 0;  ///< the position of its header
    bool wide = false;  ///< its header has 64-bit sizes
  };

  bool needs_64(int64_t number) const noexcept { return number >= zip64_from_; }
  uint16_t flags() const;
  uint16_t method() const;
  std::string local_header() const;
  void append_to_directory();
  void deflate_some(int flush);

  AtomicFile& file_;
  int64_t zip64_from_;
  Entry entry_;
  int64_t entries_ = 0;
  std::string directory_;
  std::unique_ptr<Deflater> deflater_;  ///< null if entries are stored
};

}  // namespace lucid::detail
