// Internal: an array in NumPy's format, wherever its bytes come from.
#pragma once

#include "lucid/io/byte_source.h"
#include "lucid/tensor.h"

namespace lucid::detail {

/// Reads a whole .npy file: the source must hold nothing else.
/// @throws IOError
Tensor read_npy(ByteSource& source);

}  // namespace lucid::detail
