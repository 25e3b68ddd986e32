// Parameters and buffers: tensors that a module owns.
#pragma once

#include "lucid/tensor.h"

namespace lucid::nn {

namespace detail {

/// `tensor` itself; while clone() runs, the tensor that takes its place in the clone.
Tensor handle_for_copy(const Tensor& tensor);

/// A handle that follows its module into a clone: there its copy is a handle to the clone's tensor.
class OwnedTensor : public Tensor {
 public:
  OwnedTensor() noexcept = default;
  /// There is no move: a module that was moved from is a handle still, as are its members.
  OwnedTensor(const OwnedTensor& other) : Tensor(handle_for_copy(other)) {}
  OwnedTensor& operator=(const OwnedTensor& other) {
    Tensor::operator=(handle_for_copy(other));
    return *this;
  }
  ~OwnedTensor() = default;

  /// False as long as shape and values are missing: every use of them raises UninitializedError.
  bool is_initialized() const noexcept { return defined() && !impl()->uninitialized; }

 protected:
  explicit OwnedTensor(const Tensor& tensor) : Tensor(tensor) {}
};

}  // namespace detail

/// A tensor that requires a gradient unless told otherwise. It may be uninitialised: registered and
/// listed, with a type but without shape and storage, until materialize() or its lazy module gives
/// it both (nn::lazy_parameter says how). All copies are handles to the same parameter, so nothing
/// that was handed out before goes stale
/// (https://pytorch.org/docs/stable/generated/torch.nn.parameter.UninitializedParameter.html).
class Parameter : public detail::OwnedTensor {
 public:
  /// Undefined: what bias() is without a bias.
  Parameter() noexcept = default;
  /// Shares the values of `data`, as a leaf of its own.
  /// @throws DTypeError if it requires a gradient and is not floating-point.
  explicit Parameter(const Tensor& data, bool requires_grad = true);

  static Parameter uninitialized(DType dtype = float32, Device device = cpu,
                                 bool requires_grad = true);
  /// Internal: the tensor itself, where the constructor makes a leaf that shares its values.
  static Parameter adopt(const Tensor& tensor, bool requires_grad);
};

/// Part of a module's state that is not trained, such as running statistics. A module keeps its
/// buffers in members of this type, as its clones would share a plain Tensor.
class Buffer : public detail::OwnedTensor {
 public:
  Buffer() noexcept = default;
  explicit Buffer(const Tensor& data) : OwnedTensor(data) {}
};

/// A buffer with a type but without shape and storage.
Buffer uninitialized_buffer(DType dtype = float32, Device device = cpu);

/// True unless it waits for its shape and values.
bool is_initialized(const Tensor& tensor) noexcept;

/// Gives an uninitialised parameter or buffer its shape, type and device, in place, and the values
/// that it was to get first (unset ones if nobody said which).
/// @throws ValueError if it has them already; ShapeError for one that a lazy_parameter cannot have;
/// OutOfMemoryError. Then nothing is changed.
void materialize(const Tensor& tensor, const Shape& shape, DType dtype, Device device = cpu);

}  // namespace lucid::nn
