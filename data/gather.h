// Internal: moving rows of tensors as bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::data::detail {

/// Rows of the first dimension, copied in the order of `indices`, which the caller has checked.
/// `source` must be contiguous.
Tensor gather_rows(const Tensor& source, const std::vector<int64_t>& indices);

/// `shape` with one more size in front.
Shape with_leading(int64_t size, const Shape& shape);
/// `shape` without its first size.
Shape without_leading(const Shape& shape);

/// The least number of rows that is worth a thread of its own.
int64_t rows_per_thread(int64_t row_bytes);

}  // namespace lucid::data::detail
