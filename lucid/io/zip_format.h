// Internal: the constants of zip archives, and numbers as they have them.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace lucid::detail::zip {

inline constexpr uint32_t kLocalSignature = 0x04034b50;
inline constexpr uint32_t kDescriptorSignature = 0x08074b50;
inline constexpr uint32_t kCentralSignature = 0x02014b50;
inline constexpr uint32_t kEndSignature = 0x06054b50;
inline constexpr uint32_t kEnd64Signature = 0x06064b50;
inline constexpr uint32_t kLocator64Signature = 0x07064b50;

inline constexpr int64_t kLocalBytes = 30;
inline constexpr int64_t kCentralBytes = 46;
inline constexpr int64_t kEndBytes = 22;
inline constexpr int64_t kEnd64Bytes = 56;
inline constexpr int64_t kLocator64Bytes = 20;

inline constexpr uint16_t kStored = 0;
inline constexpr uint16_t kDeflated = 8;

inline constexpr uint16_t kEncrypted = 1 << 0;
inline constexpr uint16_t kDescriptorFollows = 1 << 3;
inline constexpr uint16_t kPatch = 1 << 5;
inline constexpr uint16_t kStronglyEncrypted = 1 << 6;
inline constexpr uint16_t kUtf8 = 1 << 11;
inline constexpr uint16_t kMasked = 1 << 13;

/// The extra field with 64-bit sizes, and what stands in the fields it replaces.
inline constexpr uint16_t kExtra64 = 1;
inline constexpr uint16_t kIn64Short = 0xffff;
inline constexpr uint32_t kIn64 = 0xffffffff;

/// Little-endian numbers one after the other; the caller has checked that they are there.
class Reader {
 public:
  explicit Reader(const uint8_t* next) noexcept : next_(next) {}

  template <class T>
  T take() noexcept {
    T value;
    std::memcpy(&value, next_, sizeof value);
    next_ += sizeof value;
    return value;
  }
  void skip(int64_t bytes) noexcept { next_ += bytes; }

 private:
  const uint8_t* next_;
};

/// Appends the numbers, each in as many bytes as its type has.
template <class... T>
void append(std::string& to, T... values) {
  (to.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
}

}  // namespace lucid::detail::zip
