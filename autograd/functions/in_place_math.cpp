// The in-place methods of Tensor that are one operation each, the function of the same name.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/rearrangement.h"
#include "autograd/functions/scan.h"
#include "autograd/in_place.h"

namespace lucid {

using autograd::Keeps;
using autograd::overwrite;

const Tensor& Tensor::square_() const {
  return overwrite("square_", Keeps::input, *this, lucid::square);
}
const Tensor& Tensor::log_() const {
  return overwrite("log_", Keeps::input, *this, lucid::log);
}
const Tensor& Tensor::log2_() const {
  return overwrite("log2_", Keeps::input, *this, lucid::log2);
}
const Tensor& Tensor::log10_() const {
  return overwrite("log10_", Keeps::input, *this, lucid::log10);
}
const Tensor& Tensor::log1p_() const {
  return overwrite("log1p_", Keeps::input, *this, lucid::log1p);
}
const Tensor& Tensor::expm1_() const {
  return overwrite("expm1_", Keeps::nothing, *this, lucid::expm1);
}
const Tensor& Tensor::abs_() const {
  return overwrite("abs_", Keeps::input, *this, lucid::abs);
}
const Tensor& Tensor::sign_() const {
  return overwrite("sign_", Keeps::nothing, *this, lucid::sign);
}
const Tensor& Tensor::reciprocal_() const {
  return overwrite("reciprocal_", Keeps::nothing, *this, lucid::reciprocal);
}
const Tensor& Tensor::rsqrt_() const {
  return overwrite("rsqrt_", Keeps::nothing, *this, lucid::rsqrt);
}
const Tensor& Tensor::sin_() const {
  return overwrite("sin_", Keeps::input, *this, lucid::sin);
}
const Tensor& Tensor::cos_() const {
  return overwrite("cos_", Keeps::input, *this, lucid::cos);
}
const Tensor& Tensor::tan_() const {
  return overwrite("tan_", Keeps::nothing, *this, lucid::tan);
}
const Tensor& Tensor::asin_() const {
  return overwrite("asin_", Keeps::input, *this, lucid::asin);
}
const Tensor& Tensor::acos_() const {
  return overwrite("acos_", Keeps::input, *this, lucid::acos);
}
const Tensor& Tensor::atan_() const {
  return overwrite("atan_", Keeps::input, *this, lucid::atan);
}
const Tensor& Tensor::sinh_() const {
  return overwrite("sinh_", Keeps::input, *this, lucid::sinh);
}
const Tensor& Tensor::cosh_() const {
  return overwrite("cosh_", Keeps::input, *this, lucid::cosh);
}
const Tensor& Tensor::erf_() const {
  return overwrite("erf_", Keeps::input, *this, lucid::erf);
}
const Tensor& Tensor::erfc_() const {
  return overwrite("erfc_", Keeps::input, *this, lucid::erfc);
}
const Tensor& Tensor::floor_() const {
  return overwrite("floor_", Keeps::nothing, *this, lucid::floor);
}
const Tensor& Tensor::ceil_() const {
  return overwrite("ceil_", Keeps::nothing, *this, lucid::ceil);
}
const Tensor& Tensor::round_() const {
  return overwrite("round_", Keeps::nothing, *this, lucid::round);
}
const Tensor& Tensor::logical_not_() const {
  return overwrite("logical_not_", Keeps::nothing, *this, lucid::logical_not);
}
const Tensor& Tensor::pow_(const Tensor& exponent) const {
  return overwrite<const Tensor&>("pow_", Keeps::input, *this, lucid::pow, exponent);
}
const Tensor& Tensor::pow_(Scalar exponent) const {
  return overwrite<Scalar>("pow_", Keeps::input, *this, lucid::pow, exponent);
}
const Tensor& Tensor::atan2_(const Tensor& other) const {
  return overwrite("atan2_", Keeps::input, *this, lucid::atan2, other);
}
const Tensor& Tensor::fmod_(const Tensor& other) const {
  return overwrite<const Tensor&>("fmod_", Keeps::input, *this, lucid::fmod, other);
}
const Tensor& Tensor::fmod_(Scalar other) const {
  return overwrite<Scalar>("fmod_", Keeps::input, *this, lucid::fmod, other);
}
const Tensor& Tensor::remainder_(const Tensor& other) const {
  return overwrite<const Tensor&>("remainder_", Keeps::input, *this, lucid::remainder, other);
}
const Tensor& Tensor::remainder_(Scalar other) const {
  return overwrite<Scalar>("remainder_", Keeps::input, *this, lucid::remainder, other);
}
const Tensor& Tensor::clamp_(std::optional<Scalar> min, std::optional<Scalar> max) const {
  return overwrite<std::optional<Scalar>, std::optional<Scalar>>("clamp_", Keeps::input, *this,
                                                                 lucid::clamp, min, max);
}
const Tensor& Tensor::clamp_(const Tensor& min, const Tensor& max) const {
  return overwrite<const Tensor&, const Tensor&>("clamp_", Keeps::input, *this, lucid::clamp, min,
                                                 max);
}
const Tensor& Tensor::lerp_(const Tensor& end, double weight) const {
  return overwrite<const Tensor&, double>("lerp_", Keeps::nothing, *this, lucid::lerp, end, weight);
}
const Tensor& Tensor::lerp_(const Tensor& end, const Tensor& weight) const {
  return overwrite<const Tensor&, const Tensor&>("lerp_", Keeps::input, *this, lucid::lerp, end,
                                                 weight);
}
const Tensor& Tensor::logical_and_(const Tensor& other) const {
  return overwrite("logical_and_", Keeps::nothing, *this, lucid::logical_and, other);
}
const Tensor& Tensor::logical_or_(const Tensor& other) const {
  return overwrite("logical_or_", Keeps::nothing, *this, lucid::logical_or, other);
}
const Tensor& Tensor::logical_xor_(const Tensor& other) const {
  return overwrite("logical_xor_", Keeps::nothing, *this, lucid::logical_xor, other);
}
const Tensor& Tensor::masked_fill_(const Tensor& mask, Scalar value) const {
  return overwrite<const Tensor&, Scalar>("masked_fill_", Keeps::nothing, *this, lucid::masked_fill,
                                          mask, value);
}
const Tensor& Tensor::masked_fill_(const Tensor& mask, const Tensor& value) const {
  return overwrite<const Tensor&, const Tensor&>("masked_fill_", Keeps::nothing, *this,
                                                 lucid::masked_fill, mask, value);
}
const Tensor& Tensor::addmm_(const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) const {
  return overwrite("addmm_", Keeps::nothing, *this, lucid::addmm, a, b, beta, alpha);
}
const Tensor& Tensor::tril_(int64_t diagonal) const {
  return overwrite("tril_", Keeps::nothing, *this, lucid::tril, diagonal);
}
const Tensor& Tensor::triu_(int64_t diagonal) const {
  return overwrite("triu_", Keeps::nothing, *this, lucid::triu, diagonal);
}
const Tensor& Tensor::cumsum_(int64_t dim) const {
  return overwrite("cumsum_", Keeps::nothing, *this, lucid::cumsum, dim);
}
const Tensor& Tensor::cumprod_(int64_t dim) const {
  return overwrite("cumprod_", Keeps::input, *this, lucid::cumprod, dim);
}
const Tensor& Tensor::index_add_(int64_t dim, const Tensor& index, const Tensor& source,
                                 Scalar alpha) const {
  return overwrite<int64_t, const Tensor&, const Tensor&, Scalar>(
      "index_add_", Keeps::nothing, *this, lucid::index_add, dim, index, source, alpha);
}
const Tensor& Tensor::index_copy_(int64_t dim, const Tensor& index, const Tensor& source) const {
  return overwrite("index_copy_", Keeps::nothing, *this, lucid::index_copy, dim, index, source);
}
const Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Tensor& source) const {
  return overwrite<int64_t, const Tensor&, const Tensor&>("scatter_", Keeps::nothing, *this,
                                                          lucid::scatter, dim, index, source);
}
const Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, Scalar value) const {
  return overwrite<int64_t, const Tensor&, Scalar>("scatter_", Keeps::nothing, *this,
                                                   lucid::scatter, dim, index, value);
}
const Tensor& Tensor::scatter_add_(int64_t dim, const Tensor& index, const Tensor& source) const {
  return overwrite<int64_t, const Tensor&, const Tensor&>("scatter_add_", Keeps::nothing, *this,
                                                          lucid::scatter_add, dim, index, source);
}

}  // namespace lucid
