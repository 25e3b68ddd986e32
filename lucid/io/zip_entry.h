// Internal: the bytes of one entry of a zip archive, unpacked on the way.
#pragma once

#include <memory>

#include "lucid/io/byte_source.h"
#include "lucid/io/zip_directory.h"

namespace lucid::detail {

class ZipEntrySource final : public ByteSource {
 public:
  /// File and entry must outlive it.
  ZipEntrySource(const InputFile& file, const ZipEntry& entry);
  ~ZipEntrySource() override;

  int64_t left() const noexcept override { return left_; }
  void read(void* to, int64_t bytes) override;

 private:
  struct Inflater;

  void read_inflated(uint8_t* to, int64_t bytes);
  bool inflate_some();
  void refill();
  void finish();

  const ZipEntry& entry_;
  int64_t left_;
  int64_t packed_done_ = 0;
  uint32_t crc_ = 0;
  std::unique_ptr<Inflater> inflater_;  ///< null if the entry is stored
};

}  // namespace lucid::detail
