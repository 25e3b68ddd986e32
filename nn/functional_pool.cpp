// Pooling.
#include "autograd/functions/pooling.h"
#include "nn/batched.h"
#include "nn/functional.h"

namespace lucid::nn::functional {
namespace {

Pool2dGeometry pool_geometry(Size2d kernel, const std::optional<Size2d>& stride, Size2d padding) {
  Pool2dGeometry geometry;
  const Size2d step = stride.value_or(kernel);
  geometry.kernel[0] = kernel[0];
  geometry.kernel[1] = kernel[1];
  geometry.stride[0] = step[0];
  geometry.stride[1] = step[1];
  geometry.padding[0] = padding[0];
  geometry.padding[1] = padding[1];
  return geometry;
}

}  // namespace

Tensor max_pool2d(const Tensor& x, Size2d kernel_size, const MaxPool2dFunctionOptions& options) {
  Pool2dGeometry geometry = pool_geometry(kernel_size, options.stride, options.padding);
  geometry.dilation[0] = options.dilation[0];
  geometry.dilation[1] = options.dilation[1];
  geometry.ceil_mode = options.ceil_mode;
  return batched<2>("max_pool2d", x,
                    [&](const Tensor& images) { return lucid::max_pool2d(images, geometry); });
}

Tensor avg_pool2d(const Tensor& x, Size2d kernel_size, const AvgPool2dFunctionOptions& options) {
  Pool2dGeometry geometry = pool_geometry(kernel_size, options.stride, options.padding);
  geometry.ceil_mode = options.ceil_mode;
  geometry.count_include_pad = options.count_include_pad;
  return batched<2>("avg_pool2d", x,
                    [&](const Tensor& images) { return lucid::avg_pool2d(images, geometry); });
}

Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size) {
  return batched<2>("adaptive_avg_pool2d", x, [&](const Tensor& images) {
    return lucid::adaptive_avg_pool2d(images, output_size[0], output_size[1]);
  });
}

}  // namespace lucid::nn::functional
