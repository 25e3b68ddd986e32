#include <algorithm>
#include <cstring>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

constexpr int64_t parallel_grain = 8192;

// Where values only move, types of one size are one.
template <class F>
void visit_words(DType dtype, const F& function) {
  const size_t size = element_size(dtype);
  if (size == 1) return function(Tag<uint8_t>{});
  if (size == 4) return function(Tag<uint32_t>{});
  return function(Tag<uint64_t>{});
}

template <class Word>
Word* words(const Tensor& x) {
  return reinterpret_cast<Word*>(x.bytes());
}

void require_index(const char* operation, const Tensor& index) {
  if (index.dtype() != int64) {
    throw DTypeError(message(operation, ": expected an int64 index, got ", index.dtype()));
  }
}

// A tensor without dimensions is indexed like one with a single element.
int64_t size_along(const Shape& shape, size_t dim) noexcept {
  return shape.empty() ? 1 : shape[dim];
}

// Common to gather and its adjoint: index may be smaller than the tensor in other dimensions.
void require_index_fits(const char* operation, const Shape& index, const Shape& shape, size_t dim) {
  bool fits = index.size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) fits = i == dim || index[i] <= shape[i];
  if (!fits) {
    throw ShapeError(message(operation, ": index of shape ", index,
                             " does not fit a tensor of shape ", shape,
                             ": same rank, and no larger outside of dim ", dim));
  }
}

// Calls visit(position in index, offset in the tensor with index 0 along dim).
template <class Visit>
void for_each_indexed(const Shape& index, const Shape& shape, size_t dim, const Visit& visit) {
  const Strides strides = contiguous_strides(shape);
  Shape position = Shape::filled(index.size(), 0);
  const int64_t count = index.numel();
  for (int64_t i = 0; i < count; ++i) {
    int64_t offset = 0;
    for (size_t d = 0; d < index.size(); ++d) offset += d == dim ? 0 : position[d] * strides[d];
    visit(i, offset);
    for (size_t d = index.size(); d-- > 0 && ++position[d] == index[d];) position[d] = 0;
  }
}

// One for each slice along dim.
Tensor checked_slices(const char* operation, const Tensor& index, const Shape& shape, size_t dim) {
  require_index(operation, index);
  if (index.dim() > 1) {
    throw ShapeError(
        message(operation, ": expected index of shape (K) or a scalar, got shape ", index.shape()));
  }
  if (shape.empty() && index.numel() != 1) {
    throw ShapeError(message(operation, ": a tensor without dimensions has one slice, got ",
                             index.numel(), " positions"));
  }
  return checked_index(operation, index, size_along(shape, dim));
}

// The shape with as many slices along dim as there are positions.
Shape with_slices(Shape shape, size_t dim, int64_t count) {
  if (!shape.empty()) shape[dim] = count;
  return shape;
}

}  // namespace

Tensor checked_index(const char* operation, const Tensor& index, int64_t size) {
  const Tensor row_major = contiguous(index);
  if (row_major.is_meta()) return row_major;
  const int64_t* values = row_major.data<int64_t>();
  for (int64_t i = 0; i < row_major.numel(); ++i) {
    if (values[i] < 0 || values[i] >= size) {
      throw IndexError(
          message(operation, ": index ", values[i], " is out of range for a size of ", size));
    }
  }
  return row_major;
}

Split split_at(const Shape& shape, size_t dim) noexcept {
  Split split{1, 1, 1};
  for (size_t i = 0; i < shape.size(); ++i) {
    (i < dim ? split.outer : i == dim ? split.size : split.inner) *= shape[i];
  }
  return split;
}

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  const size_t d = normalize_dim("index_select", dim, x.shape().size());
  const Tensor positions = checked_slices("index_select", index, x.shape(), d);
  const Shape shape = with_slices(x.shape(), d, index.numel());
  Tensor result = allocate(shape, x.dtype(), common_device({&x, &index}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor source = contiguous(x);
  const Split split = split_at(x.shape(), d);
  const int64_t* chosen = positions.data<int64_t>();
  visit_words(x.dtype(), [&]<class Word>(Tag<Word>) {
    const Word* from = words<Word>(source);
    Word* to = words<Word>(result);
    const int64_t count = index.numel();
    parallel_for(split.outer * count, std::max<int64_t>(1, parallel_grain / split.inner),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t row = begin; row < end; ++row) {
                     const int64_t slice = row / count * split.size + chosen[row % count];
                     std::copy_n(from + slice * split.inner, split.inner, to + row * split.inner);
                   }
                 });
  });
  return result;
}

Tensor index_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source) {
  const size_t d = normalize_dim("index_add", dim, shape.size());
  const Tensor positions = checked_slices("index_add", index, shape, d);
  require_shape("index_add", "source", source, with_slices(shape, d, index.numel()));
  Tensor result = allocate(shape, source.dtype(), common_device({&index, &source}));
  fill(result, 0);
  if (result.is_meta() || source.numel() == 0) return result;
  const Tensor rows = contiguous(source);
  const Split split = split_at(shape, d);
  const int64_t* chosen = positions.data<int64_t>();
  visit_dtype(source.dtype(), [&]<class T>(Tag<T>) {
    const T* from = rows.data<T>();
    T* to = result.data<T>();
    const int64_t count = index.numel();
    for (int64_t row = 0; row < split.outer * count; ++row) {
      T* slice = to + (row / count * split.size + chosen[row % count]) * split.inner;
      for (int64_t i = 0; i < split.inner; ++i) {
        slice[i] = static_cast<T>(slice[i] + from[row * split.inner + i]);
      }
    }
  });
  return result;
}

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index, const char* operation) {
  const size_t d = normalize_dim(operation, dim, x.shape().size());
  require_index(operation, index);
  require_index_fits(operation, index.shape(), x.shape(), d);
  const Tensor positions = checked_index(operation, index, size_along(x.shape(), d));
  Tensor result = allocate(index.shape(), x.dtype(), common_device({&x, &index}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor source = contiguous(x);
  const int64_t step = split_at(x.shape(), d).inner;
  const int64_t* chosen = positions.data<int64_t>();
  visit_words(x.dtype(), [&]<class Word>(Tag<Word>) {
    const Word* from = words<Word>(source);
    Word* to = words<Word>(result);
    for_each_indexed(index.shape(), x.shape(), d,
                     [&](int64_t i, int64_t offset) { to[i] = from[offset + chosen[i] * step]; });
  });
  return result;
}

Tensor scatter_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source) {
  const size_t d = normalize_dim("scatter_add", dim, shape.size());
  require_index("scatter_add", index);
  require_index_fits("scatter_add", index.shape(), shape, d);
  require_shape("scatter_add", "source", source, index.shape());
  const Tensor positions = checked_index("scatter_add", index, size_along(shape, d));
  Tensor result = allocate(shape, source.dtype(), common_device({&index, &source}));
  fill(result, 0);
  if (result.is_meta() || source.numel() == 0) return result;
  const Tensor values = contiguous(source);
  const int64_t step = split_at(shape, d).inner;
  const int64_t* chosen = positions.data<int64_t>();
  visit_dtype(source.dtype(), [&]<class T>(Tag<T>) {
    const T* from = values.data<T>();
    T* to = result.data<T>();
    for_each_indexed(index.shape(), shape, d, [&](int64_t i, int64_t offset) {
      T& sum = to[offset + chosen[i] * step];
      sum = static_cast<T>(sum + from[i]);
    });
  });
  return result;
}

Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  const size_t d = normalize_dim("scatter", dim, x.shape().size());
  require_index("scatter", index);
  require_index_fits("scatter", index.shape(), x.shape(), d);
  require_same_dtype("scatter", x, "x", source, "source");
  require_shape("scatter", "source", source, index.shape());
  const Tensor positions = checked_index("scatter", index, size_along(x.shape(), d));
  if (common_device({&x, &index, &source}) == meta) return allocate(x.shape(), x.dtype(), meta);
  Tensor result = clone(x);
  const Tensor values = contiguous(source);
  const int64_t step = split_at(x.shape(), d).inner;
  visit_words(x.dtype(), [&]<class Word>(Tag<Word>) {
    if (values.numel() == 0) return;
    const int64_t* chosen = positions.data<int64_t>();
    const Word* from = words<Word>(values);
    Word* to = words<Word>(result);
    for_each_indexed(index.shape(), x.shape(), d,
                     [&](int64_t i, int64_t offset) { to[offset + chosen[i] * step] = from[i]; });
  });
  return result;
}

Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  const size_t d = normalize_dim("index_copy", dim, x.shape().size());
  const Tensor positions = checked_slices("index_copy", index, x.shape(), d);
  require_same_dtype("index_copy", x, "x", source, "source");
  require_shape("index_copy", "source", source, with_slices(x.shape(), d, index.numel()));
  if (common_device({&x, &index, &source}) == meta) return allocate(x.shape(), x.dtype(), meta);
  Tensor result = clone(x);
  if (source.numel() == 0) return result;
  const Tensor rows = contiguous(source);
  const Split split = split_at(x.shape(), d);
  const int64_t* chosen = positions.data<int64_t>();
  const int64_t count = index.numel();
  const int64_t width = split.inner * static_cast<int64_t>(element_size(x.dtype()));
  for (int64_t row = 0; row < split.outer * count; ++row) {
    const int64_t slice = row / count * split.size + chosen[row % count];
    std::copy_n(rows.bytes() + row * width, width, result.bytes() + slice * width);
  }
  return result;
}

Tensor nonzero(const Tensor& x) {
  if (x.is_meta()) throw DeviceError("nonzero: a meta tensor has no values to look at");
  const Tensor values = contiguous(x);
  const Shape& shape = x.shape();
  const auto rank = static_cast<int64_t>(shape.size());
  Tensor result;
  visit_dtype(x.dtype(), [&]<class T>(Tag<T>) {
    const int64_t total = x.numel();
    const T* data = total > 0 ? values.data<T>() : nullptr;
    const int64_t count = std::count_if(data, data + total, [](T v) { return v != T(0); });
    result = allocate({count, rank}, int64);
    if (result.numel() == 0) return;
    int64_t* row = result.data<int64_t>();
    for (int64_t i = 0; i < total; ++i) {
      if (data[i] == T(0)) continue;
      int64_t rest = i;
      for (int64_t d = rank; d-- > 0; rest /= shape[d]) row[d] = rest % shape[d];
      row += rank;
    }
  });
  return result;
}

}  // namespace lucid::ops
