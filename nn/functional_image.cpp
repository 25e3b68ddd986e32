// Taking images apart and putting them together.
#include "nn/functional_image.h"

#include "autograd/functions/image.h"
#include "autograd/functions/shape.h"
#include "lucid/ops/common.h"
#include "nn/batched.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

PatchGeometry patches(Size2d kernel, const UnfoldFunctionOptions& options) {
  return {.kernel = {kernel[0], kernel[1]},
          .dilation = {options.dilation[0], options.dilation[1]},
          .padding = {options.padding[0], options.padding[1]},
          .stride = {options.stride[0], options.stride[1]}};
}

void check_shuffle(const char* operation, const Tensor& x, int64_t factor) {
  ops::require_defined(operation, "x", x);
  if (factor < 1 || factor > 1 << 15) {
    throw ValueError(message(operation, ": expected a factor from 1 to 32768, got ", factor));
  }
  if (x.dim() < 3) {
    throw ShapeError(message(operation, ": expected x of shape (..., C, H, W), got ", x.shape()));
  }
}

// (batch, then these), whatever the number of leading dimensions.
Shape with_batch(const Tensor& x, std::initializer_list<int64_t> sizes) {
  const int64_t batch = Shape(x.shape().begin(), x.shape().size() - 3).numel();
  Shape shape{batch};
  for (const int64_t size : sizes) shape.push_back(size);
  return shape;
}

// The leading dimensions of x, then these.
Shape with_leading(const Tensor& x, std::initializer_list<int64_t> sizes) {
  Shape shape(x.shape().begin(), x.shape().size() - 3);
  for (const int64_t size : sizes) shape.push_back(size);
  return shape;
}

}  // namespace

Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor) {
  const int64_t r = upscale_factor;
  check_shuffle("pixel_shuffle", x, r);
  const int64_t channels = x.shape(-3), height = x.shape(-2), width = x.shape(-1);
  if (channels % (r * r) != 0) {
    throw ShapeError(message("pixel_shuffle: expected channels that the square of ",
                             "upscale_factor ", r, " divides, got x of shape ", x.shape()));
  }
  const int64_t out = channels / (r * r);
  const Tensor blocks = reshape(x, with_batch(x, {out, r, r, height, width}));
  return reshape(permute(blocks, {0, 1, 4, 2, 5, 3}),
                 with_leading(x, {out, height * r, width * r}));
}

Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor) {
  const int64_t r = downscale_factor;
  check_shuffle("pixel_unshuffle", x, r);
  const int64_t channels = x.shape(-3), height = x.shape(-2), width = x.shape(-1);
  if (height % r != 0 || width % r != 0) {
    throw ShapeError(message("pixel_unshuffle: expected height and width that downscale_factor ", r,
                             " divides, got x of shape ", x.shape()));
  }
  const Tensor blocks = reshape(x, with_batch(x, {channels, height / r, r, width / r, r}));
  return reshape(permute(blocks, {0, 1, 3, 5, 2, 4}),
                 with_leading(x, {channels * r * r, height / r, width / r}));
}

Tensor unfold(const Tensor& x, Size2d kernel_size, const UnfoldFunctionOptions& options) {
  return batched<2>("unfold", x, [&](const Tensor& images) {
    return im2col(images, patches(kernel_size, options));
  });
}

Tensor fold(const Tensor& x, Size2d output_size, Size2d kernel_size,
            const UnfoldFunctionOptions& options) {
  ops::require_defined("fold", "x", x);
  if (x.dim() != 2 && x.dim() != 3) {
    throw ShapeError(message("fold: expected x of shape (N, C * kernel sizes, patches) or ",
                             "(C * kernel sizes, patches), got ", x.shape()));
  }
  const Tensor columns = x.dim() == 3 ? x : unsqueeze(x, 0);
  const Tensor images =
      col2im(columns, output_size[0], output_size[1], patches(kernel_size, options));
  return x.dim() == 3 ? images : squeeze(images, 0);
}

}  // namespace lucid::nn::functional
