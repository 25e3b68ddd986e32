#include "autograd/functions/shape.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/observer.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid {

using autograd::record;
using autograd::record_view;
using autograd::detail::unrecorded;
using ops::message;

namespace {

// A view of the given strides; its gradient is reshaped back.
Tensor reshaped_view(const char* name, const Tensor& x, const Shape& shape,
                     const Strides& strides) {
  return record_view(name, x, ops::view_of(x, shape, strides, x.storage_offset()),
                     [from = x.shape()](const Tensor& grad) { return reshape(grad, from); });
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  const Shape target = ops::infer_shape("reshape", shape, x.numel());
  const Tensor source = ops::view_strides(x.shape(), x.strides(), target) ? x : clone(x);
  return reshaped_view("reshape", source, target,
                       *ops::view_strides(source.shape(), source.strides(), target));
}

Tensor view(const Tensor& x, const Shape& shape) {
  const Shape target = ops::infer_shape("view", shape, x.numel());
  const auto strides = ops::view_strides(x.shape(), x.strides(), target);
  if (!strides) {
    throw ShapeError(message("view: a tensor of shape ", x.shape(), " and strides ", x.strides(),
                             " cannot be seen as ", target, " without a copy; use reshape()"));
  }
  return reshaped_view("view", x, target, *strides);
}

Tensor flatten(const Tensor& x, int64_t start_dim, int64_t end_dim) {
  const size_t first = normalize_dim("flatten", start_dim, x.shape().size());
  const size_t last = normalize_dim("flatten", end_dim, x.shape().size());
  if (first > last) {
    throw ValueError(message("flatten: start_dim ", start_dim, " lies behind end_dim ", end_dim));
  }
  Shape shape;
  for (size_t i = 0; i < x.shape().size(); ++i) {
    const bool inside = i >= first && i <= last;
    // numel() refuses what does not fit 63 bits, which a size of 0 elsewhere allows.
    if (i == last) shape.push_back(Shape(x.shape().begin() + first, last + 1 - first).numel());
    if (!inside) shape.push_back(x.shape()[i]);
  }
  if (shape.empty()) shape.push_back(1);
  return reshape(x, shape);
}

Tensor permute(const Tensor& x, const Shape& dims) {
  return record_view("permute", x, ops::permute(x, dims), [dims](const Tensor& grad) {
    return permute(grad, ops::inverse_permutation(dims));
  });
}

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) {
  return record_view("transpose", x, ops::transpose(x, dim0, dim1),
                     [dim0, dim1](const Tensor& grad) { return transpose(grad, dim0, dim1); });
}

Tensor squeeze(const Tensor& x) {
  return record_view("squeeze", x, ops::squeeze(x, {}),
                     [from = x.shape()](const Tensor& grad) { return reshape(grad, from); });
}

Tensor squeeze(const Tensor& x, int64_t dim) {
  return record_view("squeeze", x, ops::squeeze(x, dim),
                     [from = x.shape()](const Tensor& grad) { return reshape(grad, from); });
}

Tensor unsqueeze(const Tensor& x, int64_t dim) {
  return record_view("unsqueeze", x, ops::unsqueeze(x, dim),
                     [from = x.shape()](const Tensor& grad) { return reshape(grad, from); });
}

Tensor expand(const Tensor& x, const Shape& shape) {
  return record_view("expand", x, ops::expand(x, shape),
                     [from = x.shape()](const Tensor& grad) { return sum_to_size(grad, from); });
}

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  Tensor output = ops::narrow(x, dim, start, length);
  const int64_t first = start < 0 ? start + x.shape(dim) : start;
  return record_view("narrow", x, std::move(output),
                     [from = x.shape(), dim, first](const Tensor& grad) {
                       return embed(grad, from, dim, first, 1);
                     });
}

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  Tensor output = ops::select(x, dim, index);
  const int64_t first = index < 0 ? index + x.shape(dim) : index;
  return record_view(
      "select", x, std::move(output), [from = x.shape(), dim, first](const Tensor& grad) {
        const auto d = static_cast<int64_t>(normalize_dim("select", dim, from.size()));
        return embed(unsqueeze(grad, d), from, d, first, 1);
      });
}

Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end,
             int64_t step) {
  Tensor output = ops::slice(x, dim, start, end, step);
  const int64_t size = x.shape(dim);
  const int64_t from_end = start.value_or(0) < 0 ? start.value_or(0) + size : start.value_or(0);
  const int64_t first = std::max<int64_t>(from_end, 0);
  return record_view("slice", x, std::move(output),
                     [from = x.shape(), dim, first, step](const Tensor& grad) {
                       return embed(grad, from, dim, first, step);
                     });
}

Tensor contiguous(const Tensor& x) {
  return x.is_contiguous() ? x : clone(x);
}

Tensor clone(const Tensor& x) {
  return record("clone", {x}, ops::clone(x), [](const Tensor& grad) { return grad; });
}

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor output = ops::to(x, dtype);
  if (!is_floating_point(dtype)) return unrecorded(std::move(output), x);
  return record("to", {x}, std::move(output),
                [from = x.dtype()](const Tensor& grad) { return to(grad, from); });
}

Tensor cat(const std::vector<Tensor>& tensors, int64_t dim) {
  Tensor output = ops::cat(tensors, dim);
  std::vector<Tensor> parts;
  std::vector<Shape> shapes;
  for (const Tensor& part : tensors) {
    parts.push_back(to(part, output.dtype()));
    shapes.push_back(part.shape());
  }
  return record("cat", parts, std::move(output),
                [shapes = std::move(shapes), dim](const Tensor& grad) {
                  std::vector<Tensor> grads;
                  const size_t d = normalize_dim("cat", dim, grad.shape().size());
                  int64_t position = 0;
                  for (const Shape& shape : shapes) {
                    const bool fits = shape.size() == grad.shape().size();  // else an empty vector
                    const int64_t size = fits ? shape[d] : 0;
                    const Tensor part = narrow(grad, dim, position, size);
                    grads.push_back(fits ? part : reshape(part, shape));
                    position += size;
                  }
                  return grads;
                });
}

Tensor stack(const std::vector<Tensor>& tensors, int64_t dim) {
  if (tensors.empty()) throw ValueError("stack: expected at least one tensor, got none");
  const Shape& shape = tensors.front().shape();
  const auto position = static_cast<int64_t>(normalize_dim("stack", dim, shape.size() + 1));
  std::vector<Tensor> parts;
  for (const Tensor& tensor : tensors) {
    if (tensor.shape() != shape) {
      throw ShapeError(message("stack: tensors of shapes ", shape, " and ", tensor.shape(),
                               "; all must be the same"));
    }
    parts.push_back(unsqueeze(tensor, position));
  }
  return cat(parts, position);
}

}  // namespace lucid
