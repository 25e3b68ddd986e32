// Internal: how many bytes a stranger's shape asks for.
#pragma once

#include "lucid/shape.h"

namespace lucid::detail {

/// The bytes of a row-major array, or -1 where the product of the element size and those sizes that
/// are not 0 does not fit 63 bits: then not even the strides of an empty array can be told.
/// No size may be negative.
inline int64_t byte_size(const Shape& shape, int64_t element_bytes) noexcept {
  int64_t bytes = element_bytes;
  bool zero = false;
  for (const int64_t size : shape) {
    zero = zero || size == 0;
    if (size != 0 && __builtin_mul_overflow(bytes, size, &bytes)) return -1;
  }
  return zero ? 0 : bytes;
}

}  // namespace lucid::detail
