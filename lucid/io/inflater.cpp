#include "lucid/io/inflater.h"

#include <zlib.h>

#include <algorithm>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

constexpr int kLargestWindow = 15;
constexpr int kGzipAlone = 16;

[[noreturn]] void fail_without_memory(const char* operation) {
  throw OutOfMemoryError(message(operation, ": zlib has no memory"));
}

}  // namespace

Inflater::Inflater(const char* operation, Format format)
    : operation_(operation), stream_(new z_stream_s{}) {
  // A negative window is one without a header.
  const int window = format == Format::raw ? -kLargestWindow : kLargestWindow + kGzipAlone;
  if (inflateInit2(stream_.get(), window) != Z_OK) fail_without_memory(operation_);
}

Inflater::~Inflater() {
  inflateEnd(stream_.get());
}

void Inflater::give(const uint8_t* bytes, size_t count) noexcept {
  stream_->next_in = const_cast<uint8_t*>(bytes);
  stream_->avail_in = static_cast<uInt>(count);
}

size_t Inflater::unused() const noexcept {
  return stream_->avail_in;
}

size_t Inflater::inflate(uint8_t* to, size_t bytes) {
  const auto wanted = static_cast<uInt>(std::min(bytes, size_t{1} << 30));
  stream_->next_out = to;
  stream_->avail_out = wanted;
  const int status = ::inflate(stream_.get(), Z_NO_FLUSH);
  if (status == Z_MEM_ERROR) fail_without_memory(operation_);
  ended_ = status == Z_STREAM_END;
  // Z_BUF_ERROR: there are no bytes to go on with.
  damaged_ = !ended_ && status != Z_OK && status != Z_BUF_ERROR;
  return wanted - stream_->avail_out;
}

std::string Inflater::why() const {
  return stream_->msg ? message(" (", stream_->msg, ")") : "";
}

void Inflater::restart() noexcept {
  inflateReset(stream_.get());
  ended_ = false;
}

}  // namespace lucid::detail
