// The in-place methods of Tensor: the operation of the same name, written over its first operand.
#include "autograd/in_place.h"

#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/view.h"

namespace lucid {

using autograd::apart_from;
using autograd::check_in_place;
using autograd::write_in_place;

namespace {

// The old values of self, for an operation that keeps them. A copy if they are needed after the
// write; else a second handle, since a node that held self would hold itself and never be freed.
Tensor old_values(const Tensor& self, const Tensor& other) {
  if (!grad_enabled()) return self;
  if (other.requires_grad()) return clone(self);
  Tensor old = ops::alias(self);
  old.impl()->autograd = self.impl()->autograd;
  old.impl()->first_version = self.impl()->first_version;
  return old;
}

const Tensor& fill_with(const char* name, const Tensor& self, Scalar value) {
  check_in_place(name, self);
  // A full tensor is only needed where the tape must forget the old values.
  if (grad_enabled() && self.requires_grad()) {
    const Tensor number = ops::wrap(name, value, self.dtype(), self.device());
    write_in_place(name, self, lucid::expand(number, self.shape()));
  } else {
    ops::fill(self, value, name);
    if (self.impl()->storage) self.impl()->storage->bump_version(name);
  }
  return self;
}

template <class Function>
const Tensor& apply(const char* name, const Tensor& self, const Function& function) {
  check_in_place(name, self);
  write_in_place(name, self, function());
  return self;
}

}  // namespace

const Tensor& Tensor::fill_(Scalar value) const {
  return fill_with("fill_", *this, value);
}
const Tensor& Tensor::zero_() const {
  return fill_with("zero_", *this, 0);
}

const Tensor& Tensor::copy_(const Tensor& source) const {
  ops::require_defined("copy_", "the source", source);
  return apply("copy_", *this, [&] {
    if (broadcast_shapes("copy_", source.shape(), shape()) != shape()) {
      throw ShapeError(detail::message("copy_: a source of shape ", source.shape(),
                                       " does not fit a tensor of shape ", shape()));
    }
    return lucid::expand(lucid::to(apart_from(*this, source), dtype()), shape());
  });
}

const Tensor& Tensor::add_(const Tensor& other, Scalar alpha) const {
  return apply("add_", *this, [&] { return lucid::add(*this, other, alpha); });
}

const Tensor& Tensor::sub_(const Tensor& other, Scalar alpha) const {
  return apply("sub_", *this, [&] { return lucid::sub(*this, other, alpha); });
}

const Tensor& Tensor::mul_(const Tensor& other) const {
  return apply("mul_", *this,
               [&] { return lucid::mul(old_values(*this, other), apart_from(*this, other)); });
}

const Tensor& Tensor::div_(const Tensor& other) const {
  return apply("div_", *this,
               [&] { return lucid::div(old_values(*this, other), apart_from(*this, other)); });
}

const Tensor& Tensor::add_(Scalar other) const {
  return apply("add_", *this, [&] { return lucid::add(*this, other); });
}

const Tensor& Tensor::sub_(Scalar other) const {
  return apply("sub_", *this, [&] { return lucid::sub(*this, other); });
}

const Tensor& Tensor::mul_(Scalar other) const {
  return apply("mul_", *this, [&] { return lucid::mul(*this, other); });
}

const Tensor& Tensor::div_(Scalar other) const {
  return apply("div_", *this, [&] { return lucid::div(*this, other); });
}

const Tensor& Tensor::neg_() const {
  return apply("neg_", *this, [&] { return lucid::neg(*this); });
}

const Tensor& Tensor::exp_() const {
  return apply("exp_", *this, [&] { return lucid::exp(*this); });
}

const Tensor& Tensor::sqrt_() const {
  return apply("sqrt_", *this, [&] { return lucid::sqrt(*this); });
}

const Tensor& Tensor::tanh_() const {
  return apply("tanh_", *this, [&] { return lucid::tanh(*this); });
}

const Tensor& Tensor::sigmoid_() const {
  return apply("sigmoid_", *this, [&] { return lucid::sigmoid(*this); });
}

const Tensor& Tensor::relu_() const {
  return apply("relu_", *this, [&] { return lucid::relu(*this); });
}

void Tensor::set(const Shape& index, Scalar value) const {
  Tensor element = *this;
  if (index.size() != shape().size()) {
    throw IndexError(detail::message("set: expected ", shape().size(), " indices for shape ",
                                     shape(), ", got ", index));
  }
  for (size_t i = 0; i < index.size(); ++i) {
    if (index[i] < -shape()[i] || index[i] >= shape()[i]) {
      throw IndexError(
          detail::message("set: index ", index, " is out of range for shape ", shape()));
    }
  }
  check_in_place("set", *this);
  if (grad_enabled() && requires_grad()) {
    // As a whole: after a write through a view the tape would not know this tensor any more.
    const Tensor others = ones(shape(), {.dtype = bool_});
    others.set(index, false);
    write_in_place("set", *this, lucid::where(others, *this, value));
    return;
  }
  for (size_t i = 0; i < index.size(); ++i) element = lucid::select(element, 0, index[i]);
  element.fill_(value);
}

}  // namespace lucid
