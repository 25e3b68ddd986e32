// Zip archives made by hand, so that every field of them can lie.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace lucid::test {

template <class T>
std::string little_endian(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// The bytes as a raw deflate stream.
inline std::string deflated(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate");
  return packed;
}

/// One of the two headers of an entry.
struct ZipHeader {
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint32_t packed_bytes = 0;
  uint32_t bytes = 0;
  std::string name;
  std::string extra;
};

struct ZipPart {
  ZipHeader local;
  std::string packed;
  std::string after;  ///< between the packed bytes and the next header
  ZipHeader central;
  uint32_t astray = 0;  ///< how far from its local header the directory points
  uint16_t disk = 0;
};

inline ZipPart zip_part(const std::string& name, const std::string& bytes, bool packed = false) {
  ZipHeader header;
  header.name = name;
  header.method = packed ? 8 : 0;
  header.crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
  const std::string data = packed ? deflated(bytes) : bytes;
  header.packed_bytes = static_cast<uint32_t>(data.size());
  header.bytes = static_cast<uint32_t>(bytes.size());
  return {header, data, "", header, 0, 0};
}

inline std::string fields(const ZipHeader& header) {
  return little_endian(header.flags) + little_endian(header.method) + little_endian(uint32_t{33}) +
         little_endian(header.crc) + little_endian(header.packed_bytes) +
         little_endian(header.bytes) + little_endian(static_cast<uint16_t>(header.name.size())) +
         little_endian(static_cast<uint16_t>(header.extra.size()));
}

/// An archive in the making: its parts laid out, each of its pieces free to be changed.
struct Zip {
  std::string body;
  std::string directory;
  uint16_t entries = 0;
  std::string before_end;
  std::string comment;

  std::string end() const {
    return "PK\5\6" + std::string(4, '\0') + little_endian(entries) + little_endian(entries) +
           little_endian(static_cast<uint32_t>(directory.size())) +
           little_endian(static_cast<uint32_t>(body.size())) +
           little_endian(static_cast<uint16_t>(comment.size())) + comment;
  }
  std::string bytes() const { return body + directory + before_end + end(); }
};

/// Appends a part to the body and to the directory.
inline void add(Zip& zip, const ZipPart& part) {
  zip.directory += "PK\1\2" + little_endian(uint32_t{20}) + fields(part.central) +
                   std::string(2, '\0') + little_endian(part.disk) + std::string(6, '\0') +
                   little_endian(static_cast<uint32_t>(zip.body.size()) + part.astray) +
                   part.central.name + part.central.extra;
  zip.body += "PK\3\4" + little_endian(uint16_t{20}) + fields(part.local) + part.local.name +
              part.local.extra + part.packed + part.after;
  ++zip.entries;
}

inline Zip zip_of(const std::vector<ZipPart>& parts) {
  Zip zip;
  for (const ZipPart& part : parts) add(zip, part);
  return zip;
}

}  // namespace lucid::test
