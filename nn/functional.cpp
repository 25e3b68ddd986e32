#include "nn/functional.h"

#include <algorithm>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/pooling.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/conv_geometry.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

// Runs function on (N, C, H, W), for an unbatched (C, H, W) with a batch of one.
template <class Function>
Tensor batched(const char* operation, const Tensor& x, const Function& function) {
  if (x.dim() == 4) return function(x);
  if (x.dim() == 3) return squeeze(function(unsqueeze(x, 0)), 0);
  throw ShapeError(
      message(operation, ": expected x of shape (N, C, H, W) or (C, H, W), got ", x.shape()));
}

void require_floating(const char* operation, const Tensor& input) {
  if (!input.is_floating_point()) {
    throw DTypeError(
        message(operation, ": expected input to be float32 or float64, got ", input.dtype()));
  }
}

Tensor reduce(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::none:
      return losses;
    case Reduction::mean:
      return mean(losses);
    case Reduction::sum:
      break;
  }
  return sum(losses);
}

Pool2dGeometry pool_geometry(Size2d kernel, const std::optional<Size2d>& stride, Size2d padding) {
  Pool2dGeometry geometry;
  const Size2d step = stride.value_or(kernel);
  geometry.kernel[0] = kernel.height;
  geometry.kernel[1] = kernel.width;
  geometry.stride[0] = step.height;
  geometry.stride[1] = step.width;
  geometry.padding[0] = padding.height;
  geometry.padding[1] = padding.width;
  return geometry;
}

// Where each position of a padded dimension comes from.
Tensor source_positions(int64_t size, int64_t low, int64_t high, PaddingMode mode, Device device) {
  if (mode == PaddingMode::reflect    ? std::max(low, high) >= size
      : mode == PaddingMode::circular ? std::max(low, high) > size
                                      : size < 1) {
    throw ValueError(message(
        "pad: padding ", low, " and ", high, " in mode ", name(mode), " does not fit a size of ",
        size, mode == PaddingMode::reflect ? ": it must be smaller" : ": it must not be larger"));
  }
  Tensor result = empty({low + size + high}, {.dtype = int64, .device = device});
  if (device == meta) return result;
  int64_t* positions = result.data<int64_t>();
  for (int64_t i = 0; i < result.numel(); ++i) {
    int64_t from = i - low;
    if (mode == PaddingMode::reflect) {
      from = from < 0 ? -from : from >= size ? 2 * (size - 1) - from : from;
    } else if (mode == PaddingMode::replicate) {
      from = std::clamp<int64_t>(from, 0, size - 1);
    } else {
      from = (from + size) % size;
    }
    positions[i] = from;
  }
  return result;
}

Tensor pad_dim(const Tensor& x, int64_t dim, int64_t low, int64_t high, PaddingMode mode) {
  if (low == 0 && high == 0) return x;
  int64_t padded = 0;
  if (__builtin_add_overflow(low, high, &padded) ||
      __builtin_add_overflow(padded, x.shape(dim), &padded)) {
    throw ShapeError(message("pad: ", low, " and ", high, " added to a size of ", x.shape(dim),
                             " do not fit 63 bits"));
  }
  if (mode == PaddingMode::zeros) {
    Shape shape = x.shape();
    shape[static_cast<size_t>(dim)] += low + high;
    return embed(x, shape, dim, low, 1);
  }
  const Tensor from = source_positions(x.shape(dim), low, high, mode, x.device());
  return index_select(x, dim, from);
}

// The dimension of (N, C, ...) or (C) that holds the classes.
int64_t class_dim(const char* operation, const Tensor& input) {
  if (input.dim() == 0) {
    throw ShapeError(
        message(operation, ": expected input of shape (N, C, ...) or (C), got a scalar"));
  }
  return input.dim() == 1 ? 0 : 1;
}

void check_classes(const char* operation, const Tensor& input, const Tensor& target) {
  if (target.dtype() != int64) {
    throw DTypeError(
        message(operation, ": expected int64 classes as target, got ", target.dtype()));
  }
  Shape expected = input.shape();
  const int64_t dim = class_dim(operation, input);
  expected.erase(static_cast<size_t>(dim));
  if (target.shape() != expected) {
    throw ShapeError(message(operation, ": expected target of shape ", expected,
                             " for input of shape ", input.shape(), ", got ", target.shape()));
  }
  if (target.is_meta()) return;
  const int64_t classes = input.shape(dim);
  for (const int64_t label : target.to_vector<int64_t>()) {
    if (label < 0 || label >= classes) {
      throw IndexError(message(operation, ": target class ", label, " is out of range for ",
                               classes, " classes"));
    }
  }
}

Tensor negative_log_likelihood(const char* operation, const Tensor& input, const Tensor& target,
                               const LossOptions& options) {
  require_floating(operation, input);
  check_classes(operation, input, target);
  const int64_t dim = class_dim(operation, input);
  return reduce(neg(squeeze(gather(input, dim, unsqueeze(target, dim)), dim)), options.reduction);
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dFunctionOptions& options) {
  if (weight.dim() != 4) {
    throw ShapeError(
        message("conv2d: expected weight of shape (out_channels, in_channels / groups, "
                "H, W), got ",
                weight.shape()));
  }
  const Size2d kernel(weight.shape(2), weight.shape(3));
  const Conv2dGeometry geometry = conv2d_geometry("conv2d", kernel, options.stride, options.padding,
                                                  options.dilation, options.groups);
  return batched("conv2d", x, [&](const Tensor& images) {
    return lucid::conv2d(images, weight, bias, geometry);
  });
}

Tensor max_pool2d(const Tensor& x, Size2d kernel_size, const MaxPool2dFunctionOptions& options) {
  Pool2dGeometry geometry = pool_geometry(kernel_size, options.stride, options.padding);
  geometry.dilation[0] = options.dilation.height;
  geometry.dilation[1] = options.dilation.width;
  geometry.ceil_mode = options.ceil_mode;
  return batched("max_pool2d", x,
                 [&](const Tensor& images) { return lucid::max_pool2d(images, geometry); });
}

Tensor avg_pool2d(const Tensor& x, Size2d kernel_size, const AvgPool2dFunctionOptions& options) {
  Pool2dGeometry geometry = pool_geometry(kernel_size, options.stride, options.padding);
  geometry.ceil_mode = options.ceil_mode;
  geometry.count_include_pad = options.count_include_pad;
  return batched("avg_pool2d", x,
                 [&](const Tensor& images) { return lucid::avg_pool2d(images, geometry); });
}

Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size) {
  return batched("adaptive_avg_pool2d", x, [&](const Tensor& images) {
    return lucid::adaptive_avg_pool2d(images, output_size.height, output_size.width);
  });
}

Tensor pad(const Tensor& x, const PadSizes& sizes, PaddingMode mode) {
  if (x.dim() < 2)
    throw ShapeError(message("pad: expected x of shape (..., H, W), got ", x.shape()));
  if (std::min({sizes.left, sizes.right, sizes.top, sizes.bottom}) < 0) {
    throw ValueError(message("pad: expected sizes >= 0, got left ", sizes.left, ", right ",
                             sizes.right, ", top ", sizes.top, ", bottom ", sizes.bottom));
  }
  const Tensor rows = pad_dim(x, x.dim() - 2, sizes.top, sizes.bottom, mode);
  return pad_dim(rows, x.dim() - 1, sizes.left, sizes.right, mode);
}

Tensor nll_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  return negative_log_likelihood("nll_loss", input, target, options);
}

Tensor cross_entropy(const Tensor& input, const Tensor& target, const LossOptions& options) {
  require_floating("cross_entropy", input);
  const int64_t dim = class_dim("cross_entropy", input);
  return negative_log_likelihood("cross_entropy", log_softmax(input, dim), target, options);
}

Tensor mse_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  if (input.shape() != target.shape()) {
    throw ShapeError(message("mse_loss: expected input and target of one shape, got ",
                             input.shape(), " and ", target.shape()));
  }
  require_floating("mse_loss", input);
  return reduce(square(input - target), options.reduction);
}

}  // namespace lucid::nn::functional
