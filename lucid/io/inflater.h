// Internal: compressed data of zlib's, unpacked step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

struct z_stream_s;

namespace lucid::detail {

class Inflater {
 public:
  /// Without a header, as in zip archives, or with those of gzip.
  enum class Format { raw, gzip };

  /// @param operation begins the message of an OutOfMemoryError, here and below.
  Inflater(const char* operation, Format format);
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  /// Gives it compressed bytes to go on with, which must stay until it has used them.
  void give(const uint8_t* bytes, size_t count) noexcept;
  /// How many of the bytes given last it has not used.
  size_t unused() const noexcept;

  /// Unpacks at most so many bytes, until there are no more given or the stream ends, and returns
  /// how many it were.
  size_t inflate(uint8_t* to, size_t bytes);
  bool ended() const noexcept { return ended_; }
  bool damaged() const noexcept { return damaged_; }
  /// What zlib says of the damage, in brackets after a space; may be empty.
  std::string why() const;
  /// Begins another stream, after one that has ended.
  void restart() noexcept;

 private:
  const char* operation_;
  std::unique_ptr<z_stream_s> stream_;
  bool ended_ = false;
  bool damaged_ = false;
};

}  // namespace lucid::detail
