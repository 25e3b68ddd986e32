#include "nn/parameter.h"

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {
namespace {

IntrusivePtr<TensorImpl> make_uninitialized(DType dtype, Device device) {
  IntrusivePtr<TensorImpl> impl(new TensorImpl);
  impl->dtype = dtype;
  impl->device = device;
  impl->initialized = false;
  return impl;
}

}  // namespace

Parameter::Parameter(const Tensor& data, bool requires_grad) : Tensor(data.detach()) {
  if (requires_grad) requires_grad_();
}

Parameter Parameter::uninitialized(DType dtype, Device device, bool requires_grad) {
  Parameter parameter(make_uninitialized(dtype, device));
  if (requires_grad) parameter.requires_grad_();
  return parameter;
}

Tensor uninitialized_buffer(DType dtype, Device device) {
  return Tensor(make_uninitialized(dtype, device));
}

bool is_initialized(const Tensor& tensor) noexcept {
  return tensor.defined() && tensor.impl()->initialized;
}

void materialize(const Tensor& tensor, const Shape& shape, DType dtype, Device device) {
  if (!tensor.defined() || is_initialized(tensor)) {
    throw ValueError(
        detail::message("materialize: expected an uninitialized parameter or buffer, got ",
                        tensor.defined() ? "one of shape " + tensor.shape().str()
                                         : std::string("an undefined tensor")));
  }
  // Everything that can fail comes first.
  const Tensor values = empty(shape, {.dtype = dtype, .device = device});
  const TensorImpl& from = *values.impl();
  TensorImpl& impl = *tensor.impl();
  impl.shape = from.shape;
  impl.strides = from.strides;
  impl.numel = from.numel;
  impl.dtype = dtype;
  impl.device = device;
  impl.storage = from.storage;
  impl.initialized = true;
}

void dematerialize(const Tensor& tensor, DType dtype) noexcept {
  TensorImpl& impl = *tensor.impl();
  impl.shape = {};
  impl.strides = {};
  impl.numel = 0;
  impl.dtype = dtype;
  impl.storage = {};
  impl.initialized = false;
}

}  // namespace lucid::nn
