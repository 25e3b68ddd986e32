// Internal: a run of bytes, read in order, whose length is known before it is read.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "lucid/io/input_file.h"

namespace lucid::detail {

class ByteSource {
 public:
  /// @param about stands before every message, after the name of the file.
  ByteSource(const InputFile& file, std::string about) : file_(file), about_(std::move(about)) {}
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// How many bytes were not read yet. They may turn out to be less when they come compressed,
  /// which is then an error of read().
  virtual int64_t left() const noexcept = 0;
  /// Reads exactly so many bytes, at most left(). With the last of them the whole run is checked as
  /// far as it can be. @throws IOError
  virtual void read(void* to, int64_t bytes) = 0;
  /// @throws IOError that names the file.
  [[noreturn]] void fail(const std::string& what) const { file_.fail(about_ + what); }

 protected:
  const InputFile& file() const noexcept { return file_; }

 private:
  const InputFile& file_;
  std::string about_;
};

}  // namespace lucid::detail
