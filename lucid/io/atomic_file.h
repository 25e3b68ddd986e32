// Internal: a file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lucid::detail {

/// Writes beside `path` under a unique name; commit() puts the bytes under that path, and without
/// it the destructor removes them. A crash at any instant leaves the old file or the new one.
/// Where the path is a symbolic link, the file that it leads to is written, be it there or not.
///
/// Who writes holds a lock (flock) on the file beside it. Where a process was killed in the middle
/// nobody does, and the next AtomicFile for that path removes what was left.
class AtomicFile {
 public:
  /// @param operation what the user called, which begins every message.
  /// @throws IOError, here and below, naming the file.
  AtomicFile(std::string operation, std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Appends.
  void write(const void* data, size_t bytes);
  /// How many bytes were appended.
  int64_t size() const noexcept { return size_; }
  /// Writes over bytes that were appended before.
  void overwrite(const void* data, size_t bytes, int64_t position);
  /// Flushes to the disk, renames, and flushes the folder.
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;
  void create_temporary();

  std::string operation_;
  std::string path_;       ///< as the caller wrote it, for messages
  std::string target_;     ///< with symbolic links followed, so that they stay links
  std::string temporary_;  ///< empty once it is renamed
  int descriptor_ = -1;
  int64_t size_ = 0;
};

}  // namespace lucid::detail
