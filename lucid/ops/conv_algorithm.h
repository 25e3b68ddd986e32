// Which algorithm computes a convolution, and why.
#pragma once

#include <optional>
#include <string>

#include "lucid/dtype.h"
#include "lucid/kernels/conv_algorithm.h"
#include "lucid/ops/conv_geometry.h"
#include "lucid/shape.h"

namespace lucid {

namespace kernels {
struct Conv2dShape;
}

enum class ConvPass : uint8_t { forward, input_gradient, weight_gradient };

/// What would run, and what the others would cost: "winograd_4x4_3x3: estimated 0.31 of direct".
struct ConvChoice {
  kernels::ConvAlgorithm algorithm;
  std::string reason;
};

/// What one pass of a convolution of x with weight would run on this processor.
/// @throws ShapeError, ValueError as conv()
ConvChoice conv_algorithm(const Shape& x, const Shape& weight, const ConvGeometry& geometry,
                          ConvPass pass = ConvPass::forward, DType dtype = float32);

/// Makes every convolution on all threads use one algorithm where it can, whatever mode and cost
/// say; nullopt ends that. For tests and measurements.
void force_conv_algorithm(std::optional<kernels::ConvAlgorithm> algorithm) noexcept;

namespace ops {

/// The vectorised kernels lay the padded image out in memory. With a dilation or padding far beyond
/// the image that would be gigabytes of zeros; the scalar kernels step over what lies outside.
bool mostly_padding(const kernels::Conv2dShape& shape);

const char* name(kernels::ConvAlgorithm algorithm) noexcept;

/// Whether it may run in strict mode.
bool is_strict(kernels::ConvAlgorithm algorithm) noexcept;

/// The algorithm for sizes that have been checked.
kernels::ConvAlgorithm choose_conv_algorithm(const kernels::Conv2dShape& shape, ConvPass pass,
                                             DType dtype, ConvMode mode);

}  // namespace ops
}  // namespace lucid
