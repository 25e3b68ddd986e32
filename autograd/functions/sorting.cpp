#include "autograd/functions/sorting.h"

#include "autograd/functions/indexing.h"
#include "autograd/observer.h"
#include "autograd/record.h"
#include "lucid/ops/sort.h"

namespace lucid {

using autograd::record;
using autograd::Saved;
using autograd::detail::unrecorded;

namespace {

ValuesAndIndices record_ranked(const char* name, const Tensor& x, int64_t dim,
                               ValuesAndIndices result) {
  Tensor values = record(name, {x}, std::move(result.values),
                         [shape = x.shape(), dim, at = Saved(result.indices)](const Tensor& grad) {
                           if (shape.empty()) return grad;
                           return scatter_add(shape, dim, *at, grad);
                         });
  return {std::move(values), std::move(result.indices)};
}

}  // namespace

ValuesAndIndices sort(const Tensor& x, int64_t dim, bool descending) {
  return record_ranked("sort", x, dim, ops::sort(x, dim, descending));
}

Tensor argsort(const Tensor& x, int64_t dim, bool descending) {
  return unrecorded(ops::sort(x, dim, descending, "argsort").indices, x);
}

ValuesAndIndices topk(const Tensor& x, int64_t k, int64_t dim, bool largest, bool) {
  return record_ranked("topk", x, dim, ops::topk(x, k, dim, largest));
}

}  // namespace lucid
