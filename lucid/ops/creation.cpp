#include "lucid/creation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid {

using detail::message;

namespace {

Tensor finish(Tensor result, const TensorOptions& options) {
  if (options.requires_grad) result.requires_grad_();
  return result;
}

// Computes in `work` and converts to the type the options ask for.
Tensor convert(const Tensor& result, const TensorOptions& options, DType fallback) {
  return finish(ops::to(result, options.dtype.value_or(fallback)), options);
}

Tensor make(const Shape& shape, const TensorOptions& options, DType fallback) {
  return ops::allocate(shape, options.dtype.value_or(fallback), options.device.value_or(cpu));
}

TensorOptions like_options(const Tensor& like, TensorOptions options) {
  if (!options.dtype) options.dtype = like.dtype();
  if (!options.device) options.device = like.device();
  return options;
}

// Calls fill(pointer) on the memory of a new floating-point tensor.
template <class Fill>
Tensor random_floats(const char* operation, const Shape& shape, const TensorOptions& options,
                     const Fill& fill) {
  Tensor result = make(shape, options, float32);
  ops::require_floating(operation, "options.dtype", result);
  if (!result.is_meta()) {
    visit_floating(result.dtype(), [&]<class T>(Tag<T>) { fill(result.data<T>(), result.numel()); });
  }
  return finish(result, options);
}

int64_t arange_count(double start, double end, double step) {
  if (!std::isfinite(start) || !std::isfinite(end) || !std::isfinite(step)) {
    throw ValueError(message("arange: expected finite bounds, got start ", start, ", end ", end,
                             ", step ", step));
  }
  if (step == 0 || (end - start) / step < 0) {
    throw ValueError(message("arange: step ", step, " does not lead from ", start, " to ", end));
  }
  const double count = std::ceil((end - start) / step);
  if (count > 0x1p62) throw ValueError(message("arange: ", count, " elements are too many"));
  return static_cast<int64_t>(count);
}

}  // namespace

NestedList::NestedList(std::initializer_list<NestedList> lists) {
  shape_.push_back(static_cast<int64_t>(lists.size()));
  const NestedList* first = lists.begin();
  for (const NestedList& list : lists) {
    if (list.shape_ != first->shape_) {
      throw ShapeError(message("tensor: ragged lists, one of shape ", first->shape_,
                               " beside one of shape ", list.shape_));
    }
    values_.insert(values_.end(), list.values_.begin(), list.values_.end());
  }
  if (lists.size() > 0) {
    for (int64_t size : first->shape_) shape_.push_back(size);
  }
}

DType NestedList::dtype() const noexcept {
  if (values_.empty()) return float32;
  DType result = DType::bool_;
  for (const Scalar& value : values_) result = promote_types(result, value.dtype());
  return result;
}

Tensor tensor(const NestedList& values, const TensorOptions& options) {
  Tensor result = make(values.shape(), options, values.dtype());
  if (!result.is_meta()) {
    visit_dtype(result.dtype(), [&]<class T>(Tag<T>) {
      std::transform(values.values().begin(), values.values().end(), result.data<T>(),
                     [](const Scalar& value) { return value.to<T>(); });
    });
  }
  return finish(result, options);
}

template <class T>
Tensor tensor(const std::vector<T>& values, const TensorOptions& options) {
  Tensor result = ops::allocate({static_cast<int64_t>(values.size())}, dtype_of<T>);
  std::copy(values.begin(), values.end(), result.data<T>());
  return convert(result, options, dtype_of<T>);
}
template Tensor tensor(const std::vector<bool>&, const TensorOptions&);
template Tensor tensor(const std::vector<uint8_t>&, const TensorOptions&);
template Tensor tensor(const std::vector<int32_t>&, const TensorOptions&);
template Tensor tensor(const std::vector<int64_t>&, const TensorOptions&);
template Tensor tensor(const std::vector<float>&, const TensorOptions&);
template Tensor tensor(const std::vector<double>&, const TensorOptions&);

Tensor empty(const Shape& shape, const TensorOptions& options) {
  return finish(make(shape, options, float32), options);
}

Tensor zeros(const Shape& shape, const TensorOptions& options) {
  Tensor result = make(shape, options, float32);
  ops::fill(result, 0);
  return finish(result, options);
}

Tensor ones(const Shape& shape, const TensorOptions& options) {
  Tensor result = make(shape, options, float32);
  ops::fill(result, 1);
  return finish(result, options);
}

Tensor full(const Shape& shape, Scalar value, const TensorOptions& options) {
  Tensor result = make(shape, options, value.dtype());
  ops::fill(result, value);
  return finish(result, options);
}

Tensor empty_like(const Tensor& like, const TensorOptions& options) {
  return empty(like.shape(), like_options(like, options));
}
Tensor zeros_like(const Tensor& like, const TensorOptions& options) {
  return zeros(like.shape(), like_options(like, options));
}
Tensor ones_like(const Tensor& like, const TensorOptions& options) {
  return ones(like.shape(), like_options(like, options));
}
Tensor full_like(const Tensor& like, Scalar value, const TensorOptions& options) {
  return full(like.shape(), value, like_options(like, options));
}
Tensor rand_like(const Tensor& like, const TensorOptions& options) {
  return rand(like.shape(), like_options(like, options));
}
Tensor randn_like(const Tensor& like, const TensorOptions& options) {
  return randn(like.shape(), like_options(like, options));
}

Tensor arange(Scalar end, const TensorOptions& options) { return arange(0, end, 1, options); }

Tensor arange(Scalar start, Scalar end, Scalar step, const TensorOptions& options) {
  const auto is_float = [](const Scalar& s) { return s.kind() == Scalar::Kind::floating; };
  const bool floating = is_float(start) || is_float(end) || is_float(step);
  const int64_t count = arange_count(start.to<double>(), end.to<double>(), step.to<double>());
  // Each value from its index, so that no rounding error adds up.
  Tensor result = ops::allocate({count}, floating ? float64 : int64);
  if (floating) {
    for (int64_t i = 0; i < count; ++i) {
      result.data<double>()[i] = start.to<double>() + static_cast<double>(i) * step.to<double>();
    }
  } else {
    for (int64_t i = 0; i < count; ++i) {
      result.data<int64_t>()[i] = start.to<int64_t>() + i * step.to<int64_t>();
    }
  }
  return convert(result, options, floating ? float32 : int64);
}

Tensor linspace(double start, double end, int64_t steps, const TensorOptions& options) {
  if (steps < 0) throw ValueError(message("linspace: expected steps >= 0, got ", steps));
  Tensor result = ops::allocate({steps}, float64);
  double* values = result.data<double>();
  for (int64_t i = 0; i < steps; ++i) {
    values[i] = steps == 1 ? start : std::lerp(start, end, static_cast<double>(i) / static_cast<double>(steps - 1));
  }
  return convert(result, options, float32);
}

Tensor eye(int64_t n, const TensorOptions& options) { return eye(n, n, options); }

Tensor eye(int64_t n, int64_t m, const TensorOptions& options) {
  if (n < 0 || m < 0) throw ValueError(message("eye: expected n and m >= 0, got ", n, " and ", m));
  Tensor result = make({n, m}, options, float32);
  ops::fill(result, 0);
  if (!result.is_meta()) {
    visit_dtype(result.dtype(), [&]<class T>(Tag<T>) {
      for (int64_t i = 0; i < std::min(n, m); ++i) result.data<T>()[i * m + i] = T(1);
    });
  }
  return finish(result, options);
}

Tensor rand(const Shape& shape, const TensorOptions& options) {
  return rand(shape, default_generator(), options);
}

Tensor rand(const Shape& shape, Generator& generator, const TensorOptions& options) {
  return random_floats("rand", shape, options, [&](auto* data, int64_t count) {
    fill_uniform(data, count, generator.seed(), generator.next_stream(), 0, 1);
  });
}

Tensor randn(const Shape& shape, const TensorOptions& options) {
  return randn(shape, default_generator(), options);
}

Tensor randn(const Shape& shape, Generator& generator, const TensorOptions& options) {
  return random_floats("randn", shape, options, [&](auto* data, int64_t count) {
    fill_normal(data, count, generator.seed(), generator.next_stream(), 0, 1);
  });
}

Tensor randint(int64_t low, int64_t high, const Shape& shape, const TensorOptions& options) {
  return randint(low, high, shape, default_generator(), options);
}

Tensor randint(int64_t low, int64_t high, const Shape& shape, Generator& generator,
               const TensorOptions& options) {
  if (low >= high) {
    throw ValueError(message("randint: expected low < high, got ", low, " and ", high));
  }
  Tensor result = ops::allocate(shape, int64);
  fill_integers(result.data<int64_t>(), result.numel(), generator.seed(), generator.next_stream(),
                low, high);
  return convert(result, options, int64);
}

Tensor randperm(int64_t n) { return randperm(n, default_generator()); }

Tensor randperm(int64_t n, Generator& generator) {
  if (n < 0) throw ValueError(message("randperm: expected n >= 0, got ", n));
  Tensor result = ops::allocate({n}, int64);
  int64_t* order = result.data<int64_t>();
  std::iota(order, order + n, 0);
  const uint64_t stream = generator.next_stream();
  // Fisher and Yates' shuffle, from the back.
  for (int64_t i = n - 1; i > 0; --i) {
    const double u = uniform_at(generator.seed(), stream, static_cast<uint64_t>(i));
    std::swap(order[i], order[static_cast<int64_t>(u * static_cast<double>(i + 1))]);
  }
  return result;
}

Tensor from_blob(void* data, const Shape& shape, const TensorOptions& options,
                 Storage::Deleter deleter, void* context) {
  return from_blob(data, shape, contiguous_strides(shape), options, deleter, context);
}

Tensor from_blob(void* data, const Shape& shape, const Strides& strides,
                 const TensorOptions& options, Storage::Deleter deleter, void* context) {
  const int64_t numel = shape.numel();
  if (!data && numel > 0) throw ValueError(message("from_blob: data is null for shape ", shape));
  if (strides.size() != shape.size()) {
    throw ShapeError(message("from_blob: strides ", strides, " do not fit shape ", shape));
  }
  int64_t last = 0;
  for (size_t i = 0; i < shape.size() && numel > 0; ++i) {
    if (strides[i] < 0) throw ValueError(message("from_blob: negative strides ", strides));
    int64_t reach = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      throw ShapeError(message("from_blob: strides ", strides, " and shape ", shape, " overflow"));
    }
  }
  const DType dtype = options.dtype.value_or(float32);
  const int64_t bytes = numel == 0 ? 0 : (last + 1) * static_cast<int64_t>(element_size(dtype));
  const Tensor base = ops::allocate({0}, dtype);
  base.impl()->storage = new Storage(data, bytes, deleter, context);
  return finish(ops::view_of(base, shape, strides, 0), options);
}

}  // namespace lucid
