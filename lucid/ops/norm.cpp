#include "lucid/ops/norm.h"

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"

namespace lucid::ops {
namespace {

kernels::NormShape norm_shape(const Shape& shape, bool relu = false) {
  kernels::NormShape result{shape[0], shape[1], 1, relu};
  for (size_t i = 2; i < shape.size(); ++i) result.inner *= shape[i];
  return result;
}

}  // namespace

Moments channel_moments(const Tensor& x) {
  const Shape channels{x.shape(1)};
  Moments result{allocate(channels, x.dtype(), x.device()),
                 allocate(channels, x.dtype(), x.device())};
  if (x.is_meta() || x.numel() == 0) {
    fill(result.mean, 0);
    fill(result.variance, 0);
    return result;
  }
  const Tensor input = contiguous(x);
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    kernel_table<T>().channel_moments(norm_shape(x.shape()), input.data<T>(), result.mean.data<T>(),
                                      result.variance.data<T>());
  });
  return result;
}

Tensor channel_affine(const Tensor& x, const Tensor& mean, const Tensor& scale, const Tensor& shift,
                      bool relu) {
  Tensor result = allocate(x.shape(), x.dtype(), x.device());
  if (result.is_meta() || x.numel() == 0) return result;
  const Tensor input = contiguous(x);
  const Tensor m = contiguous(mean);
  const Tensor a = contiguous(scale);
  const Tensor b = contiguous(shift);
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    kernel_table<T>().channel_affine(norm_shape(x.shape(), relu), input.data<T>(), m.data<T>(),
                                     a.data<T>(), b.data<T>(), result.data<T>());
  });
  return result;
}

BatchNormGradients batch_norm_backward(const Tensor& grad, const Tensor& x, const Tensor& mean,
                                       const Tensor& inverse_deviation, const Tensor& weight,
                                       bool batch_statistics, const Tensor& shift) {
  const DType dtype = x.dtype();
  const Shape channels{x.shape(1)};
  const Device device = common_device({&grad, &x});
  BatchNormGradients result{allocate(x.shape(), dtype, device), allocate(channels, dtype, device),
                            allocate(channels, dtype, device)};
  if (device == meta) return result;
  if (x.numel() == 0) {
    fill(result.weight, 0);
    fill(result.bias, 0);
    return result;
  }
  const Tensor g = contiguous(grad);
  const Tensor input = contiguous(x);
  const Tensor offsets = shift.defined() ? contiguous(shift) : Tensor();
  visit_floating(dtype, [&]<class T>(Tag<T>) {
    const auto& table = kernel_table<T>();
    const kernels::NormShape shape = norm_shape(x.shape(), shift.defined());
    const T* offset = shift.defined() ? offsets.data<T>() : nullptr;
    T* sum = result.bias.data<T>();
    T* centered = result.weight.data<T>();
    // grad_x = a * grad + b * (x - mean) + c, with coefficients per channel.
    const Tensor coefficients = allocate({3, shape.channels}, dtype);
    T* a = coefficients.data<T>();
    T* b = a + shape.channels;
    T* c = b + shape.channels;
    const T* inverse = inverse_deviation.data<T>();
    for (int64_t i = 0; i < shape.channels; ++i) {
      a[i] = weight.defined() ? inverse[i] * weight.data<T>()[i * weight.strides()[0]] : inverse[i];
    }
    table.channel_gradient_sums(shape, g.data<T>(), input.data<T>(), mean.data<T>(), a, offset, sum,
                                centered);
    const auto count = static_cast<T>(shape.batch * shape.inner);
    for (int64_t i = 0; i < shape.channels; ++i) {
      b[i] = batch_statistics ? -a[i] * inverse[i] * inverse[i] * centered[i] / count : T(0);
      c[i] = batch_statistics ? -a[i] * sum[i] / count : T(0);
      centered[i] *= inverse[i];
    }
    table.channel_combine(shape, g.data<T>(), input.data<T>(), mean.data<T>(), a, offset, a, b, c,
                          result.x.data<T>());
  });
  return result;
}

ReluGradients relu_backward_sums(const Tensor& grad, const Tensor& output, bool overwrite) {
  require_shape("relu_backward_sums", "grad", grad, output.shape());
  const DType dtype = output.dtype();
  const bool fits = overwrite && grad.dtype() == dtype && grad.is_contiguous();
  const Device device = common_device({&grad, &output});
  ReluGradients result{fits ? grad : allocate(output.shape(), dtype, device),
                       allocate({output.shape(1)}, dtype, device)};
  if (device == meta) return result;
  if (output.numel() == 0) {
    fill(result.channel_sums, 0);
    return result;
  }
  const Tensor g = contiguous(grad.to(dtype));
  const Tensor y = contiguous(output);
  visit_floating(dtype, [&]<class T>(Tag<T>) {
    kernel_table<T>().relu_backward_sums(norm_shape(output.shape()), g.data<T>(), y.data<T>(),
                                         result.x.data<T>(), result.channel_sums.data<T>());
  });
  return result;
}

}  // namespace lucid::ops
