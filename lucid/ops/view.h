// Other shapes of the same memory. None of these copies.
#pragma once

#include <optional>

#include "lucid/tensor.h"

namespace lucid::ops {

/// `shape` with a -1 replaced by what the other sizes leave.
/// @throws ShapeError if the number of elements differs or two sizes are -1.
Shape infer_shape(const char* operation, const Shape& shape, int64_t numel);

/// The strides that show memory of (shape, strides) as `target`, if any do.
std::optional<Strides> view_strides(const Shape& shape, const Strides& strides,
                                    const Shape& target);

Tensor permute(const Tensor& x, const Shape& dims);
/// The permutation that undoes `dims`.
Shape inverse_permutation(const Shape& dims);
/// 0, 1, ... rank - 1
Shape identity_permutation(size_t rank);
Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1);
/// Drops the named dimensions (all, if none is named) that have size 1.
Tensor squeeze(const Tensor& x, const Dims& dims);
Tensor unsqueeze(const Tensor& x, int64_t dim);
Tensor expand(const Tensor& x, const Shape& shape, const char* operation = "expand");
/// The strides of x seen as `shape`, to which it must broadcast.
Strides expanded_strides(const Tensor& x, const Shape& shape) noexcept;
Tensor select(const Tensor& x, int64_t dim, int64_t index);
/// Half-open range with NumPy's treatment of negative and missing bounds. step >= 1.
Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end,
             int64_t step);
/// @throws IndexError if [start, start + length) leaves the dimension.
Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length);
/// Overlapping windows along dim, in a new last dimension.
Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step);
/// x[i][i + offset] of two dimensions, in a new last one.
Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2);
/// The same memory as a tensor of its own, unknown to the tape.
Tensor alias(const Tensor& x);

}  // namespace lucid::ops
