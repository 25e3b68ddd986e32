#include "nn/parameter.h"

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
  using lucid::detail::message;
  if (!tensor.defined() || is_initialized(tensor)) {
    throw ValueError(message("materialize: expected an uninitialized parameter or buffer, got ",
                             tensor.defined() ? "one of shape " + tensor.shape().str()
                                              : std::string("an undefined tensor")));
  }
  const IntrusivePtr<UninitializedRecord> record = tensor.impl()->uninitialized;
  const detail::LazyRecord* lazy = detail::lazy_record(tensor);
  LazySizes sizes;
  if (lazy && lazy->plan.shape && !lazy->plan.shape->match(shape, sizes)) {
    throw ShapeError(
        message("materialize: expected shape ", lazy->plan.shape->str(), ", got ", shape));
  }
  const DType former_dtype = tensor.impl()->dtype;
  const Device former_device = tensor.impl()->device;
  detail::allocate_in_place(tensor, shape, dtype, device);
  if (!lazy) return;
  try {
    lazy->plan.first_values.write(tensor, sizes);
  } catch (...) {
    detail::dematerialize(tensor, record, former_dtype, former_device);
    throw;
  }
}

}  // namespace lucid::nn
