#include "lucid/ops/scan.h"

#include <algorithm>
#include <concepts>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"
#include "lucid/parallel.h"

namespace lucid::ops {

namespace {

// Unsigned arithmetic wraps around, as NumPy's integers do.
template <class T>
using Running = std::conditional_t<std::floating_point<T>, double, uint64_t>;

// Every sequence along the dimension by itself: step(running, position) gives the next value, which
// keep(running, position) may store.
template <class R, class Step>
void scan(const Split& split, bool reverse, R first, const Step& step) {
  const int64_t grain = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, split.size));
  parallel_for(split.outer * split.inner, grain, [=](int64_t begin, int64_t end) {
    for (int64_t lane = begin; lane < end; ++lane) {
      const int64_t base = lane / split.inner * split.size * split.inner + lane % split.inner;
      R running = first;
      for (int64_t k = 0; k < split.size; ++k) {
        running = step(running, base + (reverse ? split.size - 1 - k : k) * split.inner, lane);
      }
    }
  });
}

// Calls function(Tag, split, x) for x as float32, float64 or int64 and row-major.
template <class Function>
void visit_running(const Tensor& x, size_t dim, const Function& function) {
  const Tensor input = contiguous(x);
  const Split split = split_at(x.shape(), dim);
  if (x.dtype() == int64) {
    function(split, input.data<int64_t>());
  } else if (x.dtype() == float32) {
    function(split, input.data<float>());
  } else {
    function(split, input.data<double>());
  }
}

Tensor cumulative(const char* operation, Binary op, const Tensor& x, int64_t dim, bool reverse) {
  const size_t d = normalize_dim(operation, dim, x.shape().size());
  const Tensor input = to(x, x.is_floating_point() ? x.dtype() : int64);
  if (x.dim() == 0) return clone(input);
  Tensor result = allocate(x.shape(), input.dtype(), x.device());
  if (result.is_meta() || x.numel() == 0) return result;
  visit_running(input, d, [&]<class T>(const Split& split, const T* from) {
    using R = Running<T>;
    T* into = result.data<T>();
    const bool adds = op == Binary::add;
    scan(split, reverse, adds ? R{0} : R{1}, [=](R running, int64_t at, int64_t) {
      const auto next = static_cast<R>(from[at]);
      const R y = adds ? running + next : running * next;
      into[at] = static_cast<T>(y);
      return y;
    });
  });
  return result;
}

}  // namespace

Tensor cumsum(const Tensor& x, int64_t dim, bool reverse) {
  return cumulative("cumsum", Binary::add, x, dim, reverse);
}

Tensor cumprod(const Tensor& x, int64_t dim) {
  return cumulative("cumprod", Binary::mul, x, dim, false);
}

Tensor prod(const Tensor& x) {
  const Tensor input = to(x, x.is_floating_point() ? x.dtype() : int64);
  Shape shape = x.shape();
  shape.erase(shape.size() - 1);
  Tensor result = allocate(shape, input.dtype(), x.device());
  if (result.is_meta()) return result;
  fill(result, 1);
  if (x.numel() == 0) return result;
  visit_running(input, shape.size(), [&]<class T>(const Split& split, const T* from) {
    using R = Running<T>;
    T* into = result.data<T>();
    scan(split, false, R{1}, [=](R running, int64_t at, int64_t lane) {
      const R y = running * static_cast<R>(from[at]);
      into[lane] = static_cast<T>(y);
      return y;
    });
  });
  return result;
}

Tensor linear_recurrence(const Tensor& factors, const Tensor& terms, int64_t dim, bool reverse) {
  require_floating("linear_recurrence", "terms", terms);
  require_same_dtype("linear_recurrence", factors, "factors", terms, "terms");
  require_shape("linear_recurrence", "factors", factors, terms.shape());
  const size_t d = normalize_dim("linear_recurrence", dim, terms.shape().size());
  if (terms.dim() == 0) return clone(terms);
  Tensor result = allocate(terms.shape(), terms.dtype(), common_device({&factors, &terms}));
  if (result.is_meta() || terms.numel() == 0) return result;
  const Tensor factor = contiguous(factors);
  visit_running(terms, d, [&]<class T>(const Split& split, const T* from) {
    if constexpr (std::floating_point<T>) {
      const T* f = factor.data<T>();
      T* into = result.data<T>();
      scan(split, reverse, 0.0, [=](double running, int64_t at, int64_t) {
        const double y = f[at] * running + from[at];
        into[at] = static_cast<T>(y);
        return y;
      });
    }
  });
  return result;
}

}  // namespace lucid::ops
