// The methods of Tensor that reduce it, or pick and order its elements: the functions of the same
// name.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/scan.h"
#include "autograd/functions/sorting.h"

namespace lucid {

Tensor Tensor::sum() const {
  return lucid::sum(*this);
}
Tensor Tensor::sum(const Dims& dims, bool keepdim) const {
  return lucid::sum(*this, dims, keepdim);
}
Tensor Tensor::mean() const {
  return lucid::mean(*this);
}
Tensor Tensor::mean(const Dims& dims, bool keepdim) const {
  return lucid::mean(*this, dims, keepdim);
}
Tensor Tensor::max() const {
  return lucid::max(*this);
}
ValuesAndIndices Tensor::max(int64_t dim, bool keepdim) const {
  return lucid::max(*this, dim, keepdim);
}
Tensor Tensor::min() const {
  return lucid::min(*this);
}
ValuesAndIndices Tensor::min(int64_t dim, bool keepdim) const {
  return lucid::min(*this, dim, keepdim);
}
Tensor Tensor::argmax() const {
  return lucid::argmax(*this);
}
Tensor Tensor::argmax(int64_t dim, bool keepdim) const {
  return lucid::argmax(*this, dim, keepdim);
}
Tensor Tensor::argmin() const {
  return lucid::argmin(*this);
}
Tensor Tensor::argmin(int64_t dim, bool keepdim) const {
  return lucid::argmin(*this, dim, keepdim);
}
Tensor Tensor::prod(const Dims& dims, bool keepdim) const {
  return lucid::prod(*this, dims, keepdim);
}
Tensor Tensor::var(const Dims& dims, int64_t correction, bool keepdim) const {
  return lucid::var(*this, dims, correction, keepdim);
}
Tensor Tensor::std(const Dims& dims, int64_t correction, bool keepdim) const {
  return lucid::std(*this, dims, correction, keepdim);
}
Tensor Tensor::norm(double p, const Dims& dims, bool keepdim) const {
  return lucid::norm(*this, p, dims, keepdim);
}
Tensor Tensor::logsumexp(const Dims& dims, bool keepdim) const {
  return lucid::logsumexp(*this, dims, keepdim);
}
Tensor Tensor::amax(const Dims& dims, bool keepdim) const {
  return lucid::amax(*this, dims, keepdim);
}
Tensor Tensor::amin(const Dims& dims, bool keepdim) const {
  return lucid::amin(*this, dims, keepdim);
}
bool Tensor::all() const {
  return lucid::all(*this);
}
Tensor Tensor::all(const Dims& dims, bool keepdim) const {
  return lucid::all(*this, dims, keepdim);
}
bool Tensor::any() const {
  return lucid::any(*this);
}
Tensor Tensor::any(const Dims& dims, bool keepdim) const {
  return lucid::any(*this, dims, keepdim);
}

Tensor Tensor::cumsum(int64_t dim) const {
  return lucid::cumsum(*this, dim);
}
Tensor Tensor::cumprod(int64_t dim) const {
  return lucid::cumprod(*this, dim);
}
ValuesAndIndices Tensor::sort(int64_t dim, bool descending) const {
  return lucid::sort(*this, dim, descending);
}
Tensor Tensor::argsort(int64_t dim, bool descending) const {
  return lucid::argsort(*this, dim, descending);
}
ValuesAndIndices Tensor::topk(int64_t k, int64_t dim, bool largest, bool sorted) const {
  return lucid::topk(*this, k, dim, largest, sorted);
}

Tensor Tensor::index_select(int64_t dim, const Tensor& index) const {
  return lucid::index_select(*this, dim, index);
}
Tensor Tensor::index_add(int64_t dim, const Tensor& index, const Tensor& source,
                         Scalar alpha) const {
  return lucid::index_add(*this, dim, index, source, alpha);
}
Tensor Tensor::index_copy(int64_t dim, const Tensor& index, const Tensor& source) const {
  return lucid::index_copy(*this, dim, index, source);
}
Tensor Tensor::gather(int64_t dim, const Tensor& index) const {
  return lucid::gather(*this, dim, index);
}
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Tensor& source) const {
  return lucid::scatter(*this, dim, index, source);
}
Tensor Tensor::scatter(int64_t dim, const Tensor& index, Scalar value) const {
  return lucid::scatter(*this, dim, index, value);
}
Tensor Tensor::scatter_add(int64_t dim, const Tensor& index, const Tensor& source) const {
  return lucid::scatter_add(*this, dim, index, source);
}
Tensor Tensor::take_along_dim(const Tensor& index, std::optional<int64_t> dim) const {
  return lucid::take_along_dim(*this, index, dim);
}
Tensor Tensor::masked_select(const Tensor& mask) const {
  return lucid::masked_select(*this, mask);
}
Tensor Tensor::nonzero() const {
  return lucid::nonzero(*this);
}

}  // namespace lucid
