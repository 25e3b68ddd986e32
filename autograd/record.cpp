#include "autograd/record.h"

#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"

namespace lucid::autograd {

using lucid::detail::message;

namespace detail {

namespace {

template <class Ref>
bool any_wanted(std::span<const Ref> inputs, const char* name) {
  if (!grad_enabled()) return false;
  bool wanted = false;
  for (const Tensor& input : inputs) {
    if (!input.defined()) continue;
    check_current(name, input);
    const GradientRecord* record = record_of(input);
    wanted = wanted || (record && record->wanted);
  }
  return wanted;
}

}  // namespace

bool must_record(std::span<const InputRef> inputs, const char* name) {
  return any_wanted(inputs, name);
}

bool must_record(std::span<const Tensor> inputs, const char* name) {
  return any_wanted(inputs, name);
}

Tensor attach(const Tensor& output, Node* node) {
  if (!grad_enabled()) return output;
  Tensor result = ops::alias(output);
  set_grad_fn(result, IntrusivePtr<Node>(node), 0);
  return result;
}

void set_grad_fn(const Tensor& output, IntrusivePtr<Node> node, uint32_t output_index) {
  TensorImpl& impl = *output.impl();
  impl.autograd = make_intrusive<GradientRecord>(std::move(node), output_index, impl);
}

}  // namespace detail

namespace {

// Where several elements lie in one place only the last value written would stay.
void check_own_places(const char* name, const Tensor& self) {
  for (size_t i = 0; i < self.shape().size(); ++i) {
    if (self.strides()[i] != 0 || self.shape()[i] <= 1) continue;
    throw ValueError(message(name, ": several elements of the tensor of shape ", self.shape(),
                             " share one place in memory (strides ", self.strides(),
                             "); write to a clone() instead"));
  }
}

}  // namespace

void check_in_place(const char* name, const Tensor& self) {
  const GradientRecord* record = record_of(self);
  if (!grad_enabled() || !record || !record->requires_grad()) return;
  if (!record->grad_fn || record->views_leaf) {
    throw AutogradError(message(
        name, ": ", record->grad_fn ? "a view of a leaf" : "a leaf",
        " that requires a gradient cannot be modified in place while the tape records; use a "
        "NoGradGuard to update parameters, or write to a clone()"));
  }
}

void write_in_place(const char* name, const Tensor& self, const Tensor& result) {
  check_in_place(name, self);
  check_own_places(name, self);
  if (result.shape() != self.shape()) {
    throw ShapeError(message(name, ": a result of shape ", result.shape(),
                             " cannot be written to a tensor of shape ", self.shape()));
  }
  if (ops::type_category(result.dtype()) > ops::type_category(self.dtype())) {
    throw DTypeError(message(name, ": a ", result.dtype(), " result cannot be written to a ",
                             self.dtype(), " tensor"));
  }
  if (result.is_meta() && !self.is_meta()) {
    throw DeviceError(message(name, ": an operand on the meta device has no values to write to a ",
                              "tensor that has some"));
  }
  // The cast is recorded, so that its gradient gets the right type.
  const Tensor values = result.to(self.dtype());
  TensorImpl& impl = *self.impl();
  const GradientRecord* source = record_of(values);
  GradientRecord* const target = record_of(self);
  // A record of its own: that of `values` may say that they are a view, which self is not. Made
  // before anything is written, since it may fail.
  IntrusivePtr<AutogradRecord> made;
  if (grad_enabled() && source && source->grad_fn) {
    made = make_intrusive<GradientRecord>(source->grad_fn, source->output_index, impl);
  }
  ops::copy_into(values, self);
  if (!impl.storage) return;
  impl.storage->bump_version(name);
  if (!grad_enabled()) return;
  if (!(source && source->requires_grad()) && !(target && target->requires_grad())) return;
  const IntrusivePtr<AutogradRecord> previous = std::exchange(impl.autograd, std::move(made));
  if (source && source->grad_fn) {
    if (target && target->extras && target->extras->retained_grad) {
      target->extras->retained_grad.reset();
      self.retain_grad();
    }
  }
  impl.storage->mark_recorded_write();
  impl.first_version = impl.storage->version();
}

}  // namespace lucid::autograd
