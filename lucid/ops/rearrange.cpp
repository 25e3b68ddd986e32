#include "lucid/ops/rearrange.h"

#include <algorithm>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

constexpr int64_t parallel_grain = 8192;

// Index i of dimension `dim` comes from index (first + direction * i) modulo the size.
Tensor renumber(const Tensor& x, size_t dim, int64_t first, int64_t direction) {
  Tensor result = allocate(x.shape(), x.dtype(), x.device());
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor source = contiguous(x);
  const Split split = split_at(x.shape(), dim);
  const auto width = static_cast<int64_t>(element_size(x.dtype())) * split.inner;
  const std::byte* from = source.bytes();
  std::byte* to = result.bytes();
  parallel_for(split.outer * split.size, std::max<int64_t>(1, parallel_grain / split.inner),
               [&](int64_t begin, int64_t end) {
                 for (int64_t row = begin; row < end; ++row) {
                   const int64_t i = (first + direction * (row % split.size)) % split.size;
                   std::copy_n(from + (row / split.size * split.size + i) * width, width,
                               to + row * width);
                 }
               });
  return result;
}

// Columns [begin, end) of each row are kept: those up to the diagonal, or from it on.
Tensor triangle(const char* operation, const Tensor& x, int64_t diagonal, bool lower) {
  if (x.dim() < 2) {
    throw ShapeError(
        message(operation, ": expected at least two dimensions, got shape ", x.shape()));
  }
  Tensor result = allocate(x.shape(), x.dtype(), x.device());
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor source = contiguous(x);
  const int64_t rows = x.shape(-2);
  const int64_t columns = x.shape(-1);
  // Nearer ones than these already keep everything or nothing, and sums of them cannot overflow.
  const int64_t shift = std::clamp(diagonal, -rows - 1, columns + 1);
  const auto width = static_cast<int64_t>(element_size(x.dtype()));
  const std::byte* from = source.bytes();
  std::byte* to = result.bytes();
  parallel_for(result.numel() / columns, std::max<int64_t>(1, parallel_grain / columns),
               [&](int64_t begin, int64_t end) {
                 for (int64_t row = begin; row < end; ++row) {
                   const int64_t cut = row % rows + shift + (lower ? 1 : 0);
                   const int64_t at = std::clamp<int64_t>(cut, 0, columns) * width;
                   const std::byte* old = from + row * columns * width;
                   std::byte* made = to + row * columns * width;
                   const int64_t all = columns * width;
                   std::copy(old + (lower ? 0 : at), old + (lower ? at : all),
                             made + (lower ? 0 : at));
                   std::fill(made + (lower ? at : 0), made + (lower ? all : at), std::byte{0});
                 }
               });
  return result;
}

}  // namespace

Tensor flip(const Tensor& x, const Dims& dims) {
  if (dims.empty()) return clone(x);
  const size_t rank = x.shape().size();
  const DimMask mask = dim_mask("flip", dims, rank);
  Tensor result = x;
  for (size_t d = 0; d < rank; ++d) {
    if (mask.reduced[d]) result = renumber(result, d, x.shape()[d] - 1, -1);
  }
  return rank == 0 ? clone(x) : result;
}

Tensor roll(const Tensor& x, const Shape& shifts, const Dims& dims) {
  if (shifts.empty() || shifts.size() != dims.size()) {
    throw ValueError(message("roll: expected as many shifts as dims, at least one, got ", shifts,
                             " and ", dims));
  }
  if (x.dim() == 0) throw IndexError("roll: a scalar has no dimension to roll");
  Tensor result = x;
  for (size_t i = 0; i < dims.size(); ++i) {
    const size_t d = normalize_dim("roll", dims[i], x.shape().size());
    const int64_t size = std::max<int64_t>(x.shape()[d], 1);
    const int64_t shift = shifts[i] % size;
    result = renumber(result, d, shift > 0 ? size - shift : -shift, 1);
  }
  return result;
}

Tensor tril(const Tensor& x, int64_t diagonal) {
  return triangle("tril", x, diagonal, true);
}

Tensor triu(const Tensor& x, int64_t diagonal) {
  return triangle("triu", x, diagonal, false);
}

}  // namespace lucid::ops
