#include "lucid/io/zip_end.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "lucid/io/zip_format.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

// The record's position: the last place from which a comment of its length reaches the end.
int64_t find_end(const InputFile& file) {
  constexpr int64_t kLongestComment = 0xffff;
  const int64_t bytes = std::min(file.size(), zip::kEndBytes + kLongestComment);
  std::vector<uint8_t> tail(static_cast<size_t>(bytes));
  file.read(tail.data(), bytes, file.size() - bytes);
  for (int64_t at = bytes - zip::kEndBytes; at >= 0; --at) {
    zip::Reader signature(tail.data() + at);
    if (signature.take<uint32_t>() != zip::kEndSignature) continue;
    zip::Reader comment(tail.data() + at + zip::kEndBytes - 2);
    if (comment.take<uint16_t>() == bytes - at - zip::kEndBytes) return file.size() - bytes + at;
  }
  file.fail("not a zip archive, or truncated: no end of a directory was found");
}

// Numbers of the record, 64 bits wide whichever kind it is.
struct Record {
  uint64_t entries_here;
  uint64_t entries;
  uint64_t directory_bytes;
  uint64_t directory;
};

[[noreturn]] void fail_parts(const InputFile& file) {
  file.fail("the archive is one part of several");
}

Record read_record(const InputFile& file, int64_t position) {
  std::array<uint8_t, zip::kEndBytes> bytes{};
  file.read(bytes.data(), zip::kEndBytes, position);
  zip::Reader reader(bytes.data() + 4);
  const auto disk = reader.take<uint16_t>();
  const auto directory_disk = reader.take<uint16_t>();
  if (disk != 0 || directory_disk != 0) fail_parts(file);
  Record record{};
  record.entries_here = reader.take<uint16_t>();
  record.entries = reader.take<uint16_t>();
  record.directory_bytes = reader.take<uint32_t>();
  record.directory = reader.take<uint32_t>();
  return record;
}

// The position of the zip64 record, if something points to one.
std::optional<int64_t> find_end64(const InputFile& file, int64_t end) {
  const int64_t locator = end - zip::kLocator64Bytes;
  if (locator < zip::kEnd64Bytes) return std::nullopt;
  std::array<uint8_t, zip::kLocator64Bytes> bytes{};
  file.read(bytes.data(), zip::kLocator64Bytes, locator);
  zip::Reader reader(bytes.data());
  if (reader.take<uint32_t>() != zip::kLocator64Signature) return std::nullopt;
  const auto disk = reader.take<uint32_t>();
  const auto position = reader.take<uint64_t>();
  const auto disks = reader.take<uint32_t>();
  if (disk != 0 || disks > 1) fail_parts(file);
  if (position > static_cast<uint64_t>(locator - zip::kEnd64Bytes)) {
    file.fail("damaged: its zip64 end of directory is not where it should be");
  }
  return static_cast<int64_t>(position);
}

Record read_record64(const InputFile& file, int64_t position, int64_t locator) {
  std::array<uint8_t, zip::kEnd64Bytes> bytes{};
  file.read(bytes.data(), zip::kEnd64Bytes, position);
  zip::Reader reader(bytes.data());
  const auto signature = reader.take<uint32_t>();
  const auto rest = reader.take<uint64_t>();
  if (signature != zip::kEnd64Signature ||
      rest != static_cast<uint64_t>(locator - position - 4 - 8)) {
    file.fail("damaged: its zip64 end of directory is malformed");
  }
  reader.skip(2 + 2);  // versions
  const auto disk = reader.take<uint32_t>();
  const auto directory_disk = reader.take<uint32_t>();
  if (disk != 0 || directory_disk != 0) fail_parts(file);
  Record record{};
  record.entries_here = reader.take<uint64_t>();
  record.entries = reader.take<uint64_t>();
  record.directory_bytes = reader.take<uint64_t>();
  record.directory = reader.take<uint64_t>();
  return record;
}

// A number of the short record is that of the long one, or says that it is there.
bool agree(uint64_t brief, uint64_t full, uint64_t in_64) {
  return brief == full || brief == in_64;
}

}  // namespace

ZipEnd read_zip_end(const InputFile& file) {
  int64_t directory_end = find_end(file);
  Record record = read_record(file, directory_end);
  if (const std::optional<int64_t> end64 = find_end64(file, directory_end)) {
    const Record full = read_record64(file, *end64, directory_end - zip::kLocator64Bytes);
    if (!agree(record.entries_here, full.entries_here, zip::kIn64Short) ||
        !agree(record.entries, full.entries, zip::kIn64Short) ||
        !agree(record.directory_bytes, full.directory_bytes, zip::kIn64) ||
        !agree(record.directory, full.directory, zip::kIn64)) {
      file.fail("damaged: its two ends of the directory differ");
    }
    record = full;
    directory_end = *end64;
  }
  if (record.entries != record.entries_here) fail_parts(file);
  const auto limit = static_cast<uint64_t>(directory_end);
  if (record.directory > limit || record.directory_bytes != limit - record.directory) {
    file.fail(message("damaged: its directory should have ", record.directory_bytes,
                      " bytes from position ", record.directory, ", but its end begins at ",
                      directory_end));
  }
  if (record.entries > record.directory_bytes / zip::kCentralBytes) {
    file.fail(message("damaged: a directory of ", record.directory_bytes, " bytes cannot have ",
                      record.entries, " entries"));
  }
  return {static_cast<int64_t>(record.directory), static_cast<int64_t>(record.directory_bytes),
          static_cast<int64_t>(record.entries)};
}

}  // namespace lucid::detail
