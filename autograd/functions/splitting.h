// Parts of a tensor, all of them views: what is written to one is seen in the tensor
// (https://pytorch.org/docs/stable/tensor_view.html).
#pragma once

#include <vector>

#include "lucid/tensor.h"

namespace lucid {

/// Parts of `size` along dim, the last one smaller if it does not divide
/// (https://pytorch.org/docs/stable/generated/torch.split.html).
/// @throws ValueError unless size is at least 1 (0 will do where there is nothing to split).
std::vector<Tensor> split(const Tensor& x, int64_t size, int64_t dim = 0);
/// Parts of the given sizes. @throws ValueError unless they add up to the size of dim.
std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, int64_t dim = 0);
/// At most `chunks` parts of one size, the last one smaller if need be
/// (https://pytorch.org/docs/stable/generated/torch.chunk.html). @throws ValueError if chunks < 1.
std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim = 0);
/// Every index of dim, which disappears
/// (https://pytorch.org/docs/stable/generated/torch.unbind.html). @throws ShapeError for a scalar.
std::vector<Tensor> unbind(const Tensor& x, int64_t dim = 0);

/// The windows of `size` neighbours along dim, `step` apart; they become a new last dimension
/// (https://pytorch.org/docs/stable/generated/torch.Tensor.unfold.html). Windows may overlap:
/// write to a clone() instead. @throws ValueError if size is negative or greater than that of dim,
/// or step < 1.
Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step);
/// The elements x[i][i + offset] of dim1 and dim2 as a new last dimension
/// (https://pytorch.org/docs/stable/generated/torch.diagonal.html).
/// @throws ValueError if both are one dimension.
Tensor diagonal(const Tensor& x, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);

}  // namespace lucid
