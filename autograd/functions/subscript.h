// Reading and writing by NumPy-style subscripts; how they are spelled is in lucid/indexing.h.
//
// The rules are PyTorch's (https://pytorch.org/cppdocs/notes/tensor_indexing.html): integers and
// slices are applied first, as views; then all index tensors, which broadcast, at once. What they
// find takes the place of the dimensions they index, or comes first if those are not neighbours. A
// bool mask stands for the positions where it is true, and takes as many dimensions as it has.
#pragma once

#include <vector>

#include "lucid/indexing.h"

namespace lucid {

/// x[subscripts]; a view unless a tensor is among them.
/// @throws IndexError for a position outside of its dimension, for more subscripts than dimensions,
/// for two ellipses, or a mask of another shape; ShapeError if index tensors do not broadcast;
/// DTypeError unless they are int64 or bool; ValueError for a step < 1.
Tensor index(const Tensor& x, const std::vector<indexing::TensorIndex>& subscripts);

/// A copy of x with `values`, broadcast and converted to the type of x, at x[subscripts], or added
/// there (https://pytorch.org/docs/stable/generated/torch.Tensor.index_put.html). Where several
/// values go to one place the last one stays, and gets the gradient; added ones all count.
/// @throws as index(), and ShapeError if values do not broadcast to x[subscripts].
Tensor index_put(const Tensor& x, const std::vector<indexing::TensorIndex>& subscripts,
                 const Tensor& values, bool accumulate = false);

}  // namespace lucid
