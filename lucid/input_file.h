// Internal: a file read from given positions, with messages that name it.
#pragma once

#include <cstdint>
#include <string>

namespace lucid::detail {

/// An open regular file whose size is known.
class InputFile {
 public:
  /// @param operation what the user called, which begins every message.
  /// @throws IOError, here and below: operation: cannot read "path": ...
  InputFile(std::string operation, std::string path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  int64_t size() const noexcept { return size_; }
  int descriptor() const noexcept { return descriptor_; }

  /// Reads exactly so many bytes; the caller has checked that they lie within size().
  void read(void* to, int64_t bytes, int64_t position) const;

  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string operation_;
  std::string path_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

}  // namespace lucid::detail
