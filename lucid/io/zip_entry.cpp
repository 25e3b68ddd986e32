#include "lucid/io/zip_entry.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "lucid/error.h"
#include "lucid/io/text.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {
// Small enough that the checksum finds in the cache what was just put there.
constexpr int64_t kPieceBytes = 256 * 1024;
}  // namespace

struct ZipEntrySource::Inflater {
  z_stream stream{};
  std::array<uint8_t, 64 * 1024> buffer;

  Inflater() {
    // 15: the largest window; negative: no header, as in archives.
    if (inflateInit2(&stream, -15) != Z_OK) throw OutOfMemoryError("load_npz: zlib has no memory");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

ZipEntrySource::ZipEntrySource(const InputFile& file, const ZipEntry& entry)
    : ByteSource(file, message("entry ", in_quotes(entry.name), ": ")),
      entry_(entry),
      left_(entry.bytes) {
  if (entry.deflated) inflater_ = std::make_unique<Inflater>();
}

ZipEntrySource::~ZipEntrySource() = default;

void ZipEntrySource::refill() {
  z_stream& stream = inflater_->stream;
  const int64_t bytes =
      std::min(static_cast<int64_t>(inflater_->buffer.size()), entry_.packed_bytes - packed_done_);
  file().read(inflater_->buffer.data(), bytes, entry_.position + packed_done_);
  packed_done_ += bytes;
  stream.next_in = inflater_->buffer.data();
  stream.avail_in = static_cast<uInt>(bytes);
}

// Fills what the stream has been given to fill, as far as one step goes. False at the end.
bool ZipEntrySource::inflate_some() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in == 0) refill();
  const int status = inflate(&stream, Z_NO_FLUSH);
  if (status == Z_STREAM_END) return false;
  if (status == Z_MEM_ERROR) throw OutOfMemoryError("load_npz: zlib has no memory");
  if (status == Z_BUF_ERROR && stream.avail_in == 0) {
    fail("truncated: its compressed data ends too early");
  }
  if (status != Z_OK) {
    fail(message("damaged: its compressed data is not valid",
                 stream.msg ? std::string(" (") + stream.msg + ")" : std::string()));
  }
  return true;
}

void ZipEntrySource::read_inflated(uint8_t* to, int64_t bytes) {
  z_stream& stream = inflater_->stream;
  stream.next_out = to;
  stream.avail_out = static_cast<uInt>(bytes);
  while (stream.avail_out > 0) {
    if (!inflate_some() && stream.avail_out > 0) {
      fail("truncated: its compressed data holds less than the directory says");
    }
  }
}

void ZipEntrySource::read(void* to, int64_t bytes) {
  auto* next = static_cast<uint8_t*>(to);
  while (bytes > 0) {
    const int64_t here = std::min(bytes, kPieceBytes);
    if (inflater_) {
      read_inflated(next, here);
    } else {
      file().read(next, here, entry_.position + packed_done_);
      packed_done_ += here;
    }
    crc_ = static_cast<uint32_t>(crc32(crc_, next, static_cast<uInt>(here)));
    next += here;
    bytes -= here;
    left_ -= here;
    if (left_ == 0) finish();
  }
}

void ZipEntrySource::finish() {
  if (inflater_) {
    z_stream& stream = inflater_->stream;
    uint8_t beyond = 0;
    stream.next_out = &beyond;
    stream.avail_out = 1;
    // A stream that has ended says so again.
    while (inflate_some() && stream.avail_out > 0) {
    }
    if (stream.avail_out == 0) {
      fail("too long: its compressed data holds more than the directory says");
    }
    if (stream.avail_in > 0 || packed_done_ < entry_.packed_bytes) {
      fail("damaged: something follows the end of its compressed data");
    }
  }
  if (crc_ != entry_.crc) fail("damaged: its checksum is wrong");
}

}  // namespace lucid::detail
