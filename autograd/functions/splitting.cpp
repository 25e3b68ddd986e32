#include "autograd/functions/splitting.h"

#include <algorithm>

#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid {

using autograd::GradientRecord;
using autograd::Node;
using autograd::record;
using autograd::record_of;
using autograd::record_view;
using ops::message;

namespace {

// One operation with many outputs, so that their gradients are joined once. As many narrow()s
// would each give a gradient of the size of the whole.
class SplitNode final : public Node {
 public:
  SplitNode(const Tensor& x, std::vector<int64_t> sizes, int64_t dim)
      : Node("split"),
        input_(record_of(x)),
        shape_(x.shape()),
        dtype_(x.dtype()),
        device_(x.device()),
        sizes_(std::move(sizes)),
        dim_(dim) {}

  std::span<const Input> inputs() const noexcept override { return {&input_, 1}; }
  size_t output_count() const noexcept override { return sizes_.size(); }

  void backward(std::span<const Tensor> output_grads, std::span<Tensor> input_grads) override {
    std::vector<Tensor> parts;
    for (size_t i = 0; i < sizes_.size(); ++i) {
      Shape shape = shape_;
      shape[static_cast<size_t>(dim_)] = sizes_[i];
      parts.push_back(output_grads[i].defined()
                          ? output_grads[i]
                          : zeros(shape, {.dtype = dtype_, .device = device_}));
    }
    input_grads[0] = cat(parts, dim_);
  }

  void release() noexcept override { released_ = true; }
  bool released() const noexcept override { return released_; }

 private:
  Input input_;
  Shape shape_;
  DType dtype_;
  Device device_;
  std::vector<int64_t> sizes_;
  int64_t dim_;
  bool released_ = false;
};

// The dimension, of those that a scalar does not have.
int64_t split_dim(const char* operation, const Tensor& x, int64_t dim) {
  if (x.dim() == 0) throw ShapeError(message(operation, ": a scalar has no dimension to split"));
  return static_cast<int64_t>(normalize_dim(operation, dim, x.shape().size()));
}

std::vector<Tensor> split_into(const Tensor& x, std::vector<int64_t> sizes, int64_t dim) {
  std::vector<Tensor> parts;
  int64_t position = 0;
  for (const int64_t size : sizes) {
    parts.push_back(ops::narrow(x, dim, position, size));
    position += size;
  }
  if (parts.empty()) return parts;
  const std::span<const Tensor> input(&x, 1);
  // Once, though there are several outputs: together they hold what x holds.
  if (autograd::detail::anybody_observes()) autograd::detail::observe_forward("split", input, x);
  if (!autograd::detail::must_record(input, "split")) return parts;
  const GradientRecord* from = record_of(x);
  const bool views_leaf = from->views_leaf || !from->grad_fn;
  const IntrusivePtr<Node> node(new SplitNode(x, std::move(sizes), dim));
  for (size_t i = 0; i < parts.size(); ++i) {
    autograd::detail::set_grad_fn(parts[i], node, static_cast<uint32_t>(i));
    record_of(parts[i])->views_leaf = views_leaf;
  }
  return parts;
}

// `size` each, what is left in the last one; one empty part of nothing.
std::vector<int64_t> even_sizes(int64_t total, int64_t size) {
  std::vector<int64_t> sizes;
  for (int64_t left = total; left > 0; left -= size) sizes.push_back(std::min(size, left));
  if (sizes.empty()) sizes.push_back(0);
  return sizes;
}

// Zeros of `shape` with x on the diagonal: the adjoint of diagonal().
Tensor embed_diagonal(const Tensor& x, const Shape& shape, int64_t offset, int64_t dim1,
                      int64_t dim2) {
  const Tensor output = ops::allocate(shape, x.dtype(), x.device());
  ops::fill(output, 0);
  ops::copy_into(x, ops::diagonal(output, offset, dim1, dim2));
  return record("diagonal_backward", {x}, output, [offset, dim1, dim2](const Tensor& grad) {
    return diagonal(grad, offset, dim1, dim2);
  });
}

// The adjoint of unfold(): every element goes back to where its window took it from.
Tensor fold_windows(const Tensor& grad, const Shape& shape, int64_t dim, int64_t step) {
  if (shape.empty()) return reshape(grad, shape);
  const int64_t count = grad.shape(dim);
  const int64_t size = grad.shape(-1);
  Shape order;
  for (int64_t i = 0; i + 1 < grad.dim(); ++i) {
    order.push_back(i);
    if (i == dim) order.push_back(grad.dim() - 1);
  }
  std::vector<int64_t> positions;
  for (int64_t i = 0; i < count * size; ++i) positions.push_back(i / size * step + i % size);
  return index_add(shape, dim, tensor(positions), flatten(permute(grad, order), dim, dim + 1));
}

}  // namespace

std::vector<Tensor> split(const Tensor& x, int64_t size, int64_t dim) {
  const int64_t d = split_dim("split", x, dim);
  const int64_t total = x.shape(d);
  if (size < 0 || (size == 0 && total > 0)) {
    throw ValueError(message("split: expected parts of size >= 1, got ", size));
  }
  return split_into(x, even_sizes(total, size), d);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, int64_t dim) {
  const int64_t d = split_dim("split", x, dim);
  int64_t left = x.shape(d);
  for (const int64_t size : sizes) {
    if (size < 0) throw ValueError(message("split: expected sizes >= 0, got ", size));
    if (size > left) {
      left = -1;
      break;
    }
    left -= size;
  }
  if (left != 0) {
    throw ValueError(message("split: ", sizes.size(), " sizes ",
                             detail::tuple(sizes.data(), sizes.size()),
                             " do not add up to the size of dim ", d, " of shape ", x.shape()));
  }
  return split_into(x, sizes, d);
}

std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim) {
  const int64_t d = split_dim("chunk", x, dim);
  if (chunks < 1) throw ValueError(message("chunk: expected at least 1 chunk, got ", chunks));
  const int64_t total = x.shape(d);
  // As in PyTorch, nothing is split into as many empty parts as were asked for.
  if (total == 0) return split_into(x, std::vector<int64_t>(static_cast<size_t>(chunks), 0), d);
  return split_into(x, even_sizes(total, total / chunks + (total % chunks != 0)), d);
}

std::vector<Tensor> unbind(const Tensor& x, int64_t dim) {
  const int64_t d = split_dim("unbind", x, dim);
  const auto count = static_cast<size_t>(x.shape(d));
  std::vector<Tensor> parts = split_into(x, std::vector<int64_t>(count, 1), d);
  for (Tensor& part : parts) part = squeeze(part, d);
  return parts;
}

Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step) {
  Tensor output = ops::unfold(x, dim, size, step);
  const auto d = static_cast<int64_t>(normalize_dim("unfold", dim, x.shape().size()));
  return record_view("unfold", x, std::move(output),
                     [from = x.shape(), d, step](const Tensor& grad) {
                       return fold_windows(grad, from, d, step);
                     });
}

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  return record_view("diagonal", x, ops::diagonal(x, offset, dim1, dim2),
                     [from = x.shape(), offset, dim1, dim2](const Tensor& grad) {
                       return embed_diagonal(grad, from, offset, dim1, dim2);
                     });
}

}  // namespace lucid
