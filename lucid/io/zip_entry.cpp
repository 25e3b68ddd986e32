#include "lucid/io/zip_entry.h"

#include <zlib.h>

#include <algorithm>

#include "lucid/io/text.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {
// Small enough that the checksum finds in the cache what was just put there.
constexpr int64_t kPieceBytes = 256 * 1024;
constexpr int64_t kBufferBytes = 64 * 1024;
}  // namespace

ZipEntrySource::ZipEntrySource(const InputFile& file, const ZipEntry& entry)
    : ByteSource(file, message("entry ", in_quotes(entry.name), ": ")),
      entry_(entry),
      left_(entry.bytes) {
  if (!entry.deflated) return;
  buffer_.reset(new uint8_t[kBufferBytes]);
  inflater_.emplace("load_npz", Inflater::Format::raw);
}

void ZipEntrySource::refill() {
  const int64_t bytes = std::min(kBufferBytes, entry_.packed_bytes - packed_done_);
  file().read(buffer_.get(), bytes, entry_.position + packed_done_);
  packed_done_ += bytes;
  inflater_->give(buffer_.get(), static_cast<size_t>(bytes));
}

// Unpacks at most so many bytes, as far as one step goes, and returns how many it were.
int64_t ZipEntrySource::inflate_some(uint8_t* to, int64_t bytes) {
  if (inflater_->unused() == 0) refill();
  const auto done = static_cast<int64_t>(inflater_->inflate(to, static_cast<size_t>(bytes)));
  if (inflater_->damaged()) {
    fail("damaged: its compressed data is not valid" + inflater_->why());
  }
  const bool has_more = inflater_->unused() > 0 || packed_done_ < entry_.packed_bytes;
  if (done == 0 && !inflater_->ended() && !has_more) {
    fail("truncated: its compressed data ends too early");
  }
  return done;
}

void ZipEntrySource::read_inflated(uint8_t* to, int64_t bytes) {
  while (bytes > 0) {
    const int64_t done = inflate_some(to, bytes);
    to += done;
    bytes -= done;
    if (bytes > 0 && inflater_->ended()) {
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
    uint8_t beyond = 0;
    while (!inflater_->ended()) {
      if (inflate_some(&beyond, 1) > 0) {
        fail("too long: its compressed data holds more than the directory says");
      }
    }
    if (inflater_->unused() > 0 || packed_done_ < entry_.packed_bytes) {
      fail("damaged: something follows the end of its compressed data");
    }
  }
  if (crc_ != entry_.crc) fail("damaged: its checksum is wrong");
}

}  // namespace lucid::detail
