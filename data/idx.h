// The IDX format of the original MNIST files.
#pragma once

#include <string>

#include "lucid/tensor.h"

namespace lucid::data {

/// Reads an IDX file, plain or gzip-compressed (told by its content, not its name).
/// https://yann.lecun.com/exdb/mnist
///
/// Unsigned bytes give uint8; signed bytes, shorts and ints give int32; floats float32 and doubles
/// float64. Files of 1 to 8 dimensions are read.
///
/// No size in the file is believed before that much data has arrived, so that a lying header costs
/// no memory.
/// @throws IOError naming the file if it is missing, unreadable, truncated, longer than its header
///     says, or no IDX file.
Tensor read_idx(const std::string& path);

/// What an IDX file says it holds.
struct IdxHeader {
  DType dtype;  ///< as read_idx would give it
  Shape shape;
};

/// Reads the header alone, to refuse a file before its data is read.
/// @throws IOError as read_idx does for a header, and for a plain file that is not as long as it
/// says
IdxHeader read_idx_header(const std::string& path);

}  // namespace lucid::data
