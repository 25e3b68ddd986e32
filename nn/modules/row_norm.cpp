#include "nn/modules/row_norm.h"

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

std::string size_name(int64_t dim) {
  return message("normalized_shape[", dim, "]");
}

}  // namespace

RowNorm::RowNorm(const char* name, LastDims dims, double eps, bool affine,
                 const LazyOptions& options)
    : dims_(dims.count) {
  if (!(eps > 0)) throw ValueError(message(name, ": expected eps > 0, got ", eps));
  if (dims_ < 1 || dims_ > static_cast<int64_t>(Shape::max_rank)) {
    throw ValueError(message(name, ": expected 1 to ", Shape::max_rank,
                             " dimensions to normalise over, got ", dims_));
  }
  if (affine) {
    weight_ =
        register_parameter("weight", lazy_parameter(last_dims(), constant_values(1), options));
  }
}

void RowNorm::initialize_shape(const char* name, const Shape& normalized_shape) {
  LazySizes sizes;
  for (size_t i = 0; i < normalized_shape.size(); ++i) {
    if (normalized_shape[i] < 1) {
      throw ValueError(
          message(name, ": expected positive sizes as normalized_shape, got ", normalized_shape));
    }
    sizes.set(size_name(static_cast<int64_t>(i)), normalized_shape[i]);
  }
  given_shape_ = normalized_shape;
  initialize(sizes);
}

LazyShape RowNorm::last_dims() const {
  std::vector<LazyShape::Size> sizes;
  for (int64_t i = 0; i < dims_; ++i) sizes.emplace_back(size_name(i));
  return LazyShape(std::move(sizes));
}

std::optional<Shape> RowNorm::normalized_shape() const {
  if (weight_.is_initialized()) return weight_.shape();
  return given_shape_;
}

LazySizes RowNorm::infer_sizes(const Tensor& x) const {
  LazySizes sizes;
  for (int64_t i = 0; i < dims_; ++i) {
    if (x.dim() < dims_ || x.shape(i - dims_) < 1) {
      throw ShapeError(message(type_name(), ": expected x with at least ", dims_,
                               " dimensions, the last of them not empty, got ", x.shape()));
    }
    sizes.set(size_name(i), x.shape(i - dims_));
  }
  return sizes;
}

Shape RowNorm::shape_for(const Tensor& x) const {
  const auto known = normalized_shape();
  return known ? *known : last_dims().resolve(infer_sizes(x));
}

std::string RowNorm::shape_repr() const {
  const auto shape = normalized_shape();
  return shape ? lucid::detail::tuple(shape->begin(), shape->size()) : "None";
}

}  // namespace lucid::nn
