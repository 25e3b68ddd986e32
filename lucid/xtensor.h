// Tensors as xtensor expressions and back. The one public header that includes xtensor.
#pragma once

#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xstrided_view.hpp>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "lucid/creation.h"
#include "lucid/tensor.h"

namespace lucid {

/// The tensor's memory as an xtensor expression of dynamic rank, without a copy: what is written to
/// the expression is in the tensor. Keep the tensor alive for as long. The tape sees nothing of
/// this. https://xtensor.readthedocs.io/en/latest/adaptor.html
/// @throws DTypeError if T is not the C++ type of the tensor's dtype.
template <class T>
auto as_xtensor(const Tensor& tensor) {
  T* data = tensor.data<T>();
  size_t reach = tensor.numel() > 0 ? 1 : 0;  // elements from the first to the last in memory
  for (size_t i = 0; i < tensor.shape().size() && reach > 0; ++i) {
    reach += static_cast<size_t>((tensor.shape()[i] - 1) * tensor.strides()[i]);
  }
  std::vector<size_t> shape(tensor.shape().begin(), tensor.shape().end());
  std::vector<std::ptrdiff_t> strides(tensor.strides().begin(), tensor.strides().end());
  const auto layout =
      tensor.is_contiguous() ? xt::layout_type::row_major : xt::layout_type::dynamic;
  // A view, and no adaptor of this shape: assigning to that would give it other strides.
  return xt::strided_view(
      xt::adapt(std::move(data), reach, xt::no_ownership(), std::array<size_t, 1>{reach}),
      std::move(shape), std::move(strides), 0, layout);
}

/// A new tensor with the values of an xtensor expression of one of our element types.
template <class Expression>
Tensor from_xtensor(const xt::xexpression<Expression>& expression) {
  using T = typename Expression::value_type;
  const Expression& values = expression.derived_cast();
  Shape shape;
  for (const auto size : values.shape()) shape.push_back(static_cast<int64_t>(size));
  Tensor result = empty(shape, {.dtype = dtype_of<T>});
  auto target = as_xtensor<T>(result);
  xt::noalias(target) = values;
  return result;
}

}  // namespace lucid
