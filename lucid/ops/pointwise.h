// Element by element: one operand, two with broadcasting, comparisons, choices.
#pragma once

#include <optional>

#include "lucid/kernels/shapes.h"
#include "lucid/tensor.h"

namespace lucid::ops {

using kernels::Binary;
using kernels::Compare;
using kernels::Unary;

const char* name(Unary op) noexcept;
const char* name(Binary op) noexcept;
const char* name(Compare op) noexcept;

/// The type an operation computes in: neg, abs, square, sign and relu keep integers, the others
/// turn them into float32, as does division. Of bools sign keeps them and square makes int64.
/// @throws DTypeError for neg, abs, relu and sub of bools.
DType result_type(Unary op, DType dtype);
DType result_type(Binary op, DType dtype);
/// What counts before width in promotion: 0 for bool, 1 for integers, 2 for floating-point.
constexpr int type_category(DType dtype) noexcept {
  return dtype == bool_ ? 0 : is_integral(dtype) ? 1 : 2;
}
/// Promotion of two operands; a scalar tensor only counts with its kind.
DType promote(const Tensor& a, const Tensor& b);

Tensor unary(Unary op, const Tensor& x);
Tensor binary(Binary op, const Tensor& a, const Tensor& b);
Tensor binary(Binary op, const Tensor& a, Scalar b);
Tensor binary(Binary op, Scalar a, const Tensor& b);
/// A number as a tensor without dimensions. @throws ValueError if the type does not reach it.
Tensor wrap(const char* operation, Scalar number, DType dtype, Device device);
/// bool tensors.
Tensor compare(Compare op, const Tensor& a, const Tensor& b);
Tensor compare(Compare op, const Tensor& a, Scalar b);
/// a where condition, else b; condition is bool, all three broadcast.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);
/// x if it lies in [min, max], else the nearer bound; one of the two may be missing. A NaN wins.
Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max);
/// Writes relu(x) over x, which is floating-point and contiguous.
void relu_in_place(const Tensor& x);
/// grad where output > 0, else 0.
/// @param overwrite the result takes the place of grad if type and layout allow it
Tensor relu_backward(const Tensor& grad, const Tensor& output, bool overwrite = false);
/// grad * output * (1 - output)
Tensor sigmoid_backward(const Tensor& grad, const Tensor& output);
/// grad * (1 - output^2)
Tensor tanh_backward(const Tensor& grad, const Tensor& output);
/// y += alpha * x, both floating-point, contiguous and of one shape and type.
void axpy(const Tensor& y, double alpha, const Tensor& x);

/// In place: `height` where x is at least `edge`, else 0. x is contiguous, float32 or float64.
void threshold(const Tensor& x, double edge, double height);

}  // namespace lucid::ops
