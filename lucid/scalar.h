// A number of any of our element types, for arguments such as the 2 in x * 2.
#pragma once

#include <concepts>
#include <cstdint>

#include "lucid/dtype.h"

namespace lucid {

/// Holds integers exactly as int64 and floating-point numbers as double. In type promotion it only
/// counts with its kind: an int64 tensor times 2.5 is floating-point, a uint8 tensor times 2 stays
/// uint8 (https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc).
class Scalar {
 public:
  enum class Kind : uint8_t { boolean, integer, floating };

  Scalar(bool value) noexcept : kind_(Kind::boolean), integer_(value) {}
  template <std::integral T>
  Scalar(T value) noexcept : kind_(Kind::integer), integer_(static_cast<int64_t>(value)) {}
  template <std::floating_point T>
  Scalar(T value) noexcept : kind_(Kind::floating), floating_(static_cast<double>(value)) {}

  Kind kind() const noexcept { return kind_; }

  template <class T>
  T to() const noexcept {
    return kind_ == Kind::floating ? static_cast<T>(floating_) : static_cast<T>(integer_);
  }

  /// The type of the result of combining a tensor of type `dtype` with this number.
  DType promote(DType dtype) const noexcept {
    if (kind_ == Kind::floating) return is_floating_point(dtype) ? dtype : DType::float32;
    if (kind_ == Kind::integer && dtype == DType::bool_) return DType::int64;
    return dtype;
  }

  /// The type of a tensor made of this number alone.
  DType dtype() const noexcept {
    if (kind_ == Kind::floating) return DType::float32;
    return kind_ == Kind::integer ? DType::int64 : DType::bool_;
  }

 private:
  Kind kind_;
  union {
    int64_t integer_;
    double floating_;
  };
};

}  // namespace lucid
