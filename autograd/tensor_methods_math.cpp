// The methods of Tensor that compute with its elements: the functions of the same name.
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"

namespace lucid {

Tensor Tensor::add(const Tensor& other, Scalar alpha) const {
  return lucid::add(*this, other, alpha);
}
Tensor Tensor::sub(const Tensor& other, Scalar alpha) const {
  return lucid::sub(*this, other, alpha);
}
Tensor Tensor::mul(const Tensor& other) const {
  return lucid::mul(*this, other);
}
Tensor Tensor::div(const Tensor& other) const {
  return lucid::div(*this, other);
}
Tensor Tensor::matmul(const Tensor& other) const {
  return lucid::matmul(*this, other);
}
Tensor Tensor::pow(Scalar exponent) const {
  return lucid::pow(*this, exponent);
}
Tensor Tensor::neg() const {
  return lucid::neg(*this);
}
Tensor Tensor::abs() const {
  return lucid::abs(*this);
}
Tensor Tensor::exp() const {
  return lucid::exp(*this);
}
Tensor Tensor::log() const {
  return lucid::log(*this);
}
Tensor Tensor::sqrt() const {
  return lucid::sqrt(*this);
}
Tensor Tensor::square() const {
  return lucid::square(*this);
}
Tensor Tensor::tanh() const {
  return lucid::tanh(*this);
}
Tensor Tensor::sigmoid() const {
  return lucid::sigmoid(*this);
}
Tensor Tensor::relu() const {
  return lucid::relu(*this);
}
Tensor Tensor::softmax(int64_t dim) const {
  return lucid::softmax(*this, dim);
}
Tensor Tensor::log_softmax(int64_t dim) const {
  return lucid::log_softmax(*this, dim);
}
Tensor Tensor::add(Scalar other) const {
  return lucid::add(*this, other);
}
Tensor Tensor::sub(Scalar other) const {
  return lucid::sub(*this, other);
}
Tensor Tensor::mul(Scalar other) const {
  return lucid::mul(*this, other);
}
Tensor Tensor::div(Scalar other) const {
  return lucid::div(*this, other);
}
Tensor Tensor::maximum(const Tensor& other) const {
  return lucid::maximum(*this, other);
}
Tensor Tensor::minimum(const Tensor& other) const {
  return lucid::minimum(*this, other);
}
Tensor Tensor::pow(const Tensor& exponent) const {
  return lucid::pow(*this, exponent);
}
Tensor Tensor::atan2(const Tensor& other) const {
  return lucid::atan2(*this, other);
}
Tensor Tensor::fmod(const Tensor& other) const {
  return lucid::fmod(*this, other);
}
Tensor Tensor::fmod(Scalar other) const {
  return lucid::fmod(*this, other);
}
Tensor Tensor::remainder(const Tensor& other) const {
  return lucid::remainder(*this, other);
}
Tensor Tensor::remainder(Scalar other) const {
  return lucid::remainder(*this, other);
}
Tensor Tensor::clamp(std::optional<Scalar> min, std::optional<Scalar> max) const {
  return lucid::clamp(*this, min, max);
}
Tensor Tensor::clamp(const Tensor& min, const Tensor& max) const {
  return lucid::clamp(*this, min, max);
}
Tensor Tensor::lerp(const Tensor& end, double weight) const {
  return lucid::lerp(*this, end, weight);
}
Tensor Tensor::lerp(const Tensor& end, const Tensor& weight) const {
  return lucid::lerp(*this, end, weight);
}
Tensor Tensor::mm(const Tensor& other) const {
  return lucid::mm(*this, other);
}
Tensor Tensor::bmm(const Tensor& other) const {
  return lucid::bmm(*this, other);
}
Tensor Tensor::addmm(const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) const {
  return lucid::addmm(*this, a, b, beta, alpha);
}
Tensor Tensor::outer(const Tensor& other) const {
  return lucid::outer(*this, other);
}
Tensor Tensor::dot(const Tensor& other) const {
  return lucid::dot(*this, other);
}
Tensor Tensor::sign() const {
  return lucid::sign(*this);
}
Tensor Tensor::rsqrt() const {
  return lucid::rsqrt(*this);
}
Tensor Tensor::reciprocal() const {
  return lucid::reciprocal(*this);
}
Tensor Tensor::expm1() const {
  return lucid::expm1(*this);
}
Tensor Tensor::log1p() const {
  return lucid::log1p(*this);
}
Tensor Tensor::log2() const {
  return lucid::log2(*this);
}
Tensor Tensor::log10() const {
  return lucid::log10(*this);
}
Tensor Tensor::sin() const {
  return lucid::sin(*this);
}
Tensor Tensor::cos() const {
  return lucid::cos(*this);
}
Tensor Tensor::tan() const {
  return lucid::tan(*this);
}
Tensor Tensor::asin() const {
  return lucid::asin(*this);
}
Tensor Tensor::acos() const {
  return lucid::acos(*this);
}
Tensor Tensor::atan() const {
  return lucid::atan(*this);
}
Tensor Tensor::sinh() const {
  return lucid::sinh(*this);
}
Tensor Tensor::cosh() const {
  return lucid::cosh(*this);
}
Tensor Tensor::erf() const {
  return lucid::erf(*this);
}
Tensor Tensor::erfc() const {
  return lucid::erfc(*this);
}
Tensor Tensor::floor() const {
  return lucid::floor(*this);
}
Tensor Tensor::ceil() const {
  return lucid::ceil(*this);
}
Tensor Tensor::round() const {
  return lucid::round(*this);
}
Tensor Tensor::prelu(const Tensor& weight) const {
  return lucid::prelu(*this, weight);
}

Tensor Tensor::eq(const Tensor& other) const {
  return lucid::eq(*this, other);
}
Tensor Tensor::ne(const Tensor& other) const {
  return lucid::ne(*this, other);
}
Tensor Tensor::lt(const Tensor& other) const {
  return lucid::lt(*this, other);
}
Tensor Tensor::le(const Tensor& other) const {
  return lucid::le(*this, other);
}
Tensor Tensor::gt(const Tensor& other) const {
  return lucid::gt(*this, other);
}
Tensor Tensor::ge(const Tensor& other) const {
  return lucid::ge(*this, other);
}
Tensor Tensor::eq(Scalar other) const {
  return lucid::eq(*this, other);
}
Tensor Tensor::ne(Scalar other) const {
  return lucid::ne(*this, other);
}
Tensor Tensor::lt(Scalar other) const {
  return lucid::lt(*this, other);
}
Tensor Tensor::le(Scalar other) const {
  return lucid::le(*this, other);
}
Tensor Tensor::gt(Scalar other) const {
  return lucid::gt(*this, other);
}
Tensor Tensor::ge(Scalar other) const {
  return lucid::ge(*this, other);
}
Tensor Tensor::isnan() const {
  return lucid::isnan(*this);
}
Tensor Tensor::isinf() const {
  return lucid::isinf(*this);
}
Tensor Tensor::isfinite() const {
  return lucid::isfinite(*this);
}
Tensor Tensor::logical_not() const {
  return lucid::logical_not(*this);
}
Tensor Tensor::logical_and(const Tensor& other) const {
  return lucid::logical_and(*this, other);
}
Tensor Tensor::logical_or(const Tensor& other) const {
  return lucid::logical_or(*this, other);
}
Tensor Tensor::logical_xor(const Tensor& other) const {
  return lucid::logical_xor(*this, other);
}
bool Tensor::equal(const Tensor& other) const {
  return lucid::equal(*this, other);
}
bool Tensor::allclose(const Tensor& other, double rtol, double atol, bool equal_nan) const {
  return lucid::allclose(*this, other, rtol, atol, equal_nan);
}
Tensor Tensor::where(const Tensor& condition, const Tensor& other) const {
  return lucid::where(condition, *this, other);
}
Tensor Tensor::where(const Tensor& condition, Scalar other) const {
  return lucid::where(condition, *this, other);
}
Tensor Tensor::masked_fill(const Tensor& mask, Scalar value) const {
  return lucid::masked_fill(*this, mask, value);
}
Tensor Tensor::masked_fill(const Tensor& mask, const Tensor& value) const {
  return lucid::masked_fill(*this, mask, value);
}

}  // namespace lucid
