// Other shapes, layouts and types of the same values. Views share memory with their input; what is
// written to one is seen in the other (https://pytorch.org/docs/stable/tensor_view.html).
#pragma once

#include <optional>
#include <vector>

#include "lucid/tensor.h"

namespace lucid {

/// The same values in row-major order as another shape; one size may be -1. A view where the
/// strides allow it, else a copy. @throws ShapeError if the number of elements differs.
Tensor reshape(const Tensor& x, const Shape& shape);
/// The same, but never a copy. @throws ShapeError if the strides do not allow a view.
Tensor view(const Tensor& x, const Shape& shape);
/// Dimensions start_dim to end_dim, both included, become one.
Tensor flatten(const Tensor& x, int64_t start_dim = 0, int64_t end_dim = -1);
/// A view with the dimensions in another order.
Tensor permute(const Tensor& x, const Shape& dims);
Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1);
/// Without the dimensions of size 1, or without the named one if it has size 1.
Tensor squeeze(const Tensor& x);
Tensor squeeze(const Tensor& x, int64_t dim);
/// With a dimension of size 1 in front of dim.
Tensor unsqueeze(const Tensor& x, int64_t dim);
/// A view that repeats dimensions of size 1; -1 keeps a size.
Tensor expand(const Tensor& x, const Shape& shape);
/// The view [start, start + length) of a dimension. @throws IndexError if it leaves it.
Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length);
/// One index of a dimension, which disappears. @throws IndexError
Tensor select(const Tensor& x, int64_t dim, int64_t index);
/// Every step-th index of [start, end), negative ones counted from the end, bounds clipped.
Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start = std::nullopt,
             std::optional<int64_t> end = std::nullopt, int64_t step = 1);

/// x itself if it is row-major, else a row-major copy.
Tensor contiguous(const Tensor& x);
/// A row-major copy; gradients flow through.
Tensor clone(const Tensor& x);
/// x in another type; x itself if it has it already. A cast to integers has no gradient.
Tensor to(const Tensor& x, DType dtype);

/// One behind the other along an existing dimension; empty vectors fit everything
/// (https://pytorch.org/docs/stable/generated/torch.cat.html). @throws ShapeError if other sizes
/// differ.
Tensor cat(const std::vector<Tensor>& tensors, int64_t dim = 0);
/// Side by side along a new dimension.
Tensor stack(const std::vector<Tensor>& tensors, int64_t dim = 0);

}  // namespace lucid
