// What normalisations over the last dimensions share.
#pragma once

#include <optional>
#include <string>

#include "nn/lazy.h"

namespace lucid::nn {

/// A layer that normalises x (..., normalized_shape) over the dimensions of normalized_shape.
/// Parameter: weight (normalized_shape) of ones.
class RowNorm : public Module {
 public:
  LazySizes infer_sizes(const Tensor& x) const override;

  /// Undefined without elementwise_affine.
  const Parameter& weight() const noexcept { return weight_; }
  /// Nothing as long as it is not known.
  std::optional<Shape> normalized_shape() const;

 protected:
  struct LastDims {
    int64_t count;
  };
  /// The parameters wait for the sizes of the last dimensions.
  /// @throws ValueError unless the number of dimensions and eps are positive.
  RowNorm(const char* name, LastDims dims, double eps, bool affine, const LazyOptions& options);
  /// For constructors that are told the sizes. @throws ValueError unless they are positive.
  void initialize_shape(const char* name, const Shape& normalized_shape);

  /// The shape of parameters.
  LazyShape last_dims() const;
  /// normalized_shape(), or what x says it will be.
  Shape shape_for(const Tensor& x) const;
  /// "(3, 4)" or "None", as PyTorch prints it.
  std::string shape_repr() const;

 private:
  int64_t dims_;
  Parameter weight_;
  std::optional<Shape> given_shape_;  // by the constructor; without a weight nothing else knows
};

}  // namespace lucid::nn
