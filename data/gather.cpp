#include "data/gather.h"

#include <algorithm>
#include <cstring>

#include "lucid/ops/common.h"
#include "lucid/parallel.h"

namespace lucid::data::detail {

Shape with_leading(int64_t size, const Shape& shape) {
  Shape result = shape;
  result.insert(0, size);
  return result;
}

Shape without_leading(const Shape& shape) {
  Shape result = shape;
  result.erase(0);
  return result;
}

int64_t rows_per_thread(int64_t row_bytes) {
  // Starting a thread costs about as much as copying this much memory.
  constexpr int64_t kWorthAThread = 64 * 1024;
  return kWorthAThread / std::max<int64_t>(row_bytes, 1) + 1;
}

Tensor gather_rows(const Tensor& source, const std::vector<int64_t>& indices) {
  const auto count = static_cast<int64_t>(indices.size());
  const Shape row = without_leading(source.shape());
  Tensor result = ops::allocate(with_leading(count, row), source.dtype());
  const int64_t row_bytes = row.numel() * static_cast<int64_t>(element_size(source.dtype()));
  const std::byte* from = source.bytes();
  std::byte* to = result.bytes();
  if (!to) return result;
  parallel_for(count, rows_per_thread(row_bytes), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::memcpy(to + i * row_bytes, from + indices[static_cast<size_t>(i)] * row_bytes,
                  static_cast<size_t>(row_bytes));
    }
  });
  return result;
}

}  // namespace lucid::data::detail
