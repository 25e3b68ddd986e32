#include "data/idx.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>

#include "data/byte_reader.h"
#include "lucid/error.h"
#include "lucid/io/byte_size.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"

namespace lucid::data {

using detail::ByteReader;
using lucid::detail::byte_size;
using lucid::detail::message;

namespace {

enum class IdxType : uint8_t {
  unsigned_byte = 0x08,
  signed_byte = 0x09,
  short_ = 0x0B,
  int_ = 0x0C,
  float_ = 0x0D,
  double_ = 0x0E
};

struct Header {
  IdxType type;
  Shape shape;
  int64_t payload_bytes;
};

int64_t bytes_per_value(IdxType type) {
  switch (type) {
    case IdxType::unsigned_byte:
    case IdxType::signed_byte:
      return 1;
    case IdxType::short_:
      return 2;
    case IdxType::int_:
    case IdxType::float_:
      return 4;
    case IdxType::double_:
      break;
  }
  return 8;
}

bool is_known(uint8_t type) {
  return (type >= 0x08 && type <= 0x0E) && type != 0x0A;
}

DType dtype_for(IdxType type) {
  if (type == IdxType::unsigned_byte) return DType::uint8;
  if (type == IdxType::float_) return DType::float32;
  return type == IdxType::double_ ? DType::float64 : DType::int32;
}

// An unsigned big-endian number.
template <class T>
T big_endian(const uint8_t* bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value << 8 | bytes[i]);
  return value;
}

Header read_header(ByteReader& file) {
  std::array<uint8_t, 4> magic{};
  const size_t got = file.read(magic.data(), magic.size());
  if (got < magic.size()) file.fail(message("not an IDX file: it has only ", got, " bytes"));
  if (magic[0] != 0 || magic[1] != 0 || !is_known(magic[2])) {
    char hex[16];
    std::snprintf(hex, sizeof hex, "%02x %02x %02x %02x", magic[0], magic[1], magic[2], magic[3]);
    file.fail(
        message("not an IDX file: it starts with ", static_cast<const char*>(hex),
                ", expected 00 00, a type of 08, 09 or 0b to 0e, and the number of dimensions"));
  }
  const size_t rank = magic[3];
  if (rank < 1 || rank > Shape::max_rank) {
    file.fail(message("it has ", rank, " dimensions, expected 1 to ", Shape::max_rank));
  }
  Header header{static_cast<IdxType>(magic[2]), {}, 0};
  for (size_t i = 0; i < rank; ++i) {
    std::array<uint8_t, 4> size{};
    if (file.read(size.data(), size.size()) < size.size())
      file.fail("truncated: its header is cut off");
    header.shape.push_back(big_endian<uint32_t>(size.data()));
  }
  header.payload_bytes = byte_size(header.shape, bytes_per_value(header.type));
  // Some types are wider in memory than in the file.
  const auto width = static_cast<int64_t>(element_size(dtype_for(header.type)));
  if (header.payload_bytes < 0 || byte_size(header.shape, width) < 0) {
    file.fail(message("the size of shape ", header.shape, " overflows"));
  }
  return header;
}

[[noreturn]] void fail_length(const ByteReader& file, const Header& header, const char* verdict,
                              const std::string& found) {
  file.fail(message(verdict, ": its header announces shape ", header.shape, ", ",
                    header.payload_bytes, " bytes, but ", found));
}

// A plain file says at once whether it is as long as its header claims.
void check_plain_length(const ByteReader& file, const Header& header) {
  const int64_t follow = file.file_size() - 4 - 4 * static_cast<int64_t>(header.shape.size());
  if (follow < header.payload_bytes) {
    fail_length(file, header, "truncated", message(follow, " follow"));
  }
  if (follow > header.payload_bytes) {
    fail_length(file, header, "too long", message(follow, " follow"));
  }
}

// Compressed data tells its length only by arriving: memory grows with what came, up to fourfold.
Tensor read_payload(ByteReader& file, const Header& header) {
  constexpr int64_t kFirst = 1 << 20;
  const int64_t total = header.payload_bytes;
  int64_t capacity = file.compressed() ? std::min(total, kFirst) : total;
  Tensor bytes = ops::allocate({capacity}, DType::uint8);
  int64_t done = 0;
  while (done < total) {
    if (done == capacity) {
      capacity = std::min(total, capacity > total / 4 ? total : 4 * capacity);
      const Tensor larger = ops::allocate({capacity}, DType::uint8);
      std::memcpy(larger.data<uint8_t>(), bytes.data<uint8_t>(), static_cast<size_t>(done));
      bytes = larger;
    }
    const auto wanted = static_cast<size_t>(capacity - done);
    const size_t got = file.read(bytes.data<uint8_t>() + done, wanted);
    done += static_cast<int64_t>(got);
    if (got < wanted) fail_length(file, header, "truncated", message(done, " follow"));
  }
  uint8_t beyond = 0;
  if (file.read(&beyond, 1) != 0) fail_length(file, header, "too long", "more follow");
  return bytes;
}

// Values of a big-endian unsigned type, seen as Stored, widened to T.
template <class T, class Stored, class Bits>
Tensor decode(const Tensor& bytes, const Shape& shape) {
  Tensor result = ops::allocate(shape, dtype_of<T>);
  const auto* from = bytes.data<uint8_t>();
  auto* to = result.data<T>();
  for (int64_t i = 0; i < result.numel(); ++i) {
    to[i] = static_cast<T>(
        std::bit_cast<Stored>(big_endian<Bits>(from + i * static_cast<int64_t>(sizeof(Bits)))));
  }
  return result;
}

Tensor decode(const Tensor& bytes, const Header& header) {
  switch (header.type) {
    case IdxType::unsigned_byte:
      break;
    case IdxType::signed_byte:
      return decode<int32_t, int8_t, uint8_t>(bytes, header.shape);
    case IdxType::short_:
      return decode<int32_t, int16_t, uint16_t>(bytes, header.shape);
    case IdxType::int_:
      return decode<int32_t, int32_t, uint32_t>(bytes, header.shape);
    case IdxType::float_:
      return decode<float, float, uint32_t>(bytes, header.shape);
    case IdxType::double_:
      return decode<double, double, uint64_t>(bytes, header.shape);
  }
  return bytes.reshape(header.shape);
}

Header checked_header(ByteReader& file) {
  Header header = read_header(file);
  if (!file.compressed()) check_plain_length(file, header);
  return header;
}

}  // namespace

IdxHeader read_idx_header(const std::string& path) {
  ByteReader file("read_idx_header", path);
  const Header header = checked_header(file);
  return {dtype_for(header.type), header.shape};
}

Tensor read_idx(const std::string& path) {
  ByteReader file("read_idx", path);
  const Header header = checked_header(file);
  return decode(read_payload(file, header), header);
}

}  // namespace lucid::data
