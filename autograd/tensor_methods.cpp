// The methods of Tensor about its shape and its place on the tape; those that take part in
// differentiation are the functions of the same name.
#include "autograd/engine.h"
#include "autograd/functions/rearrangement.h"
#include "autograd/functions/shape.h"
#include "autograd/functions/splitting.h"
#include "autograd/node.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/view.h"

namespace lucid {

using autograd::ensure_record;
using autograd::GradientRecord;
using autograd::record_of;
using detail::message;

Tensor Tensor::reshape(const Shape& shape) const {
  return lucid::reshape(*this, shape);
}
Tensor Tensor::view(const Shape& shape) const {
  return lucid::view(*this, shape);
}
Tensor Tensor::flatten(int64_t start_dim, int64_t end_dim) const {
  return lucid::flatten(*this, start_dim, end_dim);
}
Tensor Tensor::permute(const Shape& dims) const {
  return lucid::permute(*this, dims);
}
Tensor Tensor::transpose(int64_t dim0, int64_t dim1) const {
  return lucid::transpose(*this, dim0, dim1);
}
Tensor Tensor::t() const {
  if (dim() > 2) throw ShapeError(message("t: expected a matrix, got shape ", shape()));
  return lucid::transpose(*this, 0, dim() < 2 ? 0 : 1);
}
Tensor Tensor::squeeze() const {
  return lucid::squeeze(*this);
}
Tensor Tensor::squeeze(int64_t dim) const {
  return lucid::squeeze(*this, dim);
}
Tensor Tensor::unsqueeze(int64_t dim) const {
  return lucid::unsqueeze(*this, dim);
}
Tensor Tensor::expand(const Shape& shape) const {
  return lucid::expand(*this, shape);
}
Tensor Tensor::narrow(int64_t dim, int64_t start, int64_t length) const {
  return lucid::narrow(*this, dim, start, length);
}
Tensor Tensor::select(int64_t dim, int64_t index) const {
  return lucid::select(*this, dim, index);
}
Tensor Tensor::slice(int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end,
                     int64_t step) const {
  return lucid::slice(*this, dim, start, end, step);
}
Tensor Tensor::operator[](int64_t index) const {
  return lucid::select(*this, 0, index);
}
Tensor Tensor::contiguous() const {
  return lucid::contiguous(*this);
}
Tensor Tensor::clone() const {
  return lucid::clone(*this);
}
Tensor Tensor::to(DType dtype) const {
  return lucid::to(*this, dtype);
}
Tensor Tensor::broadcast_to(const Shape& shape) const {
  return lucid::broadcast_to(*this, shape);
}
Tensor Tensor::ravel() const {
  return lucid::ravel(*this);
}
Tensor Tensor::unflatten(int64_t dim, const Shape& sizes) const {
  return lucid::unflatten(*this, dim, sizes);
}
Tensor Tensor::movedim(const Dims& source, const Dims& destination) const {
  return lucid::movedim(*this, source, destination);
}
Tensor Tensor::diagonal(int64_t offset, int64_t dim1, int64_t dim2) const {
  return lucid::diagonal(*this, offset, dim1, dim2);
}
Tensor Tensor::unfold(int64_t dim, int64_t size, int64_t step) const {
  return lucid::unfold(*this, dim, size, step);
}
std::vector<Tensor> Tensor::split(int64_t size, int64_t dim) const {
  return lucid::split(*this, size, dim);
}
std::vector<Tensor> Tensor::split(const std::vector<int64_t>& sizes, int64_t dim) const {
  return lucid::split(*this, sizes, dim);
}
std::vector<Tensor> Tensor::chunk(int64_t chunks, int64_t dim) const {
  return lucid::chunk(*this, chunks, dim);
}
std::vector<Tensor> Tensor::unbind(int64_t dim) const {
  return lucid::unbind(*this, dim);
}
Tensor Tensor::repeat(const Shape& repeats) const {
  return lucid::repeat(*this, repeats);
}
Tensor Tensor::tile(const Shape& repeats) const {
  return lucid::tile(*this, repeats);
}
Tensor Tensor::flip(const Dims& dims) const {
  return lucid::flip(*this, dims);
}
Tensor Tensor::roll(const Shape& shifts, const Dims& dims) const {
  return lucid::roll(*this, shifts, dims);
}
Tensor Tensor::roll(int64_t shift) const {
  return lucid::roll(*this, shift);
}
Tensor Tensor::roll(int64_t shift, int64_t dim) const {
  return lucid::roll(*this, shift, dim);
}
Tensor Tensor::tril(int64_t diagonal) const {
  return lucid::tril(*this, diagonal);
}
Tensor Tensor::triu(int64_t diagonal) const {
  return lucid::triu(*this, diagonal);
}

bool Tensor::requires_grad() const {
  const GradientRecord* record = record_of(*this);
  return record && record->requires_grad();
}

const Tensor& Tensor::requires_grad_(bool requires_grad) const {
  if (impl_ == nullptr) throw_uninitialized();
  if (requires_grad && !lucid::is_floating_point(impl_->dtype)) {
    throw DTypeError(
        message("requires_grad_: only floating-point tensors have gradients, got ", impl_->dtype));
  }
  GradientRecord& record = ensure_record(*this);
  if (record.grad_fn && !requires_grad) {
    throw AutogradError(message("requires_grad_: the tensor was computed by ",
                                record.grad_fn->name(),
                                " and cannot stop requiring a gradient; use detach()"));
  }
  record.wanted = requires_grad;
  return *this;
}

bool Tensor::is_leaf() const {
  const GradientRecord* record = record_of(*this);
  return !record || !record->grad_fn;
}

std::string Tensor::grad_fn() const {
  const GradientRecord* record = record_of(*this);
  return record && record->grad_fn ? record->grad_fn->name() : "";
}

Tensor Tensor::grad() const {
  GradientRecord* record = record_of(*this);
  return record ? record->grad_place() : Tensor();
}

void Tensor::set_grad(const Tensor& grad) const {
  if (grad.defined() && (grad.shape() != shape() || grad.dtype() != dtype())) {
    throw ShapeError(message("set_grad: expected shape ", shape(), " and dtype ", dtype(), ", got ",
                             grad.shape(), " and ", grad.dtype()));
  }
  if (!grad.defined() && !record_of(*this)) return;
  ensure_record(*this).grad_place() = grad;
}

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph) const {
  std::vector<Tensor> gradients;
  if (gradient.defined()) gradients.push_back(gradient);
  autograd::backward({*this}, gradients, {retain_graph, create_graph});
}

Tensor Tensor::detach() const {
  checked();
  return ops::alias(*this);
}

}  // namespace lucid
