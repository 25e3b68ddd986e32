// Element types, and how two of them combine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>

namespace lucid {

enum class DType : uint8_t { bool_, uint8, int32, int64, float32, float64 };

inline constexpr DType bool_ = DType::bool_;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType int32 = DType::int32;
inline constexpr DType int64 = DType::int64;
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;

/// "float32" and so on.
const char* name(DType dtype) noexcept;

/// Writes name(dtype).
std::ostream& operator<<(std::ostream& out, DType dtype);

/// Bytes per element.
constexpr size_t element_size(DType dtype) noexcept {
  constexpr uint8_t sizes[] = {1, 1, 4, 8, 4, 8};
  return sizes[static_cast<size_t>(dtype)];
}

constexpr bool is_floating_point(DType dtype) noexcept {
  return dtype >= DType::float32;
}

/// Integers, without bool.
constexpr bool is_integral(DType dtype) noexcept {
  return dtype >= DType::uint8 && dtype <= DType::int64;
}

/// The type two tensors of these types are computed in: the wider one, and any float beats any
/// integer (https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc).
constexpr DType promote_types(DType a, DType b) noexcept {
  return a < b ? b : a;
}

namespace detail {
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::bool_;
};
template <>
struct DTypeOf<uint8_t> {
  static constexpr DType value = DType::uint8;
};
template <>
struct DTypeOf<int32_t> {
  static constexpr DType value = DType::int32;
};
template <>
struct DTypeOf<int64_t> {
  static constexpr DType value = DType::int64;
};
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::float32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::float64;
};
}  // namespace detail

/// The DType of a C++ type.
template <class T>
inline constexpr DType dtype_of = detail::DTypeOf<T>::value;

}  // namespace lucid
