// Plain descriptions of what a kernel works on: sizes and strides, nothing that owns or checks.
#pragma once

#include <cstdint>

#include "lucid/kernels/conv_algorithm.h"

namespace lucid::kernels {

enum class Unary : uint8_t {
  neg,
  abs,
  square,
  sqrt,
  rsqrt,
  reciprocal,
  exp,
  log,
  tanh,
  sigmoid,
  relu,
  sign,
  sin,
  cos,
  count_
};

enum class Binary : uint8_t { add, sub, mul, div, maximum, minimum, count_ };

enum class Compare : uint8_t { eq, ne, lt, le, gt, ge, count_ };

/// Which operand of a binary kernel is one value repeated for every element.
enum class Operands : uint8_t { both_full, left_scalar, right_scalar };

/// A matrix seen through two strides, so that a transposed one needs no copy.
struct MatrixStrides {
  int64_t row;     ///< elements from one row to the next
  int64_t column;  ///< elements from one column to the next
};

/// A 2-d convolution over contiguous NCHW input, (K, C/groups, R, S) weights, NKPQ output.
/// Positions outside of the input count as zero; what is padded at the bottom and the right
/// follows from the output size.
struct Conv2dShape {
  int64_t batch, in_channels, in_height, in_width;
  int64_t out_channels, kernel_height, kernel_width;
  int64_t out_height, out_width;
  int64_t stride_h, stride_w;
  int64_t pad_top, pad_left;
  int64_t dilation_h, dilation_w;
  int64_t groups;
  int64_t threads = 0;  ///< that may share the work, or 0 for get_num_threads()
  ConvAlgorithm algorithm = ConvAlgorithm::direct;
  bool relu = false;      ///< forward only: of what would be written, its relu is
  bool prepared = false;  ///< forward only: the weights are those of conv2d_prepare_weights
};

/// 2-d pooling windows over `planes` contiguous (height, width) planes.
struct Pool2dShape {
  int64_t planes, in_height, in_width;
  int64_t out_height, out_width;
  int64_t kernel_height, kernel_width;
  int64_t stride_h, stride_w;
  int64_t pad_top, pad_left;
  int64_t dilation_h, dilation_w;  ///< maximum pooling only
  bool count_include_pad;          ///< average pooling only: divide by the whole window
  int64_t divisor = 0;             ///< average pooling only: what to divide by instead, if not 0
};

/// A contiguous tensor seen as (outer, count, inner), reduced or normalised over `count`.
struct ReduceShape {
  int64_t outer, count, inner;
};

/// A contiguous tensor seen as (batch, channels, inner), normalised per channel.
struct NormShape {
  int64_t batch, channels, inner;
  bool relu = false;  ///< a relu follows the map (x - mean) * scale + shift
};

struct SgdStep {
  double learning_rate, momentum, dampening, weight_decay;
  bool nesterov, maximize;
  bool first_step;  ///< the momentum buffer holds nothing yet
};

struct AdamStep {
  double learning_rate, beta1, beta2, eps, weight_decay;
  double bias_correction1, bias_correction2;  ///< 1 - beta^t
  bool decoupled_weight_decay;                ///< AdamW
  bool maximize, amsgrad;
};

}  // namespace lucid::kernels
