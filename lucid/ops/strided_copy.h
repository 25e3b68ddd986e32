// The general copy between any two layouts, kept apart since xtensor is slow to compile.
#pragma once

#include <cstddef>

#include "lucid/shape.h"

namespace lucid::ops {

/// Copies elements of `element_size` bytes (1, 4 or 8); a stride of 0 repeats an element.
void strided_copy(size_t element_size, const Shape& shape, const void* source,
                  const Strides& source_strides, void* destination,
                  const Strides& destination_strides);

}  // namespace lucid::ops
