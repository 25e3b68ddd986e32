#include "data/byte_reader.h"

#include <algorithm>
#include <cstring>

namespace lucid::data::detail {

using lucid::detail::Inflater;

namespace {
constexpr size_t kBufferBytes = 64 * 1024;
}

ByteReader::ByteReader(const char* operation, const std::string& path)
    : file_(operation, path), buffer_(new uint8_t[kBufferBytes]) {
  refill();
  compressed_ = filled_ >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b;
  if (compressed_) inflater_.emplace(operation, Inflater::Format::gzip);
}

size_t ByteReader::read_file(uint8_t* to, size_t bytes) {
  const int64_t got = std::min(static_cast<int64_t>(bytes), file_.size() - file_position_);
  file_.read(to, got, file_position_);
  file_position_ += got;
  return static_cast<size_t>(got);
}

void ByteReader::refill() {
  position_ = 0;
  filled_ = read_file(buffer_.get(), kBufferBytes);
}

// zlib's own file functions would take trailing garbage for the end of the file.
size_t ByteReader::read_inflated(uint8_t* to, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    if (position_ == filled_) refill();
    if (position_ == filled_) {
      if (!inflater_->ended()) fail("truncated: the compressed data ends too early");
      break;
    }
    if (inflater_->ended()) inflater_->restart();  // what follows a member must be another
    inflater_->give(buffer_.get() + position_, filled_ - position_);
    done += inflater_->inflate(to + done, bytes - done);
    position_ = filled_ - inflater_->unused();
    if (inflater_->damaged()) {
      fail("damaged: the compressed data is not valid gzip" + inflater_->why());
    }
  }
  return done;
}

size_t ByteReader::read(void* to, size_t bytes) {
  auto* next = static_cast<uint8_t*>(to);
  if (compressed_) return read_inflated(next, bytes);
  const size_t buffered = std::min(bytes, filled_ - position_);
  std::memcpy(next, buffer_.get() + position_, buffered);
  position_ += buffered;
  return buffered + read_file(next + buffered, bytes - buffered);
}

}  // namespace lucid::data::detail
