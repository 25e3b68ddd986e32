#include "lucid/ops/view.h"

#include <algorithm>

#include "lucid/ops/common.h"

namespace lucid::ops {

Shape infer_shape(const char* operation, const Shape& shape, int64_t numel) {
  Shape result = shape;
  std::optional<size_t> unknown;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != -1) continue;
    if (unknown) throw ShapeError(message(operation, ": only one size of ", shape, " can be -1"));
    unknown = i;
    result[i] = 1;
  }
  const int64_t known = result.numel();
  if (unknown && known > 0 && numel % known == 0) result[*unknown] = numel / known;
  if (result.numel() != numel || (unknown && known == 0)) {
    throw ShapeError(
        message(operation, ": a tensor of ", numel, " elements does not fit shape ", shape));
  }
  return result;
}

std::optional<Strides> view_strides(const Shape& shape, const Strides& strides,
                                    const Shape& target) {
  // Without elements there is nothing to step over.
  if (target.numel() == 0) return contiguous_strides(target);
  Strides result = target;
  // Walk both shapes from the right; a run of dimensions that lie behind each other in memory may
  // be cut anew anywhere.
  size_t t = target.size();
  size_t d = shape.size();
  while (d > 0) {
    const int64_t step = strides[d - 1];
    int64_t run = shape[--d];
    while (d > 0 && (shape[d - 1] == 1 || strides[d - 1] == run * step)) run *= shape[--d];
    int64_t filled = 1;
    while (t > 0 && (filled < run || target[t - 1] == 1)) {
      result[t - 1] = filled * step;
      filled *= target[--t];
    }
    if (filled != run) return std::nullopt;
  }
  while (t > 0) result[--t] = 1;
  return result;
}

Tensor permute(const Tensor& x, const Shape& dims) {
  const Shape& shape = x.shape();
  if (dims.size() != shape.size()) {
    throw ShapeError(message("permute: expected an order of ", shape.size(),
                             " dimensions for shape ", shape, ", got ", dims));
  }
  Shape new_shape = shape;
  Strides new_strides = shape;
  bool seen[Shape::max_rank] = {};
  for (size_t i = 0; i < dims.size(); ++i) {
    const size_t from = normalize_dim("permute", dims[i], shape.size());
    if (seen[from])
      throw ValueError(message("permute: dim ", dims[i], " is named twice in ", dims));
    seen[from] = true;
    new_shape[i] = shape[from];
    new_strides[i] = x.strides()[from];
  }
  return view_of(x, new_shape, new_strides, x.storage_offset());
}

Shape inverse_permutation(const Shape& dims) {
  Shape inverse = dims;
  for (size_t i = 0; i < dims.size(); ++i) {
    inverse[normalize_dim("permute", dims[i], dims.size())] = static_cast<int64_t>(i);
  }
  return inverse;
}

Shape identity_permutation(size_t rank) {
  Shape identity = Shape::filled(rank, 0);
  for (size_t i = 0; i < rank; ++i) identity[i] = static_cast<int64_t>(i);
  return identity;
}

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) {
  const size_t rank = x.shape().size();
  const size_t a = normalize_dim("transpose", dim0, rank);
  const size_t b = normalize_dim("transpose", dim1, rank);
  Shape shape = x.shape();
  Strides strides = x.strides();
  if (rank > 0) {
    std::swap(shape[a], shape[b]);
    std::swap(strides[a], strides[b]);
  }
  return view_of(x, shape, strides, x.storage_offset());
}

Tensor squeeze(const Tensor& x, const Dims& dims) {
  const DimMask mask = dim_mask("squeeze", dims, x.shape().size());
  Shape shape;
  Strides strides;
  for (size_t i = 0; i < x.shape().size(); ++i) {
    if (mask.reduced[i] && x.shape()[i] == 1) continue;
    shape.push_back(x.shape()[i]);
    strides.push_back(x.strides()[i]);
  }
  return view_of(x, shape, strides, x.storage_offset());
}

Tensor unsqueeze(const Tensor& x, int64_t dim) {
  const size_t position = normalize_dim("unsqueeze", dim, x.shape().size() + 1);
  Shape shape = x.shape();
  Strides strides = x.strides();
  const bool last = position == shape.size();
  strides.insert(position, last ? 1 : shape[position] * strides[position]);
  shape.insert(position, 1);
  return view_of(x, shape, strides, x.storage_offset());
}

Tensor expand(const Tensor& x, const Shape& shape, const char* operation) {
  const Shape& from = x.shape();
  if (shape.size() < from.size()) {
    throw ShapeError(message(operation, ": shape ", shape, " has fewer dimensions than ", from));
  }
  Shape result = shape;
  const size_t lead = shape.size() - from.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool added = i < lead;
    const int64_t size = added ? 1 : from[i - lead];
    if (result[i] == -1 && !added) result[i] = size;
    if (result[i] < 0 || (size != 1 && result[i] != size)) {
      throw ShapeError(message(operation, ": shape ", from, " does not expand to ", shape,
                               ": sizes counted from the right must be equal, or 1 before"));
    }
  }
  return view_of(x, result, expanded_strides(x, result), x.storage_offset());
}

Strides expanded_strides(const Tensor& x, const Shape& shape) noexcept {
  const Shape& from = x.shape();
  Strides strides = shape;
  const size_t lead = shape.size() - from.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    strides[i] = i >= lead && from[i - lead] == shape[i] ? x.strides()[i - lead] : 0;
  }
  return strides;
}

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  if (x.shape().empty()) throw IndexError("select: a scalar has no dimension to index");
  const size_t d = normalize_dim("select", dim, x.shape().size());
  const int64_t size = x.shape()[d];
  if (index < -size || index >= size) {
    throw IndexError(
        message("select: index ", index, " is out of range for dim ", d, " of shape ", x.shape()));
  }
  Shape shape = x.shape();
  Strides strides = x.strides();
  const int64_t offset = x.storage_offset() + (index < 0 ? index + size : index) * strides[d];
  shape.erase(d);
  strides.erase(d);
  return view_of(x, shape, strides, offset);
}

Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end,
             int64_t step) {
  if (x.shape().empty()) throw IndexError("slice: a scalar has no dimension to slice");
  if (step < 1) throw ValueError(message("slice: expected step >= 1, got ", step));
  const size_t d = normalize_dim("slice", dim, x.shape().size());
  const int64_t size = x.shape()[d];
  const auto clamp = [size](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + size : bound, 0, size);
  };
  const int64_t first = clamp(start.value_or(0));
  const int64_t last = std::max(first, clamp(end.value_or(size)));
  Shape shape = x.shape();
  Strides strides = x.strides();
  const int64_t span = last - first;
  shape[d] = span / step + (span % step != 0);
  const int64_t offset = x.storage_offset() + (shape[d] > 0 ? first * strides[d] : 0);
  // With one element or none the step is never taken, and must not overflow.
  if (shape[d] > 1) strides[d] *= step;
  return view_of(x, shape, strides, offset);
}

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  if (x.shape().empty()) throw IndexError("narrow: a scalar has no dimension to narrow");
  const size_t d = normalize_dim("narrow", dim, x.shape().size());
  const int64_t size = x.shape()[d];
  const int64_t first = start < 0 ? start + size : start;
  if (first < 0 || first > size || length < 0 || length > size - first) {
    throw IndexError(message("narrow: start ", start, " and length ", length, " leave dim ", d,
                             " of shape ", x.shape()));
  }
  return slice(x, dim, first, first + length, 1);
}

Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step) {
  const size_t d = normalize_dim("unfold", dim, x.shape().size());
  // A scalar counts as one element to slide over.
  const int64_t length = x.dim() == 0 ? 1 : x.shape()[d];
  if (size < 0 || size > length) {
    throw ValueError(message("unfold: windows of size ", size, " do not fit dim ", d, " of shape ",
                             x.shape(), ", which has size ", length));
  }
  if (step < 1) throw ValueError(message("unfold: expected step >= 1, got ", step));
  Shape shape = x.shape();
  Strides strides = x.strides();
  const int64_t stride = x.dim() == 0 ? 1 : strides[d];
  if (x.dim() > 0) {
    shape[d] = (length - size) / step + 1;
    // With one window the step is never taken, and must not overflow.
    if (shape[d] > 1) strides[d] *= step;
  }
  shape.push_back(size);
  strides.push_back(stride);
  return view_of(x, shape, strides, x.storage_offset());
}

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  const size_t rank = x.shape().size();
  if (rank < 2) {
    throw ShapeError(message("diagonal: expected at least two dimensions, got ", x.shape()));
  }
  const size_t a = normalize_dim("diagonal", dim1, rank);
  const size_t b = normalize_dim("diagonal", dim2, rank);
  if (a == b) {
    throw ValueError(message("diagonal: dim1 ", dim1, " and dim2 ", dim2, " are one dimension"));
  }
  // How far the diagonal starts down the rows or along the columns, at most to their end.
  const int64_t down = -std::clamp<int64_t>(offset, -x.shape()[a], 0);
  const int64_t along = std::clamp<int64_t>(offset, 0, x.shape()[b]);
  const int64_t count = std::min(x.shape()[a] - down, x.shape()[b] - along);
  const int64_t step = x.strides()[a] + x.strides()[b];
  const int64_t start = count > 0 ? down * x.strides()[a] + along * x.strides()[b] : 0;
  Shape shape = x.shape();
  Strides strides = x.strides();
  for (const size_t d : {std::max(a, b), std::min(a, b)}) {
    shape.erase(d);
    strides.erase(d);
  }
  shape.push_back(count);
  strides.push_back(step);
  return view_of(x, shape, strides, x.storage_offset() + start);
}

Tensor alias(const Tensor& x) {
  return view_of(x, x.shape(), x.strides(), x.storage_offset());
}

}  // namespace lucid::ops
