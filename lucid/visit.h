// From a run-time DType to a C++ type.
#pragma once

#include "lucid/dtype.h"

namespace lucid {

template <class T>
struct Tag {
  using type = T;
};

/// Calls function(Tag<T>{}) with the C++ type of dtype.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& function) {
  switch (dtype) {
    case DType::bool_:
      return function(Tag<bool>{});
    case DType::uint8:
      return function(Tag<uint8_t>{});
    case DType::int32:
      return function(Tag<int32_t>{});
    case DType::int64:
      return function(Tag<int64_t>{});
    case DType::float32:
      return function(Tag<float>{});
    case DType::float64:
      break;
  }
  return function(Tag<double>{});
}

/// The same for the two types that have gradients; the caller has checked that it is one of them.
template <class F>
decltype(auto) visit_floating(DType dtype, F&& function) {
  if (dtype == DType::float32) return function(Tag<float>{});
  return function(Tag<double>{});
}

}  // namespace lucid
