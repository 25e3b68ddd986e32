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

Tensor make(const Shape& shape, const TensorOptions& options, DType fallback) {
  return ops::allocate(shape, options.dtype.value_or(fallback), options.device.value_or(cpu));
}

// Calls fill(pointer) on the memory of a new tensor of T, and converts it to the type the options
// ask for. On the meta device there is nothing to fill.
template <class T, class Fill>
Tensor make_from(const Shape& shape, const TensorOptions& options, DType fallback,
                 const Fill& fill) {
  if (options.device == meta) return finish(make(shape, options, fallback), options);
  const Tensor values = ops::allocate(shape, dtype_of<T>);
  fill(values.data<T>());
  return finish(ops::to(values, options.dtype.value_or(fallback)), options);
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
    visit_floating(result.dtype(),
                   [&]<class T>(Tag<T>) { fill(result.data<T>(), result.numel()); });
  }
  return finish(result, options);
}

[[noreturn]] void refuse_step(double start, double end, double step) {
  throw ValueError(message("arange: step ", step, " does not lead from ", start, " to ", end));
}

int64_t arange_count(double start, double end, double step) {
  if (!std::isfinite(start) || !std::isfinite(end) || !std::isfinite(step)) {
    throw ValueError(message("arange: expected finite bounds, got start ", start, ", end ", end,
                             ", step ", step));
  }
  if (step == 0 || (end - start) / step < 0) refuse_step(start, end, step);
  const double count = std::ceil((end - start) / step);
  if (count > 0x1p62) throw ValueError(message("arange: ", count, " elements are too many"));
  return static_cast<int64_t>(count);
}

// Integers beyond 2^53 would be rounded as doubles.
int64_t arange_count(int64_t start, int64_t end, int64_t step) {
  const auto refuse = [&] {
    refuse_step(static_cast<double>(start), static_cast<double>(end), static_cast<double>(step));
  };
  if (step == 0 || (step > 0 ? end < start : end > start)) refuse();
  // Unsigned differences fit whatever the bounds are.
  const auto low = static_cast<uint64_t>(step > 0 ? start : end);
  const auto high = static_cast<uint64_t>(step > 0 ? end : start);
  const uint64_t size = step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
  const uint64_t count = (high - low) / size + ((high - low) % size != 0);
  if (count > uint64_t{1} << 62)
    throw ValueError(message("arange: ", count, " elements are too many"));
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
  return make_from<T>({static_cast<int64_t>(values.size())}, options, dtype_of<T>,
                      [&](T* data) { std::copy(values.begin(), values.end(), data); });
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

Tensor arange(Scalar end, const TensorOptions& options) {
  return arange(0, end, 1, options);
}

Tensor arange(Scalar start, Scalar end, Scalar step, const TensorOptions& options) {
  const auto is_float = [](const Scalar& s) { return s.kind() == Scalar::Kind::floating; };
  // Each value from its index, so that no rounding error adds up.
  const auto count_up = [&]<class T>(Tag<T>, DType fallback) {
    const T first = start.to<T>();
    const T by = step.to<T>();
    const int64_t count = arange_count(first, end.to<T>(), by);
    return make_from<T>({count}, options, fallback, [=](T* values) {
      for (int64_t i = 0; i < count; ++i) values[i] = first + static_cast<T>(i) * by;
    });
  };
  if (is_float(start) || is_float(end) || is_float(step)) return count_up(Tag<double>{}, float32);
  return count_up(Tag<int64_t>{}, int64);
}

Tensor linspace(double start, double end, int64_t steps, const TensorOptions& options) {
  if (steps < 0) throw ValueError(message("linspace: expected steps >= 0, got ", steps));
  return make_from<double>({steps}, options, float32, [=](double* values) {
    for (int64_t i = 0; i < steps; ++i) {
      const double part =
          static_cast<double>(i) / static_cast<double>(std::max<int64_t>(steps - 1, 1));
      values[i] = std::lerp(start, end, part);
    }
  });
}

Tensor eye(int64_t n, const TensorOptions& options) {
  return eye(n, n, options);
}

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
    const RandomStream stream = RandomStream::from(generator);
    fill_uniform(data, count, stream.seed, stream.position, 0, 1);
  });
}

Tensor randn(const Shape& shape, const TensorOptions& options) {
  return randn(shape, default_generator(), options);
}

Tensor randn(const Shape& shape, Generator& generator, const TensorOptions& options) {
  return random_floats("randn", shape, options, [&](auto* data, int64_t count) {
    const RandomStream stream = RandomStream::from(generator);
    fill_normal(data, count, stream.seed, stream.position, 0, 1);
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
  return make_from<int64_t>(shape, options, int64, [&](int64_t* values) {
    const RandomStream stream = RandomStream::from(generator);
    fill_integers(values, shape.numel(), stream.seed, stream.position, low, high);
  });
}

Tensor randperm(int64_t n) {
  return randperm(n, default_generator());
}

Tensor randperm(int64_t n, Generator& generator) {
  if (n < 0) throw ValueError(message("randperm: expected n >= 0, got ", n));
  Tensor result = ops::allocate({n}, int64);
  int64_t* order = result.data<int64_t>();
  std::iota(order, order + n, 0);
  const RandomStream stream = RandomStream::from(generator);
  // Fisher and Yates' shuffle, from the back.
  for (int64_t i = n - 1; i > 0; --i) {
    const double u = uniform_at(stream.seed, stream.position, static_cast<uint64_t>(i));
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
  if (options.device == meta) {
    throw DeviceError("from_blob: memory is on the cpu, got the device meta");
  }
  if (!data && numel > 0) throw ValueError(message("from_blob: data is null for shape ", shape));
  if (strides.size() != shape.size()) {
    throw ShapeError(message("from_blob: strides ", strides, " do not fit shape ", shape));
  }
  const auto refuse_overflow = [&] {
    throw ShapeError(message("from_blob: strides ", strides, " and shape ", shape, " overflow"));
  };
  const DType dtype = options.dtype.value_or(float32);
  // First the elements from the first to the last, then their bytes.
  int64_t bytes = numel == 0 ? 0 : 1;
  for (size_t i = 0; i < shape.size() && numel > 0; ++i) {
    if (strides[i] < 0) throw ValueError(message("from_blob: negative strides ", strides));
    int64_t reach = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &reach) ||
        __builtin_add_overflow(bytes, reach, &bytes)) {
      refuse_overflow();
    }
  }
  if (__builtin_mul_overflow(bytes, static_cast<int64_t>(element_size(dtype)), &bytes)) {
    refuse_overflow();
  }
  const Tensor base = ops::allocate({0}, dtype);
  base.impl()->storage = new Storage(data, bytes, deleter, context);
  return finish(ops::view_of(base, shape, strides, 0), options);
}

}  // namespace lucid
