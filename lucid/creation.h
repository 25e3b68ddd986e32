// Making tensors.
#pragma once

#include <initializer_list>
#include <vector>

#include "lucid/random.h"
#include "lucid/tensor.h"

namespace lucid {

/// Nested lists of numbers, as tensor({{1, 2}, {3, 4}}) takes them.
class NestedList {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> NestedList(T value) : values_{value} {}
  /// @throws ShapeError if the lists are ragged.
  NestedList(std::initializer_list<NestedList> lists);

  const Shape& shape() const noexcept { return shape_; }
  const std::vector<Scalar>& values() const noexcept { return values_; }
  /// bool if all are, int64 if all are integers or bool, else float32.
  DType dtype() const noexcept;

 private:
  Shape shape_;
  std::vector<Scalar> values_;
};

/// Values written out: tensor(3.0), tensor({1, 2, 3}), tensor({{1.0, 2.0}, {3.0, 4.0}}).
/// Without options.dtype integers give int64, bools bool, anything else float32.
Tensor tensor(const NestedList& values, const TensorOptions& options = {});

/// A rank-1 tensor of the vector's type (or options.dtype).
template <class T>
Tensor tensor(const std::vector<T>& values, const TensorOptions& options = {});

/// Uninitialised values.
Tensor empty(const Shape& shape, const TensorOptions& options = {});
Tensor zeros(const Shape& shape, const TensorOptions& options = {});
Tensor ones(const Shape& shape, const TensorOptions& options = {});
/// Without options.dtype the type is that of the value: bool, int64 or float32.
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});

/// The type, shape and device of another tensor, unless options say otherwise.
Tensor empty_like(const Tensor& like, const TensorOptions& options = {});
Tensor zeros_like(const Tensor& like, const TensorOptions& options = {});
Tensor ones_like(const Tensor& like, const TensorOptions& options = {});
Tensor full_like(const Tensor& like, Scalar value, const TensorOptions& options = {});

/// 0, 1, ... below end; int64 if all arguments are integers, else float32.
/// https://pytorch.org/docs/stable/generated/torch.arange.html
/// @throws ValueError if step is 0 or leads away from end, or a bound is not finite.
Tensor arange(Scalar end, const TensorOptions& options = {});
Tensor arange(Scalar start, Scalar end, Scalar step = 1, const TensorOptions& options = {});
/// `steps` values from start to end, both included. @throws ValueError if steps is negative.
Tensor linspace(double start, double end, int64_t steps, const TensorOptions& options = {});
/// Ones on the diagonal of an n x m matrix (m = n unless given). @throws ValueError if negative.
Tensor eye(int64_t n, const TensorOptions& options = {});
Tensor eye(int64_t n, int64_t m, const TensorOptions& options = {});

/// Uniform in [0, 1). float32 or float64.
Tensor rand(const Shape& shape, const TensorOptions& options = {});
Tensor rand(const Shape& shape, Generator& generator, const TensorOptions& options = {});
/// Standard normal.
Tensor randn(const Shape& shape, const TensorOptions& options = {});
Tensor randn(const Shape& shape, Generator& generator, const TensorOptions& options = {});
/// Integers in [low, high), int64 unless options say otherwise. @throws ValueError if low >= high.
Tensor randint(int64_t low, int64_t high, const Shape& shape, const TensorOptions& options = {});
Tensor randint(int64_t low, int64_t high, const Shape& shape, Generator& generator,
               const TensorOptions& options = {});
/// 0 to n - 1 in random order, int64.
Tensor randperm(int64_t n);
Tensor randperm(int64_t n, Generator& generator);
Tensor rand_like(const Tensor& like, const TensorOptions& options = {});
Tensor randn_like(const Tensor& like, const TensorOptions& options = {});

/// A tensor over memory that the caller owns and keeps alive, row-major, or as strides say.
/// @param deleter called once with (data, context) when the last tensor on it is gone; may be null.
/// @throws ValueError if data is null and the shape is not empty.
Tensor from_blob(void* data, const Shape& shape, const TensorOptions& options = {},
                 Storage::Deleter deleter = nullptr, void* context = nullptr);
Tensor from_blob(void* data, const Shape& shape, const Strides& strides,
                 const TensorOptions& options = {}, Storage::Deleter deleter = nullptr,
                 void* context = nullptr);

}  // namespace lucid
