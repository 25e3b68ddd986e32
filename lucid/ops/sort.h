// Values in order.
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// Values along dim in order, and where they were; equal ones stay in order. NaN is the greatest.
ValuesAndIndices sort(const Tensor& x, int64_t dim, bool descending,
                      const char* operation = "sort");
/// The first k of them.
ValuesAndIndices topk(const Tensor& x, int64_t k, int64_t dim, bool largest);

}  // namespace lucid::ops
