// Reading and adding at positions given by tensors
// (https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops).
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// The slices of x at the positions in `index` (rank 1, int64). @throws IndexError
Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index);
/// Zeros of `shape` to which the slices of `source` are added at the positions in `index`.
Tensor index_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source);
/// out[i][j] = x[index[i][j]][j] for dim 0, and so on; out has the shape of index (int64).
/// @throws IndexError, ShapeError if index is larger than x outside of dim.
Tensor gather(const Tensor& x, int64_t dim, const Tensor& index);
/// Zeros of `shape` to which `source` is added at the places gather() would read.
Tensor scatter_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source);
/// Zeros of `shape` with x at positions start, start + step, ... of dim: the adjoint of slice().
Tensor embed(const Tensor& x, const Shape& shape, int64_t dim, int64_t start, int64_t step);

}  // namespace lucid
