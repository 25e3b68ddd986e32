// Internal: a file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <string>

namespace lucid::detail {

/// Writes beside `path` under a unique name; commit() puts the bytes under that path, and without
/// it the destructor removes them. A crash at any instant leaves the old file or the new one.
class AtomicFile {
 public:
  /// @throws IOError, here and below, naming the file.
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(const void* data, size_t bytes);
  /// Flushes to the disk, renames, and flushes the folder.
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;
  void create_temporary();

  std::string path_;       ///< as the caller wrote it, for messages
  std::string target_;     ///< with symbolic links followed, so that they stay links
  std::string temporary_;  ///< empty once it is renamed
  int descriptor_ = -1;
};

}  // namespace lucid::detail
