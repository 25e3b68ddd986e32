#include "lucid/ops/reduce.h"

#include <algorithm>
#include <concepts>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {

using kernels::ReduceShape;

namespace {

// Reduced dimensions that lie side by side, seen as one.
ReduceShape reduce_shape(const Shape& shape, size_t first, size_t last) {
  ReduceShape result{1, 1, 1};
  for (size_t i = 0; i < shape.size(); ++i) {
    (i < first ? result.outer : i <= last ? result.count : result.inner) *= shape[i];
  }
  return result;
}

template <class T>
void integer_sum(const ReduceShape& shape, const T* x, T* y) {
  for (int64_t o = 0; o < shape.outer; ++o) {
    for (int64_t i = 0; i < shape.inner; ++i) {
      uint64_t total = 0;
      for (int64_t c = 0; c < shape.count; ++c) {
        total += static_cast<uint64_t>(x[(o * shape.count + c) * shape.inner + i]);
      }
      y[o * shape.inner + i] = static_cast<T>(total);
    }
  }
}

template <class T, class Better>
void integer_extreme(const ReduceShape& shape, const T* x, T* y, int64_t* indices,
                     const Better& better) {
  for (int64_t o = 0; o < shape.outer; ++o) {
    for (int64_t i = 0; i < shape.inner; ++i) {
      const T* column = x + o * shape.count * shape.inner + i;
      int64_t best = 0;
      for (int64_t c = 1; c < shape.count; ++c) {
        if (better(column[c * shape.inner], column[best * shape.inner])) best = c;
      }
      y[o * shape.inner + i] = column[best * shape.inner];
      indices[o * shape.inner + i] = best;
    }
  }
}

ValuesAndIndices extreme(const char* operation, bool greatest, const Tensor& x, int64_t dim,
                         bool keepdim) {
  const DimMask mask = dim_mask(operation, Dims(dim), x.shape().size());
  const Shape shape = reduced_shape(x.shape(), mask, keepdim);
  require_values(operation, x, Dims(dim));
  ValuesAndIndices result{allocate(shape, x.dtype(), x.device()),
                          allocate(shape, int64, x.device())};
  if (x.is_meta() || shape.numel() == 0) return result;
  const Tensor input = contiguous(x);
  const size_t d = normalize_dim(operation, dim, x.shape().size());
  const ReduceShape sizes = reduce_shape(x.shape(), d, d);
  int64_t* indices = result.indices.data<int64_t>();
  visit_dtype(x.dtype(), [&]<class T>(Tag<T>) {
    const T* from = input.data<T>();
    T* into = result.values.data<T>();
    if constexpr (std::floating_point<T>) {
      const auto& table = kernel_table<T>();
      (greatest ? table.max : table.min)(sizes, from, into, indices);
    } else {
      integer_extreme(sizes, from, into, indices,
                      [greatest](T a, T b) { return greatest ? b < a : a < b; });
    }
  });
  return result;
}

bool count_matches(const Tensor& x, bool value, bool all_of_them) {
  if (x.is_meta()) throw DeviceError("any, all: a meta tensor has no values");
  const Tensor flags = contiguous(to(x, bool_));
  const bool* data = flags.data<bool>();
  const auto matches = [value](bool flag) { return flag == value; };
  return all_of_them ? std::all_of(data, data + flags.numel(), matches)
                     : std::any_of(data, data + flags.numel(), matches);
}

template <class Select>
Tensor along(const char* operation, const Tensor& x, int64_t dim, const Select& select) {
  require_floating(operation, "x", x);
  const size_t d = normalize_dim(operation, dim, x.shape().size());
  Tensor result = allocate(x.shape(), x.dtype(), x.device());
  if (result.is_meta() || x.numel() == 0) return result;
  const Tensor input = contiguous(x);
  const Split split = split_at(x.shape(), d);
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    select(kernel_table<T>())({split.outer, split.size, split.inner}, input.data<T>(),
                              result.data<T>());
  });
  return result;
}

template <class Select>
Tensor along_backward(const char* operation, const Tensor& grad, const Tensor& y, int64_t dim,
                      const Select& select) {
  require_shape(operation, "grad", grad, y.shape());
  const Tensor output = contiguous(y);
  return along(operation, grad, dim, [&]<class Table>(const Table& table) {
    return [&, kernel = select(table)](const ReduceShape& shape, const auto* g, auto* into) {
      using T = std::remove_pointer_t<decltype(into)>;
      kernel(shape, g, output.template data<T>(), into);
    };
  });
}

}  // namespace

void require_values(const char* operation, const Tensor& x, const Dims& dims) {
  const DimMask mask = dim_mask(operation, dims, x.shape().size());
  for (size_t d = 0; d < x.shape().size(); ++d) {
    if (!mask.reduced[d] || x.shape()[d] > 0) continue;
    throw ShapeError(
        message(operation, ": dim ", d, " of shape ", x.shape(), " has size 0 and no ", operation));
  }
}

namespace {

// Sums over dimensions first to last of a contiguous tensor, which keep size 1.
Tensor sum_run(const Tensor& x, size_t first, size_t last) {
  Shape shape = x.shape();
  for (size_t i = first; i <= last; ++i) shape[i] = 1;
  Tensor result = allocate(shape, x.dtype(), x.device());
  if (result.is_meta() || result.numel() == 0) return result;
  const ReduceShape sizes = reduce_shape(x.shape(), first, last);
  if (x.dtype() == int64) {
    integer_sum(sizes, x.data<int64_t>(), result.data<int64_t>());
    return result;
  }
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    kernel_table<T>().sum(sizes, x.data<T>(), result.data<T>());
  });
  return result;
}

}  // namespace

Tensor sum(const Tensor& x, const Dims& dims, bool keepdim) {
  const DimMask mask = dim_mask("sum", dims, x.shape().size());
  Tensor result = contiguous(to(x, is_floating_point(x.dtype()) ? x.dtype() : int64));
  // Dimensions that are not side by side are summed in turn, the innermost first, where most of the
  // values are.
  for (size_t end = x.shape().size(); end > 0; --end) {
    if (!mask.reduced[end - 1]) continue;
    const size_t last = end - 1;
    while (end > 1 && mask.reduced[end - 2]) --end;
    result = sum_run(result, end - 1, last);
  }
  // Nothing to sum still gives a tensor of its own.
  if (result.is_same(x)) result = clone(x);
  const Shape shape = reduced_shape(x.shape(), mask, keepdim);
  return view_of(result, shape, contiguous_strides(shape), result.storage_offset());
}

Tensor mean(const Tensor& x, const Dims& dims, bool keepdim) {
  require_floating("mean", "x", x);
  const Tensor total = sum(x, dims, keepdim);
  const int64_t outputs = total.numel();
  const double count = outputs == 0 ? 0 : static_cast<double>(x.numel() / outputs);
  return binary(Binary::div, total, Scalar(count));
}

ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim, const char* operation) {
  return extreme(operation, true, x, dim, keepdim);
}

ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim, const char* operation) {
  return extreme(operation, false, x, dim, keepdim);
}

namespace {

Tensor extreme_over(const char* operation, bool greatest, const Tensor& x, const Dims& dims,
                    bool keepdim) {
  const size_t rank = x.shape().size();
  const DimMask mask = dim_mask(operation, dims, rank);
  require_values(operation, x, dims);
  const Shape shape = reduced_shape(x.shape(), mask, keepdim);
  // All dimensions at once, or one after the other.
  Tensor result = contiguous(x);
  if (shape.numel() == 1) {
    const Shape line{x.numel()};
    result = view_of(result, line, contiguous_strides(line), result.storage_offset());
    result = extreme(operation, greatest, result, 0, false).values;
  } else {
    for (size_t d = 0; d < rank; ++d) {
      if (!mask.reduced[d]) continue;
      result = extreme(operation, greatest, result, static_cast<int64_t>(d), true).values;
    }
  }
  return view_of(result, shape, contiguous_strides(shape), result.storage_offset());
}

}  // namespace

Tensor amax(const Tensor& x, const Dims& dims, bool keepdim, const char* operation) {
  return extreme_over(operation, true, x, dims, keepdim);
}

Tensor amin(const Tensor& x, const Dims& dims, bool keepdim, const char* operation) {
  return extreme_over(operation, false, x, dims, keepdim);
}

bool any(const Tensor& x) {
  return count_matches(x, true, false);
}
bool all(const Tensor& x) {
  return count_matches(x, true, true);
}

Tensor softmax(const Tensor& x, int64_t dim) {
  return along("softmax", x, dim, [](const auto& table) { return table.softmax; });
}

Tensor log_softmax(const Tensor& x, int64_t dim) {
  return along("log_softmax", x, dim, [](const auto& table) { return table.log_softmax; });
}

Tensor softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  return along_backward("softmax_backward", grad, y, dim,
                        [](const auto& table) { return table.softmax_backward; });
}

Tensor log_softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  return along_backward("log_softmax_backward", grad, y, dim,
                        [](const auto& table) { return table.log_softmax_backward; });
}

}  // namespace lucid::ops
