// What a Tensor handle points to. Internal: users see Tensor.
#pragma once

#include <optional>
#include <string>

#include "lucid/device.h"
#include "lucid/dtype.h"
#include "lucid/intrusive_ptr.h"
#include "lucid/random.h"
#include "lucid/shape.h"
#include "lucid/storage.h"

namespace lucid {

struct TensorImpl;

/// What the tape knows of a tensor; autograd/ defines it, this layer only carries it.
class AutogradRecord : public RefCounted {
 public:
  virtual bool requires_grad() const noexcept = 0;
  /// Takes over shape and dtype, which gradients must have; to be called again if they change.
  virtual void describe(const TensorImpl& impl) noexcept = 0;
};

/// Stands in a tensor that has neither shape nor values yet: a parameter or buffer of a lazy
/// module. nn/ knows how it will get them; this layer only asks what it is called.
class UninitializedRecord : public RefCounted {
 public:
  /// "features.3.weight", or "" as long as no module has it.
  virtual std::string path() const { return ""; }
  /// The random numbers that were set aside for its first values, if it gets such.
  virtual std::optional<RandomStream> stream() const { return std::nullopt; }
};

struct TensorImpl final : RefCounted {
  TensorImpl() noexcept = default;
  /// Row-major. @throws ShapeError as Shape::numel()
  TensorImpl(const Shape& shape, DType dtype, Device device)
      : shape(shape),
        strides(contiguous_strides(shape)),
        numel(shape.numel()),
        dtype(dtype),
        device(device) {}

  Shape shape;
  Strides strides;
  int64_t numel = 0;
  int64_t offset = 0;  ///< in elements
  DType dtype = DType::float32;
  Device device;
  bool contiguous = true;
  /// The values are a relu's already, and the only one who will read them takes their relu.
  bool rectified = false;
  /// Null unless shape and values are still missing.
  IntrusivePtr<UninitializedRecord> uninitialized;
  IntrusivePtr<Storage> storage;  ///< null for meta tensors
  /// The storage's version when this tensor began to see it.
  uint64_t first_version = 0;
  IntrusivePtr<AutogradRecord> autograd;
};

}  // namespace lucid
