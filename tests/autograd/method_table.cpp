#include "tests/autograd/method_table.h"

#include "autograd/functions/indexing.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/rearrangement.h"
#include "autograd/functions/scan.h"

namespace lucid::test {
namespace {

#define CALL(expression)                                                 \
  []([[maybe_unused]] const Tensor& x, [[maybe_unused]] const Tensor& y, \
     [[maybe_unused]] const Tensor& z) -> Tensor { return expression; }
#define METHOD(signature, inputs, method, function) \
  Method {                                          \
    signature, inputs, CALL(method), CALL(function) \
  }

Tensor rows() {
  return tensor({2, 0, 1});
}
Tensor table() {
  return tensor({{2, 0, 1, 1}, {0, 0, 2, 1}});
}

const Tensors one{distinct({3, 4})};
const Tensors above{positive({3, 4})};
const Tensors same{distinct({3, 4}), normal({3, 4}, 2)};
const Tensors product{distinct({3, 4}), normal({3, 2}, 2), normal({2, 4}, 3)};
const Tensors scattered{distinct({3, 4}), normal({2, 4}, 2)};

}  // namespace

std::vector<Method> in_place_methods() {
  return {
      METHOD("pow_(Tensor)", above, x.pow_(x), pow(x, x)),
      METHOD("atan2_(Tensor)", above, x.atan2_(x[1]), atan2(x, x[1])),
      METHOD("lerp_(Tensor,double)", one, x.lerp_(x[1], 0.7), lerp(x, x[1], 0.7)),
      METHOD("lerp_(Tensor,Tensor)", one, x.lerp_(x[0], x[1]), lerp(x, x[0], x[1])),
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
