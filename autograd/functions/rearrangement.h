// The values of a tensor in other places: turned, repeated, cut off at a diagonal.
#pragma once

#include <string_view>
#include <vector>

#include "lucid/tensor.h"

namespace lucid {

/// A view with dimensions moved to other places, the others in order
/// (https://pytorch.org/docs/stable/generated/torch.movedim.html).
/// @throws ValueError if a dimension is named twice or the lists differ in length.
Tensor movedim(const Tensor& x, const Dims& source, const Dims& destination);
/// A view of the shape that x and others of `shape` would broadcast to: expand() as a function
/// (https://pytorch.org/docs/stable/generated/torch.broadcast_to.html). @throws ShapeError
Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// Views of vectors as coordinates of a grid: the i-th varies along dimension i ("ij"), or, for the
/// first two, the other way round ("xy")
/// (https://pytorch.org/docs/stable/generated/torch.meshgrid.html). A scalar is a vector of one.
/// @throws ShapeError for a matrix, ValueError for another indexing, or for no tensor.
std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, std::string_view indexing = "ij");
/// One dimension (https://pytorch.org/docs/stable/generated/torch.ravel.html).
Tensor ravel(const Tensor& x);
/// dim cut into the given sizes, one of which may be -1
/// (https://pytorch.org/docs/stable/generated/torch.unflatten.html). @throws ShapeError
Tensor unflatten(const Tensor& x, int64_t dim, const Shape& sizes);

/// Copies of x side by side, so many for each dimension; more numbers than dimensions add some in
/// front (https://pytorch.org/docs/stable/generated/torch.Tensor.repeat.html).
/// @throws ShapeError for fewer numbers than dimensions, ValueError for a negative one.
Tensor repeat(const Tensor& x, const Shape& repeats);
/// The same, but missing numbers count as 1 in front
/// (https://pytorch.org/docs/stable/generated/torch.tile.html).
Tensor tile(const Tensor& x, const Shape& repeats);
/// A copy with the order of some dimensions reversed; without dims x as it is
/// (https://pytorch.org/docs/stable/generated/torch.flip.html). @throws ValueError for one named
/// twice.
Tensor flip(const Tensor& x, const Dims& dims);
/// A copy with what leaves a dimension at one end coming in at the other; without dims as if x had
/// one dimension (https://pytorch.org/docs/stable/generated/torch.roll.html).
/// @throws ValueError unless there are as many shifts as dims.
Tensor roll(const Tensor& x, const Shape& shifts, const Dims& dims = {});
Tensor roll(const Tensor& x, int64_t shift);
Tensor roll(const Tensor& x, int64_t shift, int64_t dim);
/// Matrices (the last two dimensions) with zeros above, or below, a diagonal; the main one is 0,
/// those above it are positive (https://pytorch.org/docs/stable/generated/torch.tril.html).
/// @throws ShapeError for less than two dimensions.
Tensor tril(const Tensor& x, int64_t diagonal = 0);
Tensor triu(const Tensor& x, int64_t diagonal = 0);

}  // namespace lucid
