// Internal: the bytes of one entry of a zip archive, unpacked on the way.
#pragma once

#include <memory>
#include <optional>

#include "lucid/io/byte_source.h"
#include "lucid/io/inflater.h"
#include "lucid/io/zip_directory.h"

namespace lucid::detail {

class ZipEntrySource final : public ByteSource {
 public:
  /// File and entry must outlive it.
  ZipEntrySource(const InputFile& file, const ZipEntry& entry);

  int64_t left() const noexcept override { return left_; }
  void read(void* to, int64_t bytes) override;

 private:
  void read_inflated(uint8_t* to, int64_t bytes);
  int64_t inflate_some(uint8_t* to, int64_t bytes);
  void refill();
  void finish();

  const ZipEntry& entry_;
  int64_t left_;
  int64_t packed_done_ = 0;
  uint32_t crc_ = 0;
  std::optional<Inflater> inflater_;   ///< unless the entry is stored
  std::unique_ptr<uint8_t[]> buffer_;  ///< of packed bytes for it
};

}  // namespace lucid::detail
