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

// x row-major with all reduced dimensions behind each other.
struct Prepared {
  Tensor x;
  ReduceShape shape{1, 1, 1};
};

Prepared prepare(const Tensor& x, const DimMask& mask) {
  const size_t rank = x.shape().size();
  size_t first = rank;
  size_t last = 0;
  for (size_t i = 0; i < rank; ++i) {
    if (!mask.reduced[i]) continue;
    first = std::min(first, i);
    last = i;
  }
  bool adjacent = true;
  for (size_t i = first; i <= last && i < rank; ++i) adjacent = adjacent && mask.reduced[i];
  Prepared result;
  if (adjacent) {
    result.x = contiguous(x);
    for (size_t i = 0; i < rank; ++i) {
      int64_t& size = mask.reduced[i] ? result.shape.count
                      : i < first     ? result.shape.outer
                                      : result.shape.inner;
      size *= x.shape()[i];
    }
    return result;
  }
  Shape order;
  for (const bool wanted : {false, true}) {
    for (size_t i = 0; i < rank; ++i) {
      if (mask.reduced[i] == wanted) order.push_back(static_cast<int64_t>(i));
      if (mask.reduced[i] == wanted) {
        (wanted ? result.shape.count : result.shape.outer) *= x.shape()[i];
      }
    }
  }
  result.x = contiguous(permute(x, order));
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
  const int64_t size = x.dim() == 0 ? 1 : x.shape(dim);
  if (size == 0) {
    throw ShapeError(message(operation, ": dim ", dim, " of shape ", x.shape(),
                             " has size 0 and no ", operation));
  }
  ValuesAndIndices result{allocate(shape, x.dtype(), x.device()),
                          allocate(shape, int64, x.device())};
  if (x.is_meta() || shape.numel() == 0) return result;
  const Prepared input = prepare(x, mask);
  int64_t* indices = result.indices.data<int64_t>();
  visit_dtype(x.dtype(), [&]<class T>(Tag<T>) {
    const T* from = input.x.data<T>();
    T* into = result.values.data<T>();
    if constexpr (std::floating_point<T>) {
      const auto& table = kernel_table<T>();
      (greatest ? table.max : table.min)(input.shape, from, into, indices);
    } else {
      integer_extreme(input.shape, from, into, indices,
                      [greatest](T a, T b) { return greatest ? b < a : a < b; });
    }
  });
  return result;
}

bool count_matches(const Tensor& x, bool value, bool all_of_them) {
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

Tensor sum(const Tensor& x, const Dims& dims, bool keepdim) {
  const DimMask mask = dim_mask("sum", dims, x.shape().size());
  const DType dtype = is_floating_point(x.dtype()) ? x.dtype() : int64;
  Tensor result = allocate(reduced_shape(x.shape(), mask, keepdim), dtype, x.device());
  if (result.is_meta() || result.numel() == 0) return result;
  const Prepared input = prepare(to(x, dtype), mask);
  if (dtype == int64) {
    integer_sum(input.shape, input.x.data<int64_t>(), result.data<int64_t>());
    return result;
  }
  visit_floating(dtype, [&]<class T>(Tag<T>) {
    kernel_table<T>().sum(input.shape, input.x.data<T>(), result.data<T>());
  });
  return result;
}

Tensor mean(const Tensor& x, const Dims& dims, bool keepdim) {
  require_floating("mean", "x", x);
  const Tensor total = sum(x, dims, keepdim);
  const int64_t outputs = total.numel();
  const double count = outputs == 0 ? 0 : static_cast<double>(x.numel() / outputs);
  return binary(Binary::div, total, Scalar(count));
}

ValuesAndIndices max(const Tensor& x, int64_t dim, bool keepdim) {
  return extreme("max", true, x, dim, keepdim);
}

ValuesAndIndices min(const Tensor& x, int64_t dim, bool keepdim) {
  return extreme("min", false, x, dim, keepdim);
}

bool any(const Tensor& x) { return count_matches(x, true, false); }
bool all(const Tensor& x) { return count_matches(x, true, true); }

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
