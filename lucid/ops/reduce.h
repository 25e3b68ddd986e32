// Sums, extremes and softmax.
#pragma once

#include "lucid/tensor.h"

namespace lucid::ops {

/// Integers and bools are summed as int64.
Tensor sum(const Tensor& x, const Dims& dims, bool keepdim);
/// @throws DTypeError for integers.
Tensor mean(const Tensor& x, const Dims& dims, bool keepdim);
/// The greatest (or least) value along dim and where it first occurs. A NaN wins.
/// @param operation is named in errors. @throws ShapeError if the dimension has size 0.
ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim, const char* operation = "max");
ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim, const char* operation = "min");
/// The same over any dims, without positions. @throws ShapeError if there are no values.
Tensor amax(const Tensor& x, const Dims& dims, bool keepdim, const char* operation = "amax");
Tensor amin(const Tensor& x, const Dims& dims, bool keepdim, const char* operation = "amin");
/// @throws ShapeError if one of dims has size 0: for what nothing has, such as an extreme.
void require_values(const char* operation, const Tensor& x, const Dims& dims);
bool any(const Tensor& x);
bool all(const Tensor& x);

Tensor softmax(const Tensor& x, int64_t dim);
Tensor log_softmax(const Tensor& x, int64_t dim);
Tensor softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim);
Tensor log_softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim);

}  // namespace lucid::ops
