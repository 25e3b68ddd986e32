// The methods of Tensor that take part in differentiation: the functions of the same name.
#include "autograd/engine.h"
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
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

Tensor Tensor::add(const Tensor& other) const {
  return lucid::add(*this, other);
}
Tensor Tensor::sub(const Tensor& other) const {
  return lucid::sub(*this, other);
}
Tensor Tensor::mul(const Tensor& other) const {
  return lucid::mul(*this, other);
}
Tensor Tensor::div(const Tensor& other) const {
  return lucid::div(*this, other);
}
Tensor Tensor::matmul(const Tensor& other) const {
  return lucid::matmul(*this, other);
}
Tensor Tensor::pow(Scalar exponent) const {
  return lucid::pow(*this, exponent);
}
Tensor Tensor::neg() const {
  return lucid::neg(*this);
}
Tensor Tensor::abs() const {
  return lucid::abs(*this);
}
Tensor Tensor::exp() const {
  return lucid::exp(*this);
}
Tensor Tensor::log() const {
  return lucid::log(*this);
}
Tensor Tensor::sqrt() const {
  return lucid::sqrt(*this);
}
Tensor Tensor::square() const {
  return lucid::square(*this);
}
Tensor Tensor::tanh() const {
  return lucid::tanh(*this);
}
Tensor Tensor::sigmoid() const {
  return lucid::sigmoid(*this);
}
Tensor Tensor::relu() const {
  return lucid::relu(*this);
}
Tensor Tensor::softmax(int64_t dim) const {
  return lucid::softmax(*this, dim);
}
Tensor Tensor::log_softmax(int64_t dim) const {
  return lucid::log_softmax(*this, dim);
}

Tensor Tensor::sum() const {
  return lucid::sum(*this);
}
Tensor Tensor::sum(const Dims& dims, bool keepdim) const {
  return lucid::sum(*this, dims, keepdim);
}
Tensor Tensor::mean() const {
  return lucid::mean(*this);
}
Tensor Tensor::mean(const Dims& dims, bool keepdim) const {
  return lucid::mean(*this, dims, keepdim);
}
Tensor Tensor::max() const {
  return lucid::max(*this);
}
ValuesAndIndices Tensor::max(int64_t dim, bool keepdim) const {
  return lucid::max(*this, dim, keepdim);
}
Tensor Tensor::min() const {
  return lucid::min(*this);
}
ValuesAndIndices Tensor::min(int64_t dim, bool keepdim) const {
  return lucid::min(*this, dim, keepdim);
}
Tensor Tensor::argmax() const {
  return lucid::argmax(*this);
}
Tensor Tensor::argmax(int64_t dim, bool keepdim) const {
  return lucid::argmax(*this, dim, keepdim);
}
Tensor Tensor::argmin() const {
  return lucid::argmin(*this);
}
Tensor Tensor::argmin(int64_t dim, bool keepdim) const {
  return lucid::argmin(*this, dim, keepdim);
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
