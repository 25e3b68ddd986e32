#include "lucid/ops/copy.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>

#include "lucid/ops/common.h"
#include "lucid/ops/strided_copy.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

constexpr int64_t parallel_grain = 16384;

template <class From, class To>
void convert(int64_t count, const From* from, To* to) {
  parallel_for(count, parallel_grain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = static_cast<To>(from[i]);
  });
}

// Both of one type and shape.
void copy_same(const Tensor& source, const Tensor& destination) {
  const size_t size = element_size(source.dtype());
  if (source.is_contiguous() && destination.is_contiguous()) {
    const auto width = static_cast<int64_t>(size);
    std::byte* to = destination.bytes();
    const std::byte* from = source.bytes();
    // memmove, since a tensor may be copied onto itself.
    parallel_for(source.numel(), parallel_grain, [=](int64_t begin, int64_t end) {
      std::memmove(to + begin * width, from + begin * width,
                   static_cast<size_t>((end - begin) * width));
    });
    return;
  }
  strided_copy(size, source.shape(), source.bytes(), source.strides(), destination.bytes(),
               destination.strides());
}

}  // namespace

Tensor contiguous(const Tensor& x) {
  return x.is_contiguous() ? x : clone(x);
}

Tensor clone(const Tensor& x) {
  Tensor result = allocate(x.shape(), x.dtype(), x.device());
  if (!result.is_meta() && x.numel() > 0) copy_same(x, result);
  return result;
}

Operand::Operand(const Tensor& x, DType dtype) : tensor_(&x) {
  if (x.dtype() == dtype && x.is_contiguous()) return;
  made_ = contiguous(to(x, dtype));
  tensor_ = &made_;
}

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor result = allocate(x.shape(), dtype, x.device());
  if (result.is_meta() || x.numel() == 0) return result;
  const Tensor row_major = contiguous(x);
  visit_dtype(x.dtype(), [&]<class From>(Tag<From>) {
    visit_dtype(dtype, [&]<class To>(Tag<To>) {
      convert(x.numel(), row_major.data<From>(), result.data<To>());
    });
  });
  return result;
}

void copy_into(const Tensor& source, const Tensor& destination) {
  Tensor full = expand(source, destination.shape());
  if (destination.is_meta() || destination.numel() == 0) return;
  if (full.is_meta()) throw DeviceError("copy_: a meta tensor has no values to copy");
  // Reading and writing one block in different orders would read what was just written.
  if (full.impl()->storage == destination.impl()->storage && !full.is_same(destination)) {
    full = clone(full);
  }
  copy_same(to(full, destination.dtype()), destination);
}

namespace {

// Whether fill() may write a number to elements of type T.
template <class T>
bool reaches(Scalar value) noexcept {
  if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    if (sizeof(T) == 8 && value.kind() != Scalar::Kind::floating) return true;
    const double number = std::trunc(value.to<double>());
    // Written with the power of two behind it, which float64 has where it lacks the greatest int64.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
    return number < end && (std::is_signed_v<T> ? number >= -end : number > -end);
  } else {
    return true;
  }
}

}  // namespace

void fill(const Tensor& destination, Scalar value, const char* operation) {
  visit_dtype(destination.dtype(), [&]<class T>(Tag<T>) {
    if (reaches<T>(value)) return;
    throw ValueError(
        message(operation, ": ", value.to<double>(), " does not fit ", destination.dtype()));
  });
  if (destination.is_meta() || destination.numel() == 0) return;
  visit_dtype(destination.dtype(), [&]<class T>(Tag<T>) {
    const T number = value.to<T>();
    if (destination.is_contiguous()) {
      T* data = destination.data<T>();
      parallel_for(destination.numel(), parallel_grain, [=](int64_t begin, int64_t end) {
        std::fill(data + begin, data + end, number);
      });
      return;
    }
    const Tensor one = allocate({}, destination.dtype());
    *one.data<T>() = number;
    copy_same(expand(one, destination.shape()), destination);
  });
}

Tensor cat(const std::vector<Tensor>& tensors, int64_t dim) {
  if (tensors.empty()) throw ValueError("cat: expected at least one tensor, got none");
  // An empty vector fits everything, as the start of a loop does.
  const auto fits_all = [](const Tensor& x) { return x.shape() == Shape{0}; };
  const auto found = std::find_if_not(tensors.begin(), tensors.end(), fits_all);
  const Tensor& first = found == tensors.end() ? tensors.front() : *found;
  if (first.shape().empty()) throw ShapeError("cat: scalars cannot be joined, use stack");
  const size_t d = normalize_dim("cat", dim, first.shape().size());
  Shape shape = first.shape();
  shape[d] = 0;
  DType dtype = first.dtype();
  Device device = first.device();
  for (size_t i = 0; i < tensors.size(); ++i) {
    dtype = promote_types(dtype, tensors[i].dtype());
    if (tensors[i].is_meta()) device = meta;
    if (fits_all(tensors[i])) continue;
    Shape expected = first.shape();
    if (tensors[i].shape().size() == expected.size()) expected[d] = tensors[i].shape()[d];
    if (tensors[i].shape() != expected) {
      throw ShapeError(message("cat: tensor ", i, " has shape ", tensors[i].shape(), ", the first ",
                               first.shape(), "; they may differ in dim ", d, " only"));
    }
    if (__builtin_add_overflow(shape[d], expected[d], &shape[d])) {
      throw ShapeError(message("cat: the sizes of dim ", d, " add up to more than fits 63 bits"));
    }
  }
  Tensor result = allocate(shape, dtype, device);
  int64_t position = 0;
  for (const Tensor& part : tensors) {
    const int64_t size = fits_all(part) ? 0 : part.shape()[d];
    if (device == cpu && size > 0) copy_into(part, narrow(result, dim, position, size));
    position += size;
  }
  return result;
}

}  // namespace lucid::ops
