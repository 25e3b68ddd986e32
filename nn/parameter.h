// Parameters: tensors that a module owns and an optimiser changes.
#pragma once

#include "lucid/tensor.h"

namespace lucid::nn {

/// A tensor that requires a gradient unless told otherwise. It may be uninitialised: registered and
/// listed, with a type but without shape and storage, until materialize() gives it both. All copies
/// are handles to the same parameter, so nothing that was handed out before goes stale
/// (https://pytorch.org/docs/stable/generated/torch.nn.parameter.UninitializedParameter.html).
class Parameter : public Tensor {
 public:
  /// Undefined: what bias() is without a bias.
  Parameter() noexcept = default;
  /// Shares the values of `data`, as a leaf of its own.
  /// @throws DTypeError if it requires a gradient and is not floating-point.
  explicit Parameter(const Tensor& data, bool requires_grad = true);

  static Parameter uninitialized(DType dtype = float32, Device device = cpu,
                                 bool requires_grad = true);

  /// False before materialize(): every use of shape or values then raises UninitializedError.
  bool is_initialized() const noexcept { return defined() && impl()->initialized; }

 private:
  explicit Parameter(IntrusivePtr<TensorImpl> impl) noexcept : Tensor(std::move(impl)) {}
};

/// A tensor with a type but without shape and storage, for the buffers of lazy modules.
Tensor uninitialized_buffer(DType dtype = float32, Device device = cpu);

/// True unless it waits for materialize().
bool is_initialized(const Tensor& tensor) noexcept;

/// Gives an uninitialised parameter or buffer its shape, type, device and (unset) values, in place.
/// @throws ValueError if it has them already; OutOfMemoryError, and nothing is changed.
void materialize(const Tensor& tensor, const Shape& shape, DType dtype, Device device = cpu);

/// Takes shape and values away again. Nothing happens to a tensor that has none.
void dematerialize(const Tensor& tensor, DType dtype) noexcept;

}  // namespace lucid::nn
