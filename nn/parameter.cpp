#include "nn/parameter.h"

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/lazy_parameter.h"

namespace lucid::nn {

Parameter::Parameter(const Tensor& data, bool requires_grad) : OwnedTensor(data.detach()) {
  if (requires_grad) requires_grad_();
}

Parameter Parameter::uninitialized(DType dtype, Device device, bool requires_grad) {
  return adopt(detail::make_uninitialized({}, dtype, device), requires_grad);
}

Parameter Parameter::adopt(const Tensor& tensor, bool requires_grad) {
  Parameter parameter;
  parameter.Tensor::operator=(tensor);
  if (requires_grad) parameter.requires_grad_();
  return parameter;
}

Buffer uninitialized_buffer(DType dtype, Device device) {
  return Buffer(detail::make_uninitialized({}, dtype, device));
}

bool is_initialized(const Tensor& tensor) noexcept {
  return tensor.defined() && !tensor.impl()->uninitialized;
}

void materialize(const Tensor& tensor, const Shape& shape, DType dtype, Device device) {
  if (!tensor.defined() || is_initialized(tensor)) {
    throw ValueError(
        lucid::detail::message("materialize: expected an uninitialized parameter or buffer, got ",
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
  impl.uninitialized = {};
  if (impl.autograd) impl.autograd->describe(impl);
}

}  // namespace lucid::nn
