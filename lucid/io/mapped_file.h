// Internal: tensors that lie in a file's pages instead of memory of their own.
#pragma once

#include "lucid/intrusive_ptr.h"
#include "lucid/io/input_file.h"
#include "lucid/tensor.h"

namespace lucid::detail {

/// A whole file in memory, private and copy-on-write: what is written there never reaches the file.
/// The pages stay for as long as the last of its tensors.
class MappedFile final : public RefCounted {
 public:
  /// @throws IOError if the system cannot map it.
  explicit MappedFile(const InputFile& file);
  ~MappedFile() override;

  /// True if an element of that many bytes may start at this position.
  static bool aligned(int64_t position, int64_t element_bytes) noexcept {
    return position % element_bytes == 0;
  }

  /// A row-major tensor over the bytes from `position`. The caller vouches for the bounds, the
  /// alignment, and that the bytes are values of that type.
  Tensor tensor(int64_t position, const Shape& shape, DType dtype);

 private:
  void* start_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace lucid::detail
