#include "autograd/functions/indexing.h"

#include <algorithm>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "autograd/observer.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid {

using autograd::Gradients;
using autograd::Needs;
using autograd::record;

// Indices are captured as Saved too: they must not change before the backward pass.
using autograd::Saved;
using autograd::detail::unrecorded;

namespace {

// What index does not reach of a larger source is left out, as in PyTorch.
Tensor first_part(const char* operation, const Tensor& source, const Shape& shape) {
  Tensor part = source;
  bool fits = source.shape().size() == shape.size();
  for (size_t d = 0; fits && d < shape.size(); ++d) {
    fits = shape[d] <= source.shape()[d];
    if (fits && shape[d] < source.shape()[d]) {
      part = narrow(part, static_cast<int64_t>(d), 0, shape[d]);
    }
  }
  if (!fits) {
    throw ShapeError(ops::message(operation, ": a source of shape ", source.shape(),
                                  " is smaller than the index of shape ", shape));
  }
  return part;
}

Tensor counting(const Shape& shape) {
  return reshape(arange(shape.numel()), shape);
}

// True where scatter() wrote what nothing overwrote afterwards.
Tensor last_scattered(const Shape& shape, int64_t dim, const Tensor& index) {
  const Tensor order = counting(index.shape());
  const Tensor none = zeros(shape, {.dtype = int64});
  return eq(ops::gather(ops::scatter(none, dim, index, order), dim, index), order);
}

// The same for the slices of index_copy(), shaped to broadcast to them.
Tensor last_copied(const Shape& shape, size_t dim, const Tensor& index) {
  const Tensor order = arange(index.numel());
  const Tensor none = zeros({shape.empty() ? 1 : shape[dim]}, {.dtype = int64});
  const Tensor winners = ops::index_select(ops::index_copy(none, 0, index, order), 0, index);
  Shape column = Shape::filled(shape.size(), 1);
  if (!shape.empty()) column[dim] = index.numel();
  return reshape(eq(winners, order), column);
}

}  // namespace

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  return record("index_select", {x}, ops::index_select(x, dim, index),
                [from = x.shape(), dim, index = Saved(index)](const Tensor& grad) {
                  return index_add(from, dim, *index, grad);
                });
}

Tensor index_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source) {
  return record(
      "index_add", {source}, ops::index_add(shape, dim, index, source),
      [dim, index = Saved(index)](const Tensor& grad) { return index_select(grad, dim, *index); });
}

Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                 Scalar alpha) {
  ops::require_same_dtype("index_add", x, "x", source, "source");
  if (alpha.kind() == Scalar::Kind::floating && !source.is_floating_point()) {
    throw DTypeError(ops::message("index_add: expected an integer alpha for a source of type ",
                                  source.dtype(), ", got a floating-point number"));
  }
  const bool plain = alpha.kind() != Scalar::Kind::floating && alpha.to<int64_t>() == 1;
  return x + index_add(x.shape(), dim, index, plain ? source : (source * alpha).to(x.dtype()));
}

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index) {
  return record("gather", {x}, ops::gather(x, dim, index),
                [from = x.shape(), dim, index = Saved(index)](const Tensor& grad) {
                  return scatter_add(from, dim, *index, grad);
                });
}

Tensor scatter_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source) {
  return record(
      "scatter_add", {source}, ops::scatter_add(shape, dim, index, source),
      [dim, index = Saved(index)](const Tensor& grad) { return gather(grad, dim, *index); });
}

Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  ops::require_same_dtype("scatter_add", x, "x", source, "source");
  return x + scatter_add(x.shape(), dim, index, first_part("scatter_add", source, index.shape()));
}

Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  const Tensor part = first_part("scatter", source, index.shape());
  return record(
      "scatter", {x, part}, ops::scatter(x, dim, index, part),
      [dim, index = Saved(index)](const Tensor& grad, const Needs& needs) -> Gradients<2> {
        Gradients<2> grads;
        if (needs[0]) grads[0] = scatter(grad, dim, *index, 0);
        if (needs[1]) {
          grads[1] = where(last_scattered(grad.shape(), dim, *index), gather(grad, dim, *index), 0);
        }
        return grads;
      });
}

Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, Scalar value) {
  const Tensor source = full(index.shape(), value, {.dtype = x.dtype(), .device = index.device()});
  return record(
      "scatter", {x}, ops::scatter(x, dim, index, source),
      [dim, index = Saved(index)](const Tensor& grad) { return scatter(grad, dim, *index, 0); });
}

Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return record(
      "index_copy", {x, source}, ops::index_copy(x, dim, index, source),
      [dim, index = Saved(index)](const Tensor& grad, const Needs& needs) -> Gradients<2> {
        Gradients<2> grads;
        const size_t d = normalize_dim("index_copy", dim, grad.shape().size());
        if (needs[0]) {
          Shape slices = grad.shape();
          if (!slices.empty()) slices[d] = (*index).numel();
          grads[0] = index_copy(grad, dim, *index, zeros(slices, {.dtype = grad.dtype()}));
        }
        if (needs[1]) {
          const Tensor kept = last_copied(grad.shape(), d, *index);
          grads[1] = where(kept, index_select(grad, dim, *index), 0);
        }
        return grads;
      });
}

Tensor take_along_dim(const Tensor& x, const Tensor& index, std::optional<int64_t> dim) {
  if (!dim) return take_along_dim(flatten(x), flatten(index), 0);
  const size_t d = normalize_dim("take_along_dim", *dim, x.shape().size());
  if (x.dim() != index.dim()) {
    throw ShapeError(ops::message("take_along_dim: expected x and index of one rank, got shapes ",
                                  x.shape(), " and ", index.shape()));
  }
  if (x.dim() == 0) return gather(x, *dim, index);
  Shape from = x.shape();
  Shape at = index.shape();
  from[d] = at[d] = 1;
  from = at = broadcast_shapes("take_along_dim", from, at);
  from[d] = x.shape()[d];
  at[d] = index.shape()[d];
  const Tensor wide = expand(x, from);
  const Tensor places = expand(index, at);
  return record("take_along_dim", {wide}, ops::gather(wide, *dim, places, "take_along_dim"),
                [from, d, places = Saved(places)](const Tensor& grad) {
                  return scatter_add(from, static_cast<int64_t>(d), *places, grad);
                });
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  if (mask.dtype() != bool_) {
    throw DTypeError(ops::message("masked_select: expected a bool mask, got ", mask.dtype()));
  }
  if (mask.is_meta()) {
    throw DeviceError("masked_select: a mask on the meta device has no values to look at");
  }
  const Shape shape = broadcast_shapes("masked_select", x.shape(), mask.shape());
  const Tensor places = ops::nonzero(flatten(expand(mask, shape)));
  return index_select(flatten(expand(x, shape)), 0, flatten(places));
}

Tensor nonzero(const Tensor& x) {
  return unrecorded(ops::nonzero(x), x);
}

Tensor embedding(const Tensor& index, const Tensor& weight, std::optional<int64_t> padding_idx) {
  if (weight.dim() == 0) throw ShapeError("embedding: expected weight of shape (V, ...), got []");
  if (index.dtype() != int64) {
    throw DTypeError(ops::message("embedding: expected an int64 index, got ", index.dtype()));
  }
  ops::require_rank_limit("embedding", index.shape().size() + weight.shape().size() - 1);
  const int64_t rows = weight.shape(0);
  if (padding_idx && (*padding_idx < -rows || *padding_idx >= rows)) {
    throw ValueError(ops::message("embedding: padding_idx ", *padding_idx,
                                  " is out of range for weight of shape ", weight.shape()));
  }
  const Tensor flat = reshape(ops::checked_index("embedding", index, rows), {index.numel()});
  const Tensor found =
      record("embedding", {weight}, ops::index_select(weight, 0, flat),
             [shape = weight.shape(), padding_idx, flat = Saved(flat)](const Tensor& grad) {
               if (!padding_idx) return index_add(shape, 0, *flat, grad);
               const int64_t row = *padding_idx < 0 ? *padding_idx + shape[0] : *padding_idx;
               Shape column = Shape::filled(shape.size(), 1);
               column[0] = (*flat).numel();
               return index_add(shape, 0, *flat, where(reshape(ne(*flat, row), column), grad, 0));
             });
  Shape shape = index.shape();
  for (size_t d = 1; d < weight.shape().size(); ++d) shape.push_back(weight.shape()[d]);
  return reshape(found, shape);
}

Tensor one_hot(const Tensor& index, std::optional<int64_t> num_classes) {
  if (index.dtype() != int64) {
    throw DTypeError(ops::message("one_hot: expected an int64 index, got ", index.dtype()));
  }
  ops::require_rank_limit("one_hot", index.shape().size() + 1);
  if (!num_classes && index.is_meta()) {
    throw DeviceError("one_hot: a meta tensor has no classes to count, expected num_classes");
  }
  if (!num_classes && index.numel() == 0) {
    throw ValueError("one_hot: without values to count the classes of, expected num_classes");
  }
  if (num_classes && *num_classes < 1) {
    throw ValueError(ops::message("one_hot: expected num_classes >= 1, got ", *num_classes));
  }
  const Tensor values = ops::contiguous(index);
  int64_t classes = num_classes.value_or(1);
  for (int64_t i = 0; !num_classes && i < values.numel(); ++i) {
    classes = std::max(classes, std::min(values.data<int64_t>()[i], INT64_MAX - 1) + 1);
  }
  Shape shape = index.shape();
  shape.push_back(classes);
  const Tensor checked = ops::checked_index("one_hot", index, classes);
  const Tensor none = zeros(shape, {.dtype = int64, .device = index.device()});
  return scatter(none, -1, unsqueeze(checked, -1), 1);
}

Tensor embed(const Tensor& x, const Shape& shape, int64_t dim, int64_t start, int64_t step) {
  const size_t d = normalize_dim("embed", dim, shape.size());
  bool fits = x.shape().size() == shape.size() && !shape.empty();
  for (size_t i = 0; fits && i < shape.size(); ++i) fits = i == d || x.shape()[i] == shape[i];
  if (!fits) {
    throw ShapeError(ops::message("embed: x of shape ", x.shape(), " does not fit into shape ",
                                  shape, " along dim ", dim));
  }
  const int64_t count = x.shape()[d];
  // slice() would cut off what does not fit.
  if (start < 0 || step < 1 || (count > 0 && start >= shape[d]) ||
      (count > 1 && (shape[d] - 1 - start) / step < count - 1)) {
    throw IndexError(ops::message("embed: ", count, " positions from ", start, " with step ", step,
                                  " leave dim ", dim, " of shape ", shape));
  }
  const Tensor output = ops::allocate(shape, x.dtype(), x.device());
  ops::fill(output, 0);
  const int64_t end = count > 0 ? start + (count - 1) * step + 1 : start;
  ops::copy_into(x, ops::slice(output, dim, start, end, step));
  return record("embed", {x}, output, [dim, start, end, step](const Tensor& grad) {
    return slice(grad, dim, start, end, step);
  });
}

}  // namespace lucid
