#include "lucid/io/zip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "lucid/error.h"
#include "lucid/io/zip_format.h"

namespace lucid::detail {
namespace {

// Midnight of the first day there is, so that equal tensors give equal bytes.
constexpr uint16_t kTime = 0;
constexpr uint16_t kDate = 1 << 5 | 1;
constexpr uint16_t kVersion = 20;
constexpr uint16_t kVersion64 = 45;
constexpr uint16_t kMadeBy = 3 << 8 | kVersion64;          // Unix
constexpr uint32_t kAttributes = uint32_t{0100644} << 16;  // a plain file, rw-r--r--
constexpr int64_t kPieceBytes = 1 << 30;                   // zlib counts in 32 bits

}  // namespace

struct ZipWriter::Deflater {
  z_stream stream{};
  std::array<uint8_t, 64 * 1024> buffer;

  Deflater() {
    // 15: the largest window; negative: no header, as in archives.
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw OutOfMemoryError("save_npz: zlib has no memory");
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }
};

ZipWriter::ZipWriter(AtomicFile& file, bool compressed, int64_t zip64_from)
    : file_(file),
      zip64_from_(zip64_from),
      deflater_(compressed ? std::make_unique<Deflater>() : nullptr) {}

ZipWriter::~ZipWriter() = default;

uint16_t ZipWriter::flags() const {
  const auto above_ascii = [](char c) { return static_cast<uint8_t>(c) >= 128; };
  const std::string& name = entry_.name;
  return std::any_of(name.begin(), name.end(), above_ascii) ? zip::kUtf8 : 0;
}

uint16_t ZipWriter::method() const {
  return deflater_ ? zip::kDeflated : zip::kStored;
}

std::string ZipWriter::local_header() const {
  std::string header;
  zip::append(header, zip::kLocalSignature, entry_.wide ? kVersion64 : kVersion, flags(), method(),
              kTime, kDate, entry_.crc);
  if (entry_.wide) {
    zip::append(header, zip::kIn64, zip::kIn64);
  } else {
    zip::append(header, static_cast<uint32_t>(entry_.packed_bytes),
                static_cast<uint32_t>(entry_.bytes));
  }
  const uint16_t extra = entry_.wide ? 4 + 8 + 8 : 0;
  zip::append(header, static_cast<uint16_t>(entry_.name.size()), extra);
  header += entry_.name;
  if (entry_.wide) {
    zip::append(header, zip::kExtra64, uint16_t{8 + 8}, entry_.bytes, entry_.packed_bytes);
  }
  return header;
}

void ZipWriter::begin(const std::string& name, int64_t bytes) {
  entry_ = {name, 0, 0, bytes, file_.size(), false};
  // What cannot be compressed grows, by less than this.
  entry_.wide = needs_64(bytes + bytes / 1000 + 1024);
  const std::string header = local_header();
  file_.write(header.data(), header.size());
  if (deflater_) deflateReset(&deflater_->stream);
}

void ZipWriter::deflate_some(int flush) {
  z_stream& stream = deflater_->stream;
  do {
    stream.next_out = deflater_->buffer.data();
    stream.avail_out = static_cast<uInt>(deflater_->buffer.size());
    deflate(&stream, flush);  // cannot fail: its arguments are right and there is room
    const size_t bytes = deflater_->buffer.size() - stream.avail_out;
    file_.write(deflater_->buffer.data(), bytes);
    entry_.packed_bytes += static_cast<int64_t>(bytes);
  } while (stream.avail_out == 0);
}

void ZipWriter::write(const void* data, int64_t bytes) {
  const auto* next = static_cast<const uint8_t*>(data);
  while (bytes > 0) {
    const auto here = static_cast<uInt>(std::min(bytes, kPieceBytes));
    entry_.crc = static_cast<uint32_t>(crc32(entry_.crc, next, here));
    if (deflater_) {
      deflater_->stream.next_in = const_cast<uint8_t*>(next);
      deflater_->stream.avail_in = here;
      deflate_some(Z_NO_FLUSH);
    } else {
      file_.write(next, here);
      entry_.packed_bytes += here;
    }
    next += here;
    bytes -= here;
  }
}

void ZipWriter::end() {
  if (deflater_) deflate_some(Z_FINISH);
  const std::string header = local_header();
  file_.overwrite(header.data(), header.size(), entry_.local);
  append_to_directory();
  ++entries_;
}

void ZipWriter::append_to_directory() {
  std::string extra;
  const auto short_form = [&](int64_t number) {
    if (!needs_64(number)) return static_cast<uint32_t>(number);
    zip::append(extra, number);
    return zip::kIn64;
  };
  const uint32_t bytes = short_form(entry_.bytes);
  const uint32_t packed_bytes = short_form(entry_.packed_bytes);
  const uint32_t local = short_form(entry_.local);
  const bool wide = entry_.wide || !extra.empty();
  const auto extra_bytes = static_cast<uint16_t>(extra.empty() ? 0 : 4 + extra.size());
  zip::append(directory_, zip::kCentralSignature, kMadeBy, wide ? kVersion64 : kVersion, flags(),
              method(), kTime, kDate, entry_.crc, packed_bytes, bytes,
              static_cast<uint16_t>(entry_.name.size()), extra_bytes, uint16_t{0}, uint16_t{0},
              uint16_t{0}, kAttributes, local);
  directory_ += entry_.name;
  if (!extra.empty()) {
    zip::append(directory_, zip::kExtra64, static_cast<uint16_t>(extra.size()));
    directory_ += extra;
  }
}

void ZipWriter::finish() {
  const int64_t start = file_.size();
  const auto bytes = static_cast<int64_t>(directory_.size());
  const bool wide = needs_64(start) || needs_64(bytes) ||
                    entries_ >= std::min<int64_t>(zip64_from_, zip::kIn64Short);
  std::string& text = directory_;
  if (wide) {
    zip::append(text, zip::kEnd64Signature, zip::kEnd64Bytes - 12, kMadeBy, kVersion64, uint32_t{0},
                uint32_t{0}, entries_, entries_, bytes, start);
    zip::append(text, zip::kLocator64Signature, uint32_t{0}, start + bytes, uint32_t{1});
  }
  const auto entries = wide ? zip::kIn64Short : static_cast<uint16_t>(entries_);
  zip::append(text, zip::kEndSignature, uint16_t{0}, uint16_t{0}, entries, entries,
              wide ? zip::kIn64 : static_cast<uint32_t>(bytes),
              wide ? zip::kIn64 : static_cast<uint32_t>(start), uint16_t{0});
  file_.write(text.data(), text.size());
}

}  // namespace lucid::detail
