// The kernels of one instruction set for one element type, as a table of functions.
//
// Every pointer refers to contiguous memory unless strides are passed. Inputs may not alias outputs
// except where a comment says so; unary, binary and optimiser kernels may run in place. Kernels
// thread themselves through lucid::parallel_for, give the same bits at any number of threads, never
// throw and never allocate: what they need as scratch is asked for first and passed in. Those that
// compute take denormal numbers for zero (flushing.h), and leave the settings of the floating-point
// unit as they were.
#pragma once

#include "lucid/kernels/shapes.h"

namespace lucid::kernels {

template <class T>
struct KernelTable {
  const char* name;     ///< "reference", "sse2", "avx2", "avx512", "neon"
  int lanes;            ///< elements per vector register
  bool has_algorithms;  ///< whether convolutions follow the algorithm of their shape

  // Pointwise
  using UnaryFunction = void (*)(int64_t n, const T* x, T* y);
  UnaryFunction unary[static_cast<int>(Unary::count_)];

  /// With Operands::left_scalar only a[0] is read, with right_scalar only b[0].
  using BinaryFunction = void (*)(int64_t n, const T* a, const T* b, T* y, Operands operands);
  BinaryFunction binary[static_cast<int>(Binary::count_)];

  /// grad_x = output > 0 ? grad_y : 0, where grad_x may be grad_y.
  void (*relu_backward)(int64_t n, const T* grad_y, const T* output, T* grad_x);
  /// grad_x = grad_y * output * (1 - output) and grad_y * (1 - output^2); grad_x may be grad_y.
  void (*sigmoid_backward)(int64_t n, const T* grad_y, const T* output, T* grad_x);
  void (*tanh_backward)(int64_t n, const T* grad_y, const T* output, T* grad_x);

  /// y += alpha * x
  void (*axpy)(int64_t n, T alpha, const T* x, T* y);

  // Reductions
  /// y[outer][inner] = sum over count of x[outer][count][inner].
  void (*sum)(const ReduceShape& shape, const T* x, T* y);
  /// The greatest value and, where indices is not null, the position of its first occurrence.
  /// A NaN counts as the greatest. shape.count is at least 1.
  void (*max)(const ReduceShape& shape, const T* x, T* y, int64_t* indices);
  void (*min)(const ReduceShape& shape, const T* x, T* y, int64_t* indices);

  /// Softmax over count; log_softmax likewise.
  void (*softmax)(const ReduceShape& shape, const T* x, T* y);
  void (*log_softmax)(const ReduceShape& shape, const T* x, T* y);
  /// grad_x = y * (grad_y - sum(grad_y * y));  grad_x = grad_y - exp(y) * sum(grad_y)
  void (*softmax_backward)(const ReduceShape& shape, const T* grad_y, const T* y, T* grad_x);
  void (*log_softmax_backward)(const ReduceShape& shape, const T* grad_y, const T* y, T* grad_x);

  // Matrix product
  /// Scratch elements that gemm needs for these sizes and layouts, whatever the number of threads.
  int64_t (*gemm_scratch)(int64_t m, int64_t n, int64_t k, MatrixStrides a_strides,
                          MatrixStrides b_strides);
  /// C(m x n, row stride ldc, column stride 1) = A(m x k) B(k x n) [+ C if accumulate].
  /// bias_row (n values, added to every row; may be null) is for a linear layer, and so is the relu
  /// of all that.
  void (*gemm)(int64_t m, int64_t n, int64_t k, const T* a, MatrixStrides a_strides, const T* b,
               MatrixStrides b_strides, T* c, int64_t ldc, bool accumulate, const T* bias_row,
               T* scratch, bool relu);

  // Convolution
  /// Scratch elements for each of the three passes at the present number of threads.
  int64_t (*conv2d_forward_scratch)(const Conv2dShape& shape);
  int64_t (*conv2d_input_gradient_scratch)(const Conv2dShape& shape);
  int64_t (*conv2d_weight_gradient_scratch)(const Conv2dShape& shape);
  /// bias (out_channels values) may be null.
  void (*conv2d_forward)(const Conv2dShape& shape, const T* x, const T* weight, const T* bias, T* y,
                         T* scratch);
  /// Elements of the weights as the forward by the algorithm of the shape reads them, which else
  /// every call brings into that form; 0 if they are read as they are. Size and form depend on
  /// channels, kernel, groups and algorithm alone.
  int64_t (*conv2d_prepared_size)(const Conv2dShape& shape);
  /// Writes that form, to memory at a cache line.
  void (*conv2d_prepare_weights)(const Conv2dShape& shape, const T* weight, T* prepared);
  void (*conv2d_input_gradient)(const Conv2dShape& shape, const T* grad_y, const T* weight,
                                T* grad_x, T* scratch);
  void (*conv2d_weight_gradient)(const Conv2dShape& shape, const T* grad_y, const T* x,
                                 T* grad_weight, T* scratch);

  // Pooling
  /// indices[...], unless null, is the position of the maximum within its input plane (row * width
  /// + column);
  /// padding never wins, a NaN always does.
  void (*max_pool2d)(const Pool2dShape& shape, const T* x, T* y, int64_t* indices);
  /// Adds each grad_y to grad_x at its index; overwrites all of grad_x.
  void (*max_pool2d_backward)(const Pool2dShape& shape, const T* grad_y, const int64_t* indices,
                              T* grad_x);
  void (*avg_pool2d)(const Pool2dShape& shape, const T* x, T* y);
  void (*avg_pool2d_backward)(const Pool2dShape& shape, const T* grad_y, T* grad_x);
  /// Only planes and the four sizes of the shape are read.
  void (*adaptive_avg_pool2d)(const Pool2dShape& shape, const T* x, T* y);
  void (*adaptive_avg_pool2d_backward)(const Pool2dShape& shape, const T* grad_y, T* grad_x);

  // Normalisation
  /// Per channel mean and biased variance (two passes, so that no large mean eats the digits).
  void (*channel_moments)(const NormShape& shape, const T* x, T* mean, T* variance);
  /// y = (x - mean) * scale + shift, all three per channel; its relu with shape.relu. In place too.
  void (*channel_affine)(const NormShape& shape, const T* x, const T* mean, const T* scale,
                         const T* shift, T* y);
  /// Per channel sum of grad_y and of grad_y * (x - mean). With shape.relu grad_y counts only where
  /// channel_affine gave more than 0; scale and shift are not read without.
  void (*channel_gradient_sums)(const NormShape& shape, const T* grad_y, const T* x, const T* mean,
                                const T* scale, const T* shift, T* sum_grad, T* sum_grad_centered);
  /// grad_x = a * grad_y + b * (x - mean) + c, all of a, b, c, mean per channel; shape.relu as
  /// above.
  void (*channel_combine)(const NormShape& shape, const T* grad_y, const T* x, const T* mean,
                          const T* scale, const T* shift, const T* a, const T* b, const T* c,
                          T* grad_x);

  /// relu_backward, in place too, and per channel the sum of grad_x. Denormal outputs count as
  /// zero; shape.relu is not read.
  void (*relu_backward_sums)(const NormShape& shape, const T* grad_y, const T* output, T* grad_x,
                             T* sums);

  // Random numbers
  /// mask[i] = scale where number i of a stream of uniform ones (lucid/random.h) is at least p,
  /// else 0; y[i] = x[i] * mask[i].
  void (*dropout)(int64_t n, uint64_t seed, uint64_t stream, T p, T scale, const T* x, T* mask,
                  T* y);

  // Optimisers
  /// momentum_buffer may be null when momentum is 0.
  void (*sgd_step)(int64_t n, const SgdStep& step, T* parameter, const T* gradient,
                   T* momentum_buffer);
  /// max_second_moment is read and written with amsgrad only.
  void (*adam_step)(int64_t n, const AdamStep& step, T* parameter, const T* gradient,
                    T* first_moment, T* second_moment, T* max_second_moment);
};

}  // namespace lucid::kernels
