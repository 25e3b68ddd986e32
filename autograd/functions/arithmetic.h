// Arithmetic and comparisons, element by element, with broadcasting and type promotion by PyTorch's
// rules (https://pytorch.org/docs/stable/torch.html#pointwise-ops). Shapes that do not broadcast
// raise ShapeError.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

Tensor add(const Tensor& a, const Tensor& b);
/// @throws DTypeError for bools, whose difference is logical_xor().
Tensor sub(const Tensor& a, const Tensor& b);
/// a + alpha * b and a - alpha * b. @throws DTypeError if integers get a fraction as alpha.
Tensor add(const Tensor& a, const Tensor& b, Scalar alpha);
Tensor sub(const Tensor& a, const Tensor& b, Scalar alpha);
Tensor mul(const Tensor& a, const Tensor& b);
/// True division: integers give float32.
Tensor div(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, Scalar b);
Tensor sub(const Tensor& a, Scalar b);
Tensor sub(Scalar a, const Tensor& b);
Tensor mul(const Tensor& a, Scalar b);
Tensor div(const Tensor& a, Scalar b);
Tensor div(Scalar a, const Tensor& b);

/// The greater (lesser) of two; a NaN wins. Where they are equal each gets half of the gradient.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);

inline Tensor operator+(const Tensor& a, const Tensor& b) {
  return add(a, b);
}
inline Tensor operator-(const Tensor& a, const Tensor& b) {
  return sub(a, b);
}
inline Tensor operator*(const Tensor& a, const Tensor& b) {
  return mul(a, b);
}
inline Tensor operator/(const Tensor& a, const Tensor& b) {
  return div(a, b);
}
inline Tensor operator+(const Tensor& a, Scalar b) {
  return add(a, b);
}
inline Tensor operator-(const Tensor& a, Scalar b) {
  return sub(a, b);
}
inline Tensor operator*(const Tensor& a, Scalar b) {
  return mul(a, b);
}
inline Tensor operator/(const Tensor& a, Scalar b) {
  return div(a, b);
}
inline Tensor operator+(Scalar a, const Tensor& b) {
  return add(b, a);
}
inline Tensor operator-(Scalar a, const Tensor& b) {
  return sub(a, b);
}
inline Tensor operator*(Scalar a, const Tensor& b) {
  return mul(b, a);
}
inline Tensor operator/(Scalar a, const Tensor& b) {
  return div(a, b);
}

/// Comparisons give bool tensors and have no gradient.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, const Tensor& b);
Tensor eq(const Tensor& a, Scalar b);
Tensor ne(const Tensor& a, Scalar b);
Tensor lt(const Tensor& a, Scalar b);
Tensor le(const Tensor& a, Scalar b);
Tensor gt(const Tensor& a, Scalar b);
Tensor ge(const Tensor& a, Scalar b);

inline Tensor operator==(const Tensor& a, const Tensor& b) {
  return eq(a, b);
}
inline Tensor operator!=(const Tensor& a, const Tensor& b) {
  return ne(a, b);
}
inline Tensor operator<(const Tensor& a, const Tensor& b) {
  return lt(a, b);
}
inline Tensor operator<=(const Tensor& a, const Tensor& b) {
  return le(a, b);
}
inline Tensor operator>(const Tensor& a, const Tensor& b) {
  return gt(a, b);
}
inline Tensor operator>=(const Tensor& a, const Tensor& b) {
  return ge(a, b);
}
inline Tensor operator==(const Tensor& a, Scalar b) {
  return eq(a, b);
}
inline Tensor operator!=(const Tensor& a, Scalar b) {
  return ne(a, b);
}
inline Tensor operator<(const Tensor& a, Scalar b) {
  return lt(a, b);
}
inline Tensor operator<=(const Tensor& a, Scalar b) {
  return le(a, b);
}
inline Tensor operator>(const Tensor& a, Scalar b) {
  return gt(a, b);
}
inline Tensor operator>=(const Tensor& a, Scalar b) {
  return ge(a, b);
}
inline Tensor operator==(Scalar a, const Tensor& b) {
  return eq(b, a);
}
inline Tensor operator!=(Scalar a, const Tensor& b) {
  return ne(b, a);
}
inline Tensor operator<(Scalar a, const Tensor& b) {
  return gt(b, a);
}
inline Tensor operator<=(Scalar a, const Tensor& b) {
  return ge(b, a);
}
inline Tensor operator>(Scalar a, const Tensor& b) {
  return lt(b, a);
}
inline Tensor operator>=(Scalar a, const Tensor& b) {
  return le(b, a);
}

/// a where condition (bool) holds, else b.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, Scalar b);
Tensor where(const Tensor& condition, Scalar a, const Tensor& b);
Tensor where(const Tensor& condition, Scalar a, Scalar b);
/// True where x is zero or false.
Tensor logical_not(const Tensor& x);
/// True if every (any) element is not zero.
bool all(const Tensor& x);
bool any(const Tensor& x);
/// True if both have one shape, which is not broadcast, and |a - b| <= atol + rtol * |b| everywhere
/// (https://pytorch.org/docs/stable/generated/torch.allclose.html). NaN equals NaN with equal_nan.
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8,
              bool equal_nan = false);
/// True if shape and every value are the same.
bool equal(const Tensor& a, const Tensor& b);

/// Adds up x over the dimensions along which `shape` would be broadcast to it.
Tensor sum_to_size(const Tensor& x, const Shape& shape);

}  // namespace lucid
