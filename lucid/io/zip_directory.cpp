#include "lucid/io/zip_directory.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "lucid/io/find_duplicate.h"
#include "lucid/io/text.h"
#include "lucid/io/zip_end.h"
#include "lucid/io/zip_format.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

// What the directory and the header before an entry's bytes both say.
struct Header {
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint64_t packed_bytes = 0;
  uint64_t bytes = 0;
  uint64_t local = 0;  ///< where the header before the bytes is; only the directory says it
  std::string name;
};

[[noreturn]] void fail(const InputFile& file, const Header& header, const std::string& what) {
  file.fail(message("entry ", in_quotes(header.name), ": ", what));
}

// Replaces those fields that say so by 64-bit ones of the extra field, in this order.
void read_extra(const InputFile& file, Header& header, const uint8_t* extra, int64_t bytes) {
  uint64_t* fields[] = {&header.bytes, &header.packed_bytes, &header.local};
  while (bytes > 0) {
    if (bytes < 4) fail(file, header, "its extra field is malformed");
    zip::Reader reader(extra);
    const auto id = reader.take<uint16_t>();
    int64_t size = reader.take<uint16_t>();
    if (size > bytes - 4) fail(file, header, "its extra field is malformed");
    extra += 4 + size;
    bytes -= 4 + size;
    if (id != zip::kExtra64) continue;
    for (uint64_t*& field : fields) {
      if (!field || *field != zip::kIn64) continue;
      if (size < 8) fail(file, header, "its zip64 sizes are cut off");
      *field = reader.take<uint64_t>();
      field = nullptr;  // a second extra field has no say
      size -= 8;
    }
  }
}

// One entry of the directory at `next`; returns how many bytes it takes.
int64_t read_central(const InputFile& file, const uint8_t* next, int64_t left, Header& header) {
  zip::Reader reader(next);
  if (left < zip::kCentralBytes || reader.take<uint32_t>() != zip::kCentralSignature) {
    file.fail("damaged: an entry of its directory is malformed");
  }
  reader.skip(2 + 2);  // versions
  header.flags = reader.take<uint16_t>();
  header.method = reader.take<uint16_t>();
  reader.skip(2 + 2);  // time and date
  header.crc = reader.take<uint32_t>();
  header.packed_bytes = reader.take<uint32_t>();
  header.bytes = reader.take<uint32_t>();
  const int64_t name = reader.take<uint16_t>();
  const int64_t extra = reader.take<uint16_t>();
  const int64_t comment = reader.take<uint16_t>();
  const auto disk = reader.take<uint16_t>();
  reader.skip(2 + 4);  // attributes
  header.local = reader.take<uint32_t>();
  const int64_t total = zip::kCentralBytes + name + extra + comment;
  if (total > left) file.fail("damaged: an entry of its directory is cut off");
  header.name.assign(reinterpret_cast<const char*>(next) + zip::kCentralBytes,
                     static_cast<size_t>(name));
  if (disk != 0) fail(file, header, "it is in another part of the archive");
  read_extra(file, header, next + zip::kCentralBytes + name, extra);
  return total;
}

void check_central(const InputFile& file, const Header& header) {
  if (header.flags & (zip::kEncrypted | zip::kStronglyEncrypted | zip::kMasked)) {
    fail(file, header, "it is encrypted");
  }
  if (header.flags & zip::kPatch) fail(file, header, "it is a patch");
  if (header.method != zip::kStored && header.method != zip::kDeflated) {
    fail(file, header,
         message("unknown compression method ", header.method,
                 ", expected 0 (stored) or 8 (deflated)"));
  }
  const auto above_ascii = [](char c) { return static_cast<uint8_t>(c) >= 128; };
  const std::string& name = header.name;
  if (name.find('\0') != std::string::npos || !is_utf8(name) ||
      (!(header.flags & zip::kUtf8) && std::any_of(name.begin(), name.end(), above_ascii))) {
    fail(file, header, "its name is not text in UTF-8");
  }
  // Deflate makes at most 258 bytes of two bits. Nothing here overflows.
  constexpr uint64_t kMostExpansion = 1032;
  const auto most = static_cast<uint64_t>(file.size());
  const bool fits =
      header.packed_bytes <= most && header.bytes <= uint64_t{INT64_MAX} &&
      (header.method == zip::kStored ? header.bytes == header.packed_bytes
                                     : header.bytes / kMostExpansion <= header.packed_bytes);
  if (!fits) {
    fail(file, header,
         message("its ", header.packed_bytes, " bytes of a file of ", most, " cannot hold the ",
                 header.bytes, " bytes it should have"));
  }
}

// The header before an entry's bytes; returns where the bytes begin.
int64_t read_local(const InputFile& file, const Header& central, int64_t limit, Header& local) {
  const auto position = static_cast<int64_t>(central.local);
  std::array<uint8_t, zip::kLocalBytes> bytes{};
  if (central.local > static_cast<uint64_t>(limit) || limit - position < zip::kLocalBytes) {
    fail(file, central, "its header lies outside of the archive");
  }
  file.read(bytes.data(), zip::kLocalBytes, position);
  zip::Reader reader(bytes.data());
  if (reader.take<uint32_t>() != zip::kLocalSignature) {
    fail(file, central, "there is no header where the directory says");
  }
  reader.skip(2);  // version
  local.flags = reader.take<uint16_t>();
  local.method = reader.take<uint16_t>();
  reader.skip(2 + 2);  // time and date
  local.crc = reader.take<uint32_t>();
  local.packed_bytes = reader.take<uint32_t>();
  local.bytes = reader.take<uint32_t>();
  const int64_t name = reader.take<uint16_t>();
  const int64_t extra = reader.take<uint16_t>();
  if (name + extra > limit - position - zip::kLocalBytes) {
    fail(file, central, "its header is cut off");
  }
  std::vector<uint8_t> rest(static_cast<size_t>(name + extra));
  file.read(rest.data(), name + extra, position + zip::kLocalBytes);
  local.name.assign(reinterpret_cast<const char*>(rest.data()), static_cast<size_t>(name));
  read_extra(file, local, rest.data() + name, extra);
  return position + zip::kLocalBytes + name + extra;
}

void check_agreement(const InputFile& file, const Header& central, const Header& local) {
  // A writer that cannot go back leaves the numbers out, and puts them behind the bytes.
  const bool later = central.flags & zip::kDescriptorFollows;
  const auto same = [&](uint64_t a, uint64_t b) { return a == b || (later && b == 0); };
  if (central.name != local.name || central.flags != local.flags ||
      central.method != local.method || !same(central.crc, local.crc) ||
      !same(central.packed_bytes, local.packed_bytes) || !same(central.bytes, local.bytes)) {
    fail(file, central, "the directory and the header before its bytes differ");
  }
}

// What follows the bytes of an entry whose header left the numbers out; returns its size.
int64_t read_descriptor(const InputFile& file, const Header& header, int64_t position,
                        int64_t limit) {
  constexpr int64_t kMost = 4 + 4 + 8 + 8;
  std::string found(static_cast<size_t>(std::min(kMost, limit - position)), '\0');
  file.read(found.data(), static_cast<int64_t>(found.size()), position);
  for (const bool with_signature : {true, false}) {
    for (const bool wide : {true, false}) {
      std::string expected;
      if (with_signature) zip::append(expected, zip::kDescriptorSignature);
      zip::append(expected, header.crc);
      if (wide) {
        zip::append(expected, header.packed_bytes, header.bytes);
      } else {
        zip::append(expected, static_cast<uint32_t>(header.packed_bytes),
                    static_cast<uint32_t>(header.bytes));
      }
      if (found.starts_with(expected)) return static_cast<int64_t>(expected.size());
    }
  }
  fail(file, header, "the numbers behind its bytes are not those of the directory");
}

// Where an entry begins and ends in the file, headers included.
struct Range {
  int64_t begin;
  int64_t end;
};

Range locate(const InputFile& file, const Header& central, int64_t limit, ZipEntry& entry) {
  Header local;
  entry.position = read_local(file, central, limit, local);
  check_agreement(file, central, local);
  entry.name = central.name;
  entry.deflated = central.method == zip::kDeflated;
  entry.crc = central.crc;
  entry.packed_bytes = static_cast<int64_t>(central.packed_bytes);
  entry.bytes = static_cast<int64_t>(central.bytes);
  if (entry.packed_bytes > limit - entry.position) {
    fail(file, central, "its bytes reach into the directory");
  }
  int64_t end = entry.position + entry.packed_bytes;
  if (central.flags & zip::kDescriptorFollows) end += read_descriptor(file, central, end, limit);
  return {static_cast<int64_t>(central.local), end};
}

void check_overlap(const InputFile& file, const std::vector<ZipEntry>& entries,
                   const std::vector<Range>& ranges) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return ranges[a].begin < ranges[b].begin; });
  for (size_t i = 1; i < order.size(); ++i) {
    if (ranges[order[i]].begin < ranges[order[i - 1]].end) {
      file.fail(message("entry ", in_quotes(entries[order[i]].name), ": it overlaps entry ",
                        in_quotes(entries[order[i - 1]].name)));
    }
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(const InputFile& file) {
  const ZipEnd end = read_zip_end(file);
  std::vector<uint8_t> bytes(static_cast<size_t>(end.directory_bytes));
  file.read(bytes.data(), end.directory_bytes, end.directory);
  std::vector<ZipEntry> entries(static_cast<size_t>(end.entries));
  std::vector<Range> ranges;
  ranges.reserve(entries.size());
  int64_t done = 0;
  for (ZipEntry& entry : entries) {
    Header central;
    done += read_central(file, bytes.data() + done, end.directory_bytes - done, central);
    check_central(file, central);
    ranges.push_back(locate(file, central, end.directory, entry));
  }
  if (done != end.directory_bytes) {
    file.fail("damaged: its directory has more bytes than its entries take");
  }
  const std::string* twice = find_duplicate(
      entries, [](const ZipEntry& entry) -> auto& { return entry.name; });
  if (twice) file.fail(message("entry ", in_quotes(*twice), " is there twice"));
  check_overlap(file, entries, ranges);
  return entries;
}

}  // namespace lucid::detail
