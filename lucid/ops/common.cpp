#include "lucid/ops/common.h"

#include "lucid/kernels/dispatch.h"

namespace lucid::ops {

Tensor allocate(const Shape& shape, DType dtype, Device device) {
  auto impl = make_intrusive<TensorImpl>(shape, dtype, device);
  int64_t bytes = 0;
  if (__builtin_mul_overflow(impl->numel, static_cast<int64_t>(element_size(dtype)), &bytes)) {
    throw ShapeError(message("shape ", shape, " of ", dtype, " has more bytes than fit 63 bits"));
  }
  if (device == cpu) impl->storage = make_intrusive<Storage>(bytes);
  return Tensor(std::move(impl));
}

namespace {

bool is_row_major(const Shape& shape, const Strides& strides, int64_t numel) noexcept {
  if (numel <= 1) return true;
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    if (strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

}  // namespace

Tensor view_of(const Tensor& base, const Shape& shape, const Strides& strides, int64_t offset) {
  const TensorImpl& from = *base.impl();
  auto impl = make_intrusive<TensorImpl>();
  impl->shape = shape;
  impl->strides = strides;
  impl->numel = shape.numel();
  impl->offset = offset;
  impl->dtype = from.dtype;
  impl->device = from.device;
  impl->contiguous = is_row_major(shape, strides, impl->numel);
  impl->storage = from.storage;
  if (impl->storage) impl->first_version = impl->storage->version();
  return Tensor(std::move(impl));
}

template <class T>
const kernels::KernelTable<T>& kernel_table() {
  static const kernels::KernelTable<T>* const first = [] {
    if (const char* rejected = kernels::rejected_request()) {
      std::string available;
      for (int i = 0; i < kernels::available_count(); ++i) {
        available += std::string(i ? ", " : "") + kernels::available_name(i);
      }
      throw ValueError(message("LUCID_ARCH is \"", rejected,
                               "\", but this processor has kernels for ", available));
    }
    return &kernels::active<T>();
  }();
  static_cast<void>(first);
  return kernels::active<T>();
}
template const kernels::KernelTable<float>& kernel_table();
template const kernels::KernelTable<double>& kernel_table();

Device common_device(std::initializer_list<const Tensor*> tensors) {
  for (const Tensor* tensor : tensors) {
    if (tensor->is_meta()) return meta;
  }
  return cpu;
}

Device data_device(const char* operation, const Tensor& x,
                   std::initializer_list<const Tensor*> parameters) {
  for (const Tensor* parameter : parameters) {
    if (!x.is_meta() && parameter->defined() && parameter->is_meta()) {
      throw DeviceError(message(operation, ": x is on the cpu, but a parameter of shape ",
                                parameter->shape(), " is on the meta device and has no values"));
    }
  }
  return x.device();
}

void require_defined(const char* operation, const char* argument, const Tensor& tensor) {
  if (tensor.defined()) return;
  throw UninitializedError(message(operation, ": ", argument, " is an undefined tensor"));
}

void require_numbers(const char* operation, DType dtype, const char* remedy) {
  if (dtype != bool_) return;
  throw DTypeError(message(operation, ": expected numbers, got bool; ", remedy));
}

void require_floating(const char* operation, const char* argument, const Tensor& tensor) {
  require_defined(operation, argument, tensor);
  if (!tensor.is_floating_point()) {
    throw DTypeError(message(operation, ": expected ", argument, " to be float32 or float64, got ",
                             tensor.dtype(), "; convert it with to()"));
  }
}

void require_same_dtype(const char* operation, const Tensor& a, const char* a_name, const Tensor& b,
                        const char* b_name) {
  if (a.dtype() != b.dtype()) {
    throw DTypeError(message(operation, ": expected ", a_name, " and ", b_name,
                             " of one dtype, got ", a.dtype(), " and ", b.dtype()));
  }
}

void require_rank(const char* operation, const char* argument, const Tensor& tensor, size_t rank,
                  const char* layout) {
  if (tensor.shape().size() != rank) {
    throw ShapeError(message(operation, ": expected ", argument, " of shape ", layout, ", got ",
                             tensor.shape()));
  }
}

void require_rank_limit(const char* operation, size_t rank) {
  if (rank <= Shape::max_rank) return;
  throw ShapeError(message(operation, ": a result of ", rank, " dimensions, where a tensor has at ",
                           "most ", Shape::max_rank));
}

void require_shape(const char* operation, const char* argument, const Tensor& tensor,
                   const Shape& expected) {
  if (tensor.shape() != expected) {
    throw ShapeError(message(operation, ": expected ", argument, " of shape ", expected, ", got ",
                             tensor.shape()));
  }
}

DimMask dim_mask(const char* operation, const Dims& dims, size_t rank) {
  DimMask mask;
  if (dims.empty()) {
    for (size_t i = 0; i < rank; ++i) mask.reduced[i] = true;
    return mask;
  }
  for (int64_t dim : dims) {
    const size_t i = normalize_dim(operation, dim, rank);
    if (mask.reduced[i]) {
      throw ValueError(message(operation, ": dim ", dim, " is named twice in ", dims));
    }
    mask.reduced[i] = true;
  }
  return mask;
}

Shape reduced_shape(const Shape& shape, const DimMask& mask, bool keepdim) {
  Shape result;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!mask.reduced[i]) {
      result.push_back(shape[i]);
    } else if (keepdim) {
      result.push_back(1);
    }
  }
  return result;
}

}  // namespace lucid::ops
