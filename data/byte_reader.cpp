#include "data/byte_reader.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::data::detail {

using lucid::detail::message;

namespace {
constexpr size_t kBufferBytes = 64 * 1024;
}

// zlib's own file functions would take trailing garbage for the end of the file.
struct ByteReader::Inflater {
  z_stream stream{};
  bool inside = true;  ///< of a gzip member that has not ended

  Inflater() {
    // 15: the largest window; 16: gzip alone.
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
      throw OutOfMemoryError("ByteReader: zlib has no memory");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

ByteReader::ByteReader(const char* operation, const std::string& path)
    : file_(operation, path), buffer_(new uint8_t[kBufferBytes]) {
  refill();
  compressed_ = filled_ >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b;
  if (compressed_) inflater_ = std::make_unique<Inflater>();
}

ByteReader::~ByteReader() = default;

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

size_t ByteReader::read_inflated(uint8_t* to, size_t bytes) {
  z_stream& stream = inflater_->stream;
  size_t done = 0;
  while (done < bytes) {
    if (position_ == filled_) refill();
    if (position_ == filled_) {
      if (inflater_->inside) fail("truncated: the compressed data ends too early");
      break;
    }
    if (!inflater_->inside) {  // more after the end of a member must be another member
      inflateReset(&stream);
      inflater_->inside = true;
    }
    const size_t wanted = std::min(bytes - done, size_t{1} << 30);
    stream.next_in = buffer_.get() + position_;
    stream.avail_in = static_cast<uInt>(filled_ - position_);
    stream.next_out = to + done;
    stream.avail_out = static_cast<uInt>(wanted);
    const int status = inflate(&stream, Z_NO_FLUSH);
    position_ = filled_ - stream.avail_in;
    done += wanted - stream.avail_out;
    if (status == Z_STREAM_END) {
      inflater_->inside = false;
    } else if (status == Z_MEM_ERROR) {
      throw OutOfMemoryError("ByteReader: zlib has no memory");
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fail(message("damaged: the compressed data is not valid gzip",
                   stream.msg ? std::string(" (") + stream.msg + ")" : std::string()));
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
