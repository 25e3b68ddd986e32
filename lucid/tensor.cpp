// The parts of Tensor that the tape has no say in: what it is, and reading its values.
#include "lucid/tensor.h"

#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/visit.h"

namespace lucid {

using detail::message;

namespace {

int64_t element_offset(const Tensor& tensor, const Shape& index) {
  const Shape& shape = tensor.shape();
  if (index.size() != shape.size()) {
    throw IndexError(
        message("at: expected ", shape.size(), " indices for shape ", shape, ", got ", index));
  }
  int64_t offset = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t position = index[i] < 0 ? index[i] + shape[i] : index[i];
    if (position < 0 || position >= shape[i]) {
      throw IndexError(message("at: index ", index, " is out of range for shape ", shape));
    }
    offset += position * tensor.strides()[i];
  }
  return offset;
}

}  // namespace

void Tensor::throw_uninitialized() const {
  if (!impl_) {
    throw UninitializedError(
        "use of an undefined tensor: it was made without a value, or what it had was moved away");
  }
  const std::string path = impl_->uninitialized->path();
  throw UninitializedError(message(
      "use of ", path.empty() ? "an uninitialized parameter" : "uninitialized " + path,
      ": it has no shape and no values yet; call the module once, materialize() it, or load "
      "a state dict"));
}

int64_t Tensor::shape(int64_t dim) const {
  return shape()[normalize_dim("shape", dim, shape().size())];
}

uint64_t Tensor::version() const {
  return checked().storage ? impl_->storage->version() : 0;
}

void* Tensor::checked_data(DType dtype) const {
  if (impl_ && impl_->storage && impl_->dtype == dtype && impl_->storage->data()) {
    return static_cast<std::byte*>(impl_->storage->data()) +
           impl_->offset * static_cast<int64_t>(element_size(dtype));
  }
  if (checked().dtype != dtype) {
    throw DTypeError(message("data: the tensor is ", impl_->dtype, ", asked for ", dtype,
                             "; convert it with to()"));
  }
  return bytes();
}

std::byte* Tensor::bytes() const {
  const TensorImpl& impl = checked();
  if (!impl.storage) throw DeviceError("data: a meta tensor has no values");
  if (!impl.storage->data()) return nullptr;
  return static_cast<std::byte*>(impl.storage->data()) +
         impl.offset * static_cast<int64_t>(element_size(impl.dtype));
}

template <class T>
T Tensor::item() const {
  if (numel() != 1) {
    throw ShapeError(message("item: expected one element, the tensor has shape ", shape()));
  }
  return visit_dtype(dtype(), [&]<class S>(Tag<S>) { return static_cast<T>(*data<S>()); });
}

template <class T>
T Tensor::at(const Shape& index) const {
  const int64_t offset = element_offset(*this, index);
  return visit_dtype(dtype(), [&]<class S>(Tag<S>) { return static_cast<T>(data<S>()[offset]); });
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  const Shape& sizes = shape();
  std::vector<T> values(static_cast<size_t>(numel()));
  if (values.empty()) return values;
  visit_dtype(dtype(), [&]<class S>(Tag<S>) {
    const S* first = data<S>();
    Shape index = Shape::filled(sizes.size(), 0);
    int64_t offset = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<T>(first[offset]);
      for (size_t d = sizes.size(); d-- > 0;) {
        offset += strides()[d];
        if (++index[d] < sizes[d]) break;
        offset -= strides()[d] * sizes[d];
        index[d] = 0;
      }
    }
  });
  return values;
}

#define LUCID_INSTANTIATE(T)                    \
  template T Tensor::item<T>() const;           \
  template T Tensor::at<T>(const Shape&) const; \
  template std::vector<T> Tensor::to_vector<T>() const;
LUCID_INSTANTIATE(bool)
LUCID_INSTANTIATE(uint8_t)
LUCID_INSTANTIATE(int32_t)
LUCID_INSTANTIATE(int64_t)
LUCID_INSTANTIATE(float)
LUCID_INSTANTIATE(double)
#undef LUCID_INSTANTIATE

}  // namespace lucid
