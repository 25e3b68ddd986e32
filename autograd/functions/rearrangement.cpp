#include "autograd/functions/rearrangement.h"

#include "autograd/functions/shape.h"
#include "autograd/record.h"
#include "lucid/ops/common.h"
#include "lucid/ops/rearrange.h"

namespace lucid {

using autograd::record;
using ops::message;

Tensor movedim(const Tensor& x, const Dims& source, const Dims& destination) {
  const size_t rank = x.shape().size();
  if (source.size() != destination.size()) {
    throw ValueError(message("movedim: ", source.size(), " dims ", source, " cannot move to ",
                             destination.size(), " places ", destination));
  }
  if (source.empty()) return permute(x, ops::identity_permutation(rank));
  const ops::DimMask moved = ops::dim_mask("movedim", source, rank);
  const ops::DimMask taken = ops::dim_mask("movedim", destination, rank);
  if (rank == 0) return permute(x, {});
  Shape order = Shape::filled(rank, 0);
  for (size_t i = 0; i < source.size(); ++i) {
    order[normalize_dim("movedim", destination[i], rank)] =
        static_cast<int64_t>(normalize_dim("movedim", source[i], rank));
  }
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) {
    if (taken.reduced[i]) continue;
    while (moved.reduced[next]) ++next;
    order[i] = static_cast<int64_t>(next++);
  }
  return permute(x, order);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  ops::expand(x, shape, "broadcast_to");  // which checks the shape in this name
  return expand(x, shape);
}

std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, std::string_view indexing) {
  if (tensors.empty()) throw ValueError("meshgrid: expected at least one tensor, got none");
  const bool swapped = indexing == "xy" && tensors.size() > 1;
  if (indexing != "xy" && indexing != "ij") {
    throw ValueError(message("meshgrid: expected indexing \"ij\" or \"xy\", got \"",
                             std::string(indexing), "\""));
  }
  const auto place = [swapped](size_t i) { return swapped && i < 2 ? 1 - i : i; };
  Shape grid;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& x = tensors[place(i)];
    if (x.dim() > 1) {
      throw ShapeError(message("meshgrid: expected vectors, got shape ", x.shape()));
    }
    grid.push_back(x.numel());
  }
  std::vector<Tensor> coordinates;
  for (size_t i = 0; i < tensors.size(); ++i) {
    Shape line = Shape::filled(grid.size(), 1);
    line[place(i)] = tensors[i].numel();
    coordinates.push_back(expand(reshape(tensors[i], line), grid));
  }
  return coordinates;
}

Tensor ravel(const Tensor& x) {
  return flatten(x);
}

Tensor unflatten(const Tensor& x, int64_t dim, const Shape& sizes) {
  const size_t d = normalize_dim("unflatten", dim, x.shape().size());
  if (x.dim() == 0 || sizes.empty()) {
    throw ShapeError(message("unflatten: expected a dimension and the sizes to cut it into, got ",
                             "shape ", x.shape(), " and sizes ", sizes));
  }
  const Shape inner = ops::infer_shape("unflatten", sizes, x.shape()[d]);
  Shape shape;
  for (size_t i = 0; i < x.shape().size(); ++i) {
    if (i != d) {
      shape.push_back(x.shape()[i]);
      continue;
    }
    for (const int64_t size : inner) shape.push_back(size);
  }
  return reshape(x, shape);
}

namespace {

Tensor repeated(const char* operation, const Tensor& x, const Shape& repeats) {
  const size_t rank = repeats.size();
  if (rank < x.shape().size()) {
    throw ShapeError(message(operation, ": expected a number for each dimension of shape ",
                             x.shape(), ", got ", repeats));
  }
  for (const int64_t count : repeats) {
    if (count < 0) throw ValueError(message(operation, ": expected numbers >= 0, got ", repeats));
  }
  Shape shape = x.shape();
  while (shape.size() < rank) shape.insert(0, 1);
  Tensor result = reshape(x, shape);
  // One dimension after the other, as three, so that the rank never grows.
  for (size_t d = rank; d-- > 0;) {
    if (repeats[d] == 1) continue;
    const int64_t outer = Shape(shape.begin(), d).numel();
    const int64_t inner = Shape(shape.begin() + d, rank - d).numel();
    if (__builtin_mul_overflow(shape[d], repeats[d], &shape[d])) {
      throw ShapeError(message(operation, ": ", repeats, " times shape ", x.shape(),
                               " has a size that does not fit 63 bits"));
    }
    result = expand(reshape(result, {outer, 1, inner}), {outer, repeats[d], inner});
    result = reshape(result, shape);
  }
  // Never the memory of x.
  return result.impl()->storage == x.impl()->storage ? clone(result) : result;
}

}  // namespace

Tensor repeat(const Tensor& x, const Shape& repeats) {
  return repeated("repeat", x, repeats);
}

Tensor tile(const Tensor& x, const Shape& repeats) {
  Shape all = repeats;
  while (all.size() < x.shape().size()) all.insert(0, 1);
  return repeated("tile", x, all);
}

Tensor flip(const Tensor& x, const Dims& dims) {
  return record("flip", {x}, ops::flip(x, dims),
                [dims](const Tensor& grad) { return flip(grad, dims); });
}

Tensor roll(const Tensor& x, const Shape& shifts, const Dims& dims) {
  if (dims.empty() && shifts.size() == 1) {
    return reshape(roll(reshape(x, {x.numel()}), shifts, 0), x.shape());
  }
  Tensor rolled = ops::roll(x, shifts, dims);  // which checks the arguments
  // The least integer has no negative: only what is left of whole turns goes back.
  Shape back = shifts;
  for (size_t i = 0; i < back.size(); ++i) {
    const int64_t size = x.shape(dims[i]);
    back[i] = size > 0 ? -(shifts[i] % size) : 0;
  }
  return record("roll", {x}, std::move(rolled),
                [back, dims](const Tensor& grad) { return roll(grad, back, dims); });
}

Tensor roll(const Tensor& x, int64_t shift) {
  return roll(x, Shape{shift});
}

Tensor roll(const Tensor& x, int64_t shift, int64_t dim) {
  return roll(x, Shape{shift}, dim);
}

Tensor tril(const Tensor& x, int64_t diagonal) {
  return record("tril", {x}, ops::tril(x, diagonal),
                [diagonal](const Tensor& grad) { return tril(grad, diagonal); });
}

Tensor triu(const Tensor& x, int64_t diagonal) {
  return record("triu", {x}, ops::triu(x, diagonal),
                [diagonal](const Tensor& grad) { return triu(grad, diagonal); });
}

}  // namespace lucid
