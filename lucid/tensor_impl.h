// What a Tensor handle points to. Internal: users see Tensor.
#pragma once

#include "lucid/device.h"
#include "lucid/dtype.h"
#include "lucid/intrusive_ptr.h"
#include "lucid/shape.h"
#include "lucid/storage.h"

namespace lucid {

/// What the tape knows of a tensor; autograd/ defines it, this layer only carries it.
class AutogradRecord : public RefCounted {
 public:
  virtual bool requires_grad() const noexcept = 0;
};

struct TensorImpl final : RefCounted {
  Shape shape;
  Strides strides;
  int64_t numel = 0;
  int64_t offset = 0;  ///< in elements
  DType dtype = DType::float32;
  Device device;
  bool contiguous = true;
  /// False for a lazy parameter whose shape is not known yet; it has no storage.
  bool initialized = true;
  IntrusivePtr<Storage> storage;  ///< null for meta tensors
  /// The storage's version when this tensor began to see it.
  uint64_t first_version = 0;
  IntrusivePtr<AutogradRecord> autograd;
};

}  // namespace lucid
