// Reading and adding at positions given by tensors
// (https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops).
#pragma once

#include <optional>

#include "lucid/tensor.h"

namespace lucid {

/// The slices of x at the positions in `index` (int64, rank 1 or 0). @throws IndexError
Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index);
/// Zeros of `shape` to which the slices of `source` are added at the positions in `index`.
Tensor index_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source);
/// x with alpha times the slices of `source` added at the positions in `index`
/// (https://pytorch.org/docs/stable/generated/torch.index_add.html).
/// @throws IndexError, ShapeError, DTypeError
Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                 Scalar alpha = 1);
/// out[i][j] = x[index[i][j]][j] for dim 0, and so on; out has the shape of index (int64).
/// @throws IndexError, ShapeError if index is larger than x outside of dim.
Tensor gather(const Tensor& x, int64_t dim, const Tensor& index);
/// Zeros of `shape` to which `source` is added at the places gather() would read.
Tensor scatter_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source);
/// x with `source` added at the places gather() would read
/// (https://pytorch.org/docs/stable/generated/torch.scatter_add.html). Of a source that is larger
/// than index the first part counts. @throws IndexError, ShapeError, DTypeError
Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
/// x with `source`, or one value, written to those places
/// (https://pytorch.org/docs/stable/generated/torch.scatter.html). Where several go to one place
/// the last one stays, and gets the gradient.
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, Scalar value);
/// x with its slices at the positions in `index` (rank 1, int64) taken from `source`
/// (https://pytorch.org/docs/stable/generated/torch.index_copy.html); the last one stays.
Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
/// gather() where x and index broadcast outside of dim; without dim from both in one dimension
/// (https://pytorch.org/docs/stable/generated/torch.take_along_dim.html).
Tensor take_along_dim(const Tensor& x, const Tensor& index,
                      std::optional<int64_t> dim = std::nullopt);
/// The values where a bool mask is true, in one dimension; both broadcast
/// (https://pytorch.org/docs/stable/generated/torch.masked_select.html). @throws DeviceError for a
/// mask on the meta device.
Tensor masked_select(const Tensor& x, const Tensor& mask);
/// The positions of what is not zero (a NaN is not), one row each, int64
/// (https://pytorch.org/docs/stable/generated/torch.nonzero.html). @throws DeviceError for meta.
Tensor nonzero(const Tensor& x);

/// The rows of weight (V, ...) that index (any shape, int64) names. The row padding_idx, negative
/// ones counted from the end, gets no gradient
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html).
/// @throws IndexError for an index outside of [0, V), ValueError for such a padding_idx.
Tensor embedding(const Tensor& index, const Tensor& weight,
                 std::optional<int64_t> padding_idx = std::nullopt);
/// 1 at the class that index (int64) names along a new last dimension, else 0; int64. As many
/// classes as there are, unless given
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html).
/// @throws IndexError for a class outside of [0, num_classes); ValueError if there is no class to
/// count, DeviceError if it is on the meta device.
Tensor one_hot(const Tensor& index, std::optional<int64_t> num_classes = std::nullopt);

/// Zeros of `shape` with x at positions start, start + step, ... of dim: the adjoint of slice().
Tensor embed(const Tensor& x, const Shape& shape, int64_t dim, int64_t start, int64_t step);

}  // namespace lucid
