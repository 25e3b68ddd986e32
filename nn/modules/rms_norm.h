// Normalisation of each example by the root of the mean of its squares.
#pragma once

#include <optional>
#include <string>

#include "nn/modules/row_norm.h"

namespace lucid::nn {

struct RMSNormOptions {
  /// Added to the mean of the squares, positive; the distance of 1 to the next number unless given.
  std::optional<double> eps = std::nullopt;
  bool elementwise_affine = true;               ///< weight per element
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  std::optional<DType> dtype = std::nullopt;    ///< float32 unless given
};

/// Divides x (..., normalized_shape) by the root of the mean of its squares over the dimensions of
/// normalized_shape, then scales each element of it
/// (https://pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html).
///
/// Parameter: weight (normalized_shape) of ones.
class RMSNorm : public RowNorm {
 public:
  /// @throws ValueError unless all sizes, of which there is at least one, and eps are positive.
  explicit RMSNorm(const Shape& normalized_shape, const RMSNormOptions& options = {});
  explicit RMSNorm(int64_t size, const RMSNormOptions& options = {})
      : RMSNorm(Shape{size}, options) {}

  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  const RMSNormOptions& options() const noexcept { return options_; }

 protected:
  /// For the lazy form: the weight waits for the sizes of the last dimensions.
  RMSNorm(LastDims dims, const RMSNormOptions& options);

 private:
  RMSNormOptions options_;
};

/// An RMSNorm over the last `dims` dimensions of its input, whose sizes are read off the first
/// input, or off a state dict. PyTorch has no such layer.
class LazyRMSNorm : public Lazy<RMSNorm> {
 public:
  /// @throws ValueError unless dims and eps are positive.
  explicit LazyRMSNorm(int64_t dims = 1, const RMSNormOptions& options = {})
      : Lazy(LastDims{dims}, options) {}
};

}  // namespace lucid::nn
