// A convolution of many inputs with the same weights, which are brought into the form that its
// algorithm reads once and not by every call.
#pragma once

#include "lucid/kernels/conv_algorithm.h"
#include "lucid/ops/conv_geometry.h"
#include "lucid/tensor.h"

namespace lucid::ops {

class PreparedConv {
 public:
  /// @param x what inputs are like, which decides on the algorithm; other sizes do as well
  /// @param relu the relu of all that, in the same pass
  /// @throws what conv() throws for such an input
  PreparedConv(const Shape& x, const Tensor& weight, const Tensor& bias,
               const ConvGeometry& geometry, bool relu);

  /// What conv() gives; undefined for an input that these weights do not serve, so that conv() has
  /// to compute or refuse it: of another type, without values or elements, with nearly nothing but
  /// padding, or after other kernels were selected. Undefined always if the weights are read as
  /// they are.
  Tensor run(const Tensor& x) const;

  /// What conv() of it is called on the tape.
  const char* name() const noexcept { return name_; }
  /// A tensor of the weights' shape and type, without memory.
  const Tensor& weight_like() const noexcept { return weight_like_; }
  kernels::ConvAlgorithm algorithm() const noexcept { return algorithm_; }
  /// Of the prepared weights, 0 if they are read as they are.
  int64_t bytes() const noexcept;

 private:
  const char* name_;
  Tensor weight_like_;
  Tensor prepared_;  ///< undefined if the weights are read as they are
  Tensor bias_;
  ConvGeometry geometry_;
  kernels::ConvAlgorithm algorithm_ = kernels::ConvAlgorithm::direct;
  bool relu_;
  const void* table_ = nullptr;  ///< of the kernels that they were prepared for
};

}  // namespace lucid::ops
