#include "tests/autograd/method_table.h"

#include <cmath>

#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/rearrangement.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/scan.h"
#include "autograd/functions/splitting.h"

namespace lucid::test {
namespace {

#define CALL(expression)                                                 \
  []([[maybe_unused]] const Tensor& x, [[maybe_unused]] const Tensor& y, \
     [[maybe_unused]] const Tensor& z) -> Tensor { return expression; }
#define METHOD(signature, inputs, method, function) \
  Method {                                          \
    signature, inputs, CALL(method), CALL(function) \
  }
#define UNARY(name, inputs) METHOD(#name "()", inputs, x.name(), name(x))
#define UNARY_(name, inputs) METHOD(#name "_()", inputs, x.name##_(), name(x))

Tensor rows() {
  return tensor({2, 0, 1});
}
Tensor table() {
  return tensor({{2, 0, 1, 1}, {0, 0, 2, 1}});
}
Tensor mask() {
  return tensor(
      {{true, false, true, false}, {false, false, true, true}, {true, true, true, false}});
}

// Values of both signs within (-0.6, 0.6), of which 1.5 times is in the domain of asin, too.
const Tensors one{distinct({3, 4})};
const Tensors above{positive({3, 4})};
const Tensors two{distinct({3, 4}), positive({4}, 2)};
const Tensors same{distinct({3, 4}), normal({3, 4}, 2)};
const Tensors three{distinct({3, 4}), normal({3, 4}, 2), normal({4}, 3)};
const Tensors raised{positive({3, 4}), normal({4}, 2)};
const Tensors filled{distinct({3, 4}), normal({}, 2)};
const Tensors product{distinct({3, 4}), normal({3, 2}, 2), normal({2, 4}, 3)};
const Tensors matrices{distinct({3, 4}), normal({4, 2}, 2)};
const Tensors batches{normal({2, 3, 4}), normal({2, 4, 2}, 2)};
const Tensors vectors{normal({4}), normal({4}, 2)};
const Tensors scattered{distinct({3, 4}), normal({2, 4}, 2)};

}  // namespace

std::vector<Method> differentiable_methods() {
  return {
      METHOD("add(Scalar)", one, x.add(2.5), add(x, 2.5)),
      METHOD("sub(Scalar)", one, x.sub(2.5), sub(x, 2.5)),
      METHOD("mul(Scalar)", one, x.mul(2.5), mul(x, 2.5)),
      METHOD("div(Scalar)", one, x.div(2.5), div(x, 2.5)),
      METHOD("maximum(Tensor)", same, x.maximum(y), maximum(x, y)),
      METHOD("minimum(Tensor)", same, x.minimum(y), minimum(x, y)),
      METHOD("pow(Tensor)", raised, x.pow(y), pow(x, y)),
      METHOD("atan2(Tensor)", two, x.atan2(y), atan2(x, y)),
      METHOD("fmod(Tensor)", two, x.fmod(y), fmod(x, y)),
      METHOD("fmod(Scalar)", one, x.fmod(0.53), fmod(x, 0.53)),
      METHOD("remainder(Tensor)", two, x.remainder(y), remainder(x, y)),
      METHOD("remainder(Scalar)", one, x.remainder(0.53), remainder(x, 0.53)),
      METHOD("clamp(std::optional<Scalar>,std::optional<Scalar>)", one, x.clamp(-0.4, 0.3),
             clamp(x, -0.4, 0.3)),
      METHOD("clamp(Tensor,Tensor)", three, x.clamp(y - 1, z + 1), clamp(x, y - 1, z + 1)),
      METHOD("lerp(Tensor,double)", two, x.lerp(y, 0.3), lerp(x, y, 0.3)),
      METHOD("lerp(Tensor,Tensor)", three, x.lerp(y, z), lerp(x, y, z)),
      UNARY(rsqrt, above),
      UNARY(reciprocal, above),
      UNARY(expm1, one),
      UNARY(log1p, one),
      UNARY(log2, above),
      UNARY(log10, above),
      UNARY(sin, one),
      UNARY(cos, one),
      UNARY(tan, one),
      UNARY(asin, one),
      UNARY(acos, one),
      UNARY(atan, one),
      UNARY(sinh, one),
      UNARY(cosh, one),
      UNARY(erf, one),
      UNARY(erfc, one),
      METHOD("prelu(Tensor)", filled, x.prelu(y), prelu(x, y)),
      METHOD("where(Tensor,Tensor)", same, x.where(mask(), y), where(mask(), x, y)),
      METHOD("where(Tensor,Scalar)", one, x.where(mask(), 2), where(mask(), x, 2)),
      METHOD("masked_fill(Tensor,Scalar)", one, x.masked_fill(mask(), 2),
             masked_fill(x, mask(), 2)),
      METHOD("masked_fill(Tensor,Tensor)", filled, x.masked_fill(mask(), y),
             masked_fill(x, mask(), y)),
  };
}

std::vector<Method> other_methods() {
  const Tensors special{tensor({0.5, INFINITY, -INFINITY, NAN}), tensor({0.5, 1, 2, NAN})};
  return {
      METHOD("eq(Tensor)", special, x.eq(y), eq(x, y)),
      METHOD("ne(Tensor)", special, x.ne(y), ne(x, y)),
      METHOD("lt(Tensor)", special, x.lt(y), lt(x, y)),
      METHOD("le(Tensor)", special, x.le(y), le(x, y)),
      METHOD("gt(Tensor)", special, x.gt(y), gt(x, y)),
      METHOD("ge(Tensor)", special, x.ge(y), ge(x, y)),
      METHOD("eq(Scalar)", special, x.eq(0.5), eq(x, 0.5)),
      METHOD("ne(Scalar)", special, x.ne(0.5), ne(x, 0.5)),
      METHOD("lt(Scalar)", special, x.lt(0.5), lt(x, 0.5)),
      METHOD("le(Scalar)", special, x.le(0.5), le(x, 0.5)),
      METHOD("gt(Scalar)", special, x.gt(0.5), gt(x, 0.5)),
      METHOD("ge(Scalar)", special, x.ge(0.5), ge(x, 0.5)),
      UNARY(isnan, special),
      UNARY(isinf, special),
      UNARY(isfinite, special),
      UNARY(logical_not, Tensors{tensor({0.0, 1.0})}),
      METHOD("logical_and(Tensor)", one, x.floor().logical_and(mask()),
             logical_and(floor(x), mask())),
      METHOD("logical_or(Tensor)", one, x.ceil().logical_or(mask()), logical_or(ceil(x), mask())),
      METHOD("logical_xor(Tensor)", one, x.ceil().logical_xor(mask()),
             logical_xor(ceil(x), mask())),
      METHOD("all()", one, tensor({mask().all(), x.all()}), tensor({all(mask()), all(x)})),
      METHOD("any()", one, tensor({mask().any(), (x * 0).any()}),
             tensor({any(mask()), any(x * 0)})),
      METHOD("equal(Tensor)", same, tensor({x.equal(x), x.equal(y)}),
             tensor({equal(x, x), equal(x, y)})),
      METHOD("allclose(Tensor,double,double,bool)", special,
             tensor({x.allclose(x), x.allclose(x, 0, 0, true)}),
             tensor({allclose(x, x), allclose(x, x, 0, 0, true)})),
      UNARY(sign, one),
      METHOD("floor()", one, (x * 3).floor(), floor(x * 3)),
      METHOD("ceil()", one, (x * 3).ceil(), ceil(x * 3)),
      METHOD("round()", one, (x * 3).round(), round(x * 3)),
  };
}

std::vector<Method> in_place_methods() {
  return {
      UNARY_(square, one),
      UNARY_(log, above),
      UNARY_(log2, above),
      UNARY_(log10, above),
      UNARY_(log1p, one),
      UNARY_(expm1, one),
      UNARY_(abs, one),
      UNARY_(sign, one),
      UNARY_(reciprocal, above),
      UNARY_(rsqrt, above),
      UNARY_(sin, one),
      UNARY_(cos, one),
      UNARY_(tan, one),
      UNARY_(asin, one),
      UNARY_(acos, one),
      UNARY_(atan, one),
      UNARY_(sinh, one),
      UNARY_(cosh, one),
      UNARY_(erf, one),
      UNARY_(erfc, one),
      UNARY_(floor, one),
      UNARY_(ceil, one),
      UNARY_(round, one),
      UNARY_(logical_not, one),
      METHOD("pow_(Tensor)", raised, x.pow_(y), pow(x, y)),
      METHOD("pow_(Tensor)", above, x.pow_(x), pow(x, x)),
      METHOD("pow_(Scalar)", above, x.pow_(-1.5), pow(x, -1.5)),
      METHOD("atan2_(Tensor)", two, x.atan2_(y), atan2(x, y)),
      METHOD("atan2_(Tensor)", above, x.atan2_(x[1]), atan2(x, x[1])),
      METHOD("fmod_(Tensor)", two, x.fmod_(y), fmod(x, y)),
      METHOD("fmod_(Scalar)", one, x.fmod_(0.53), fmod(x, 0.53)),
      METHOD("remainder_(Tensor)", two, x.remainder_(y), remainder(x, y)),
      METHOD("remainder_(Scalar)", one, x.remainder_(0.53), remainder(x, 0.53)),
      METHOD("clamp_(std::optional<Scalar>,std::optional<Scalar>)", one, x.clamp_(-0.4, 0.3),
             clamp(x, -0.4, 0.3)),
      METHOD("clamp_(Tensor,Tensor)", three, x.clamp_(y - 1, z + 1), clamp(x, y - 1, z + 1)),
      METHOD("clamp_(Tensor,Tensor)", same, x.clamp_({}, y), clamp(x, Tensor(), y)),
      METHOD("lerp_(Tensor,double)", two, x.lerp_(y, 0.3), lerp(x, y, 0.3)),
      METHOD("lerp_(Tensor,double)", one, x.lerp_(x[1], 0.7), lerp(x, x[1], 0.7)),
      METHOD("lerp_(Tensor,Tensor)", three, x.lerp_(y, z), lerp(x, y, z)),
      METHOD("lerp_(Tensor,Tensor)", one, x.lerp_(x[0], x[1]), lerp(x, x[0], x[1])),
      METHOD("logical_and_(Tensor)", one, x.logical_and_(mask()), logical_and(x, mask())),
      METHOD("logical_or_(Tensor)", one, x.logical_or_(mask()), logical_or(x, mask())),
      METHOD("logical_xor_(Tensor)", one, x.logical_xor_(mask()), logical_xor(x, mask())),
      METHOD("masked_fill_(Tensor,Scalar)", one, x.masked_fill_(mask(), 2),
             masked_fill(x, mask(), 2)),
      METHOD("masked_fill_(Tensor,Tensor)", filled, x.masked_fill_(mask(), y),
             masked_fill(x, mask(), y)),
      METHOD("addmm_(Tensor,Tensor,Scalar,Scalar)", product, x.addmm_(y, z, 0.5, 2),
             addmm(x, y, z, 0.5, 2)),
      METHOD("addmm_(Tensor,Tensor,Scalar,Scalar)", Tensors{normal({3, 3})}, x.addmm_(x, x.t()),
             addmm(x, x, x.t())),
      METHOD("tril_(int64_t)", one, x.tril_(-1), tril(x, -1)),
      METHOD("triu_(int64_t)", one, x.triu_(1), triu(x, 1)),
      METHOD("cumsum_(int64_t)", one, x.cumsum_(1), cumsum(x, 1)),
      METHOD("cumprod_(int64_t)", one, x.cumprod_(1), cumprod(x, 1)),
      METHOD("index_add_(int64_t,Tensor,Tensor,Scalar)", same, x.index_add_(0, rows(), y, 0.5),
             index_add(x, 0, rows(), y, 0.5)),
      METHOD("index_copy_(int64_t,Tensor,Tensor)", same, x.index_copy_(0, rows(), y),
             index_copy(x, 0, rows(), y)),
      METHOD("index_copy_(int64_t,Tensor,Tensor)", one, x.index_copy_(0, rows(), x),
             index_copy(x, 0, rows(), x)),
      METHOD("scatter_(int64_t,Tensor,Tensor)", scattered, x.scatter_(0, table(), y),
             scatter(x, 0, table(), y)),
      METHOD("scatter_(int64_t,Tensor,Scalar)", one, x.scatter_(0, table(), 2),
             scatter(x, 0, table(), 2)),
      METHOD("scatter_add_(int64_t,Tensor,Tensor)", scattered, x.scatter_add_(0, table(), y),
             scatter_add(x, 0, table(), y)),
  };
}

}  // namespace lucid::test
