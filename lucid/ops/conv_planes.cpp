#include "lucid/ops/conv_planes.h"

#include "lucid/allocator.h"
#include "lucid/kernels/dispatch.h"
#include "lucid/ops/common.h"
#include "lucid/ops/conv_algorithm.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

using kernels::Conv2dShape;

template <class T>
const kernels::KernelTable<T>& conv_table(const Conv2dShape& shape) {
  const auto& table = kernel_table<T>();  // also checks LUCID_ARCH
  return mostly_padding(shape) ? *kernels::find<T>("reference") : table;
}

template <class T>
int64_t bytes(int64_t elements) {
  return elements * static_cast<int64_t>(sizeof(T));
}

// How it is computed, and by how many threads: the scratch must suit the run, whatever
// set_num_threads() does on another thread in between.
Conv2dShape decided(Conv2dShape shape, ConvPass pass, DType dtype, ConvMode mode) {
  shape.threads = get_num_threads();
  if (!shape.prepared) shape.algorithm = choose_conv_algorithm(shape, pass, dtype, mode);
  return shape;
}

}  // namespace

void conv_planes(const Conv2dShape& shape, ConvMode mode, const Tensor& x, const Tensor& weight,
                 const Tensor& bias, const Tensor& result) {
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const Conv2dShape plan = decided(shape, ConvPass::forward, x.dtype(), mode);
    const detail::Scratch scratch(bytes<T>(table.conv2d_forward_scratch(plan)));
    table.conv2d_forward(plan, x.data<T>(), weight.data<T>(),
                         bias.defined() ? bias.data<T>() : nullptr, result.data<T>(),
                         scratch.as<T>());
  });
}

void conv_planes_input_gradient(const Conv2dShape& shape, ConvMode mode, const Tensor& grad,
                                const Tensor& weight, const Tensor& result) {
  visit_floating(grad.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const Conv2dShape plan = decided(shape, ConvPass::input_gradient, grad.dtype(), mode);
    const detail::Scratch scratch(bytes<T>(table.conv2d_input_gradient_scratch(plan)));
    table.conv2d_input_gradient(plan, grad.data<T>(), weight.data<T>(), result.data<T>(),
                                scratch.as<T>());
  });
}

void conv_planes_weight_gradient(const Conv2dShape& shape, ConvMode mode, const Tensor& grad,
                                 const Tensor& x, const Tensor& result) {
  visit_floating(grad.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const Conv2dShape plan = decided(shape, ConvPass::weight_gradient, grad.dtype(), mode);
    const detail::Scratch scratch(bytes<T>(table.conv2d_weight_gradient_scratch(plan)));
    table.conv2d_weight_gradient(plan, grad.data<T>(), x.data<T>(), result.data<T>(),
                                 scratch.as<T>());
  });
}

}  // namespace lucid::ops
