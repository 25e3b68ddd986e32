#include "lucid/io/npy_data.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/io/bools.h"
#include "lucid/io/half.h"
#include "lucid/io/npy_header.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are written little-endian");

uint8_t swapped(uint8_t bits) noexcept {
  return bits;
}
uint16_t swapped(uint16_t bits) noexcept {
  return __builtin_bswap16(bits);
}
uint32_t swapped(uint32_t bits) noexcept {
  return __builtin_bswap32(bits);
}
uint64_t swapped(uint64_t bits) noexcept {
  return __builtin_bswap64(bits);
}

template <class Bits>
void swap_all(std::byte* bytes, int64_t count) {
  for (int64_t i = 0; i < count; ++i, bytes += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, bytes, sizeof bits);
    bits = swapped(bits);
    std::memcpy(bytes, &bits, sizeof bits);
  }
}

NpyHeader read_header(ByteSource& source) {
  std::array<uint8_t, kNpyMagicBytes> magic{};
  if (source.left() < kNpyMagicBytes) {
    source.fail(message("not a .npy file: it has only ", source.left(), " bytes"));
  }
  source.read(magic.data(), kNpyMagicBytes);
  if (std::memcmp(magic.data(), "\x93NUMPY", 6) != 0) {
    source.fail("not a .npy file: it does not start with \\x93NUMPY");
  }
  const int major = magic[6];
  const int minor = magic[7];
  if (major < 1 || major > 3 || minor != 0) {
    source.fail(message("version ", major, ".", minor, " of the .npy format is unknown, expected ",
                        "1.0, 2.0 or 3.0"));
  }
  std::array<uint8_t, 4> length{};
  const int64_t length_bytes = major == 1 ? 2 : 4;
  if (source.left() < length_bytes) source.fail("truncated: its header is cut off");
  source.read(length.data(), length_bytes);
  const int64_t bytes = std::bit_cast<uint32_t>(length);
  // NumPy's own headers have a few hundred bytes.
  constexpr int64_t kMost = 1 << 20;
  if (bytes > kMost) {
    source.fail(message("a header of ", bytes, " bytes, expected at most ", kMost));
  }
  if (bytes > source.left()) {
    source.fail(message("truncated: its header should take ", bytes, " bytes, but only ",
                        source.left(), " follow"));
  }
  std::string text(static_cast<size_t>(bytes), '\0');
  source.read(text.data(), bytes);
  try {
    return parse_npy_header(text);
  } catch (const IOError& error) {
    source.fail(error.what());
  }
}

// Elements that are in memory what they are in the file, but for the order of their bytes.
void read_same(ByteSource& source, const NpyHeader& header, const Tensor& to) {
  source.read(to.bytes(), header.data_bytes);
  if (header.type == NpyType::b1) {
    if (const std::string wrong = wrong_bools(to); !wrong.empty()) source.fail(wrong);
  }
  if (!header.big_endian) return;
  if (element_size(header.type) == 4) {
    swap_all<uint32_t>(to.bytes(), to.numel());
  } else {
    swap_all<uint64_t>(to.bytes(), to.numel());
  }
}

// Elements with as many bits as a Bits has, each converted to a T.
template <class T, class Bits, class Convert>
void read_widened(ByteSource& source, const NpyHeader& header, const Tensor& to,
                  const Convert& convert) {
  constexpr int64_t kChunk = 16384;
  const int64_t count = to.numel();
  std::vector<Bits> chunk(static_cast<size_t>(std::min(count, kChunk)));
  T* next = to.data<T>();
  for (int64_t done = 0; done < count; done += kChunk) {
    const int64_t here = std::min(kChunk, count - done);
    source.read(chunk.data(), here * static_cast<int64_t>(sizeof(Bits)));
    for (int64_t i = 0; i < here; ++i) {
      const Bits bits = chunk[static_cast<size_t>(i)];
      *next++ = convert(header.big_endian ? swapped(bits) : bits);
    }
  }
}

void read_values(ByteSource& source, const NpyHeader& header, const Tensor& to) {
  switch (header.type) {
    case NpyType::i1:  // the sign moves from bit 7 to bit 31
      return read_widened<int32_t, uint8_t>(source, header, to,
                                            [](uint8_t bits) { return (bits ^ 128) - 128; });
    case NpyType::i2:
      return read_widened<int32_t, uint16_t>(
          source, header, to, [](uint16_t bits) { return std::bit_cast<int16_t>(bits); });
    case NpyType::u2:
      return read_widened<int32_t, uint16_t>(source, header, to,
                                             [](uint16_t bits) { return bits; });
    case NpyType::u4:
      return read_widened<int64_t, uint32_t>(source, header, to,
                                             [](uint32_t bits) { return bits; });
    case NpyType::f2:
      return read_widened<float, uint16_t>(source, header, to, from_half);
    default:
      return read_same(source, header, to);
  }
}

Shape reversed(const Shape& shape) {
  Shape result = shape;
  std::reverse(result.begin(), result.end());
  return result;
}

}  // namespace

Tensor read_npy(ByteSource& source) {
  const NpyHeader header = read_header(source);
  if (source.left() != header.data_bytes) {
    source.fail(message(source.left() < header.data_bytes ? "truncated" : "too long",
                        ": its header announces shape ", header.shape, ", ", header.data_bytes,
                        " bytes, but ", source.left(), " follow"));
  }
  const Shape stored = header.fortran_order ? reversed(header.shape) : header.shape;
  Tensor tensor = empty(stored, {.dtype = memory_type(header.type)});
  if (tensor.numel() > 0) read_values(source, header, tensor);
  if (!header.fortran_order || stored.size() < 2) return tensor;
  Shape backwards;
  for (size_t i = stored.size(); i-- > 0;) backwards.push_back(static_cast<int64_t>(i));
  return tensor.permute(backwards).contiguous();
}

}  // namespace lucid::detail
