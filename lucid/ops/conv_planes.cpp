#include "lucid/ops/conv_planes.h"

#include "lucid/allocator.h"
#include "lucid/kernels/dispatch.h"
#include "lucid/ops/common.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

using kernels::Conv2dShape;

// The vectorised kernels lay the padded image out in memory. With a dilation or padding far beyond
// the image that would be gigabytes of zeros; the scalar kernels step over what lies outside.
bool mostly_padding(const Conv2dShape& s) {
  const auto reach = [](int64_t out, int64_t stride, int64_t kernel, int64_t dilation) {
    return static_cast<double>(out) * static_cast<double>(stride) +
           static_cast<double>(kernel) * static_cast<double>(dilation);
  };
  const double padded = reach(s.out_height, s.stride_h, s.kernel_height, s.dilation_h) *
                        reach(s.out_width, s.stride_w, s.kernel_width, s.dilation_w);
  const double image = static_cast<double>(s.in_height) * static_cast<double>(s.in_width) +
                       static_cast<double>(s.out_height) * static_cast<double>(s.out_width);
  constexpr double tolerated = 64;
  constexpr double always_fine = 1 << 16;
  return padded > always_fine && padded > tolerated * image;
}

template <class T>
const kernels::KernelTable<T>& conv_table(const Conv2dShape& shape) {
  const auto& table = kernel_table<T>();  // also checks LUCID_ARCH
  return mostly_padding(shape) ? *kernels::find<T>("reference") : table;
}

template <class T>
int64_t bytes(int64_t elements) {
  return elements * static_cast<int64_t>(sizeof(T));
}

// The scratch must suit the run, whatever set_num_threads() does on another thread in between.
Conv2dShape with_threads(Conv2dShape shape) {
  shape.threads = get_num_threads();
  return shape;
}

}  // namespace

void conv_planes(const Conv2dShape& shape, const Tensor& x, const Tensor& weight,
                 const Tensor& bias, const Tensor& result) {
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const Conv2dShape split = with_threads(shape);
    const detail::Scratch scratch(bytes<T>(table.conv2d_forward_scratch(split)));
    table.conv2d_forward(split, x.data<T>(), weight.data<T>(),
                         bias.defined() ? bias.data<T>() : nullptr, result.data<T>(),
                         scratch.as<T>());
  });
}

void conv_planes_input_gradient(const Conv2dShape& shape, const Tensor& grad, const Tensor& weight,
                                const Tensor& result) {
  visit_floating(grad.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const Conv2dShape split = with_threads(shape);
    const detail::Scratch scratch(bytes<T>(table.conv2d_input_gradient_scratch(split)));
    table.conv2d_input_gradient(split, grad.data<T>(), weight.data<T>(), result.data<T>(),
                                scratch.as<T>());
  });
}

void conv_planes_weight_gradient(const Conv2dShape& shape, const Tensor& grad, const Tensor& x,
                                 const Tensor& result) {
  visit_floating(grad.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = conv_table<T>(shape);
    const detail::Scratch scratch(bytes<T>(table.conv2d_weight_gradient_scratch(shape)));
    table.conv2d_weight_gradient(shape, grad.data<T>(), x.data<T>(), result.data<T>(),
                                 scratch.as<T>());
  });
}

}  // namespace lucid::ops
