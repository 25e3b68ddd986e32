#include "nn/modules/conv.h"

#include <cmath>

#include "autograd/functions/convolution.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/conv_geometry.h"
#include "nn/functional.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

constexpr const char* kFanIn = "in_channels / groups";

// The channels of a batched or unbatched input.
int64_t channels_of(const Module& owner, const Tensor& x) {
  if (x.dim() != 3 && x.dim() != 4) {
    throw ShapeError(message(owner.type_name(),
                             ": expected x of shape (N, C, H, W) or (C, H, W), got ", x.shape()));
  }
  return x.shape(-3);
}

}  // namespace

Conv2d::Conv2d(int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options)
    : out_channels_(out_channels),
      kernel_size_(kernel_size),
      options_(options),
      geometry_(conv2d_geometry("Conv2d", kernel_size, options.stride, options.padding,
                                options.dilation, options.groups)) {
  if (out_channels < 1 || out_channels % options.groups != 0) {
    throw ValueError(message("Conv2d: expected out_channels to be a positive multiple of groups ",
                             options.groups, ", got ", out_channels));
  }
  const LazyOptions lazy = lazy_options("Conv2d", options.dtype, options.device);
  const double taps =
      static_cast<double>(kernel_size.height) * static_cast<double>(kernel_size.width);
  // The bound of PyTorch's kaiming_uniform(a = sqrt(5)) is that of the bias.
  const auto first_values = [taps] {
    return uniform_values([taps](const LazySizes& sizes) {
      return 1 / std::sqrt(static_cast<double>(sizes.at(kFanIn)) * taps);
    });
  };
  weight_ = register_parameter(
      "weight", lazy_parameter({out_channels, kFanIn, kernel_size.height, kernel_size.width},
                               first_values(), lazy));
  if (options.bias) {
    bias_ = register_parameter("bias", lazy_parameter({out_channels}, first_values(), lazy));
  }
}

Conv2d::Conv2d(int64_t in_channels, int64_t out_channels, Size2d kernel_size,
               const Conv2dOptions& options)
    : Conv2d(out_channels, kernel_size, options) {
  if (in_channels < 1 || in_channels % options.groups != 0) {
    throw ValueError(message("Conv2d: expected in_channels to be a positive multiple of groups ",
                             options.groups, ", got ", in_channels));
  }
  initialize({{kFanIn, in_channels / options.groups}});
}

std::optional<int64_t> Conv2d::in_channels() const {
  if (!weight_.is_initialized()) return std::nullopt;
  return weight_.shape(1) * options_.groups;
}

LazySizes Conv2d::infer_sizes(const Tensor& x) const {
  const int64_t channels = channels_of(*this, x);
  if (channels < 1 || channels % options_.groups != 0) {
    throw ShapeError(message(type_name(), ": expected x with a positive multiple of groups ",
                             options_.groups, " as its channels, got ", channels, " in shape ",
                             x.shape()));
  }
  return {{kFanIn, channels / options_.groups}};
}

Tensor Conv2d::forward(const Tensor& x) {
  const int64_t channels = channels_of(*this, x);
  if (channels != *in_channels()) {
    throw ShapeError(message(type_name(), ": expected x with ", *in_channels(), " channels, got ",
                             channels, " in shape ", x.shape()));
  }
  const bool batched = x.dim() == 4;
  Tensor images = batched ? x : x.unsqueeze(0);
  Conv2dGeometry geometry = geometry_;
  if (options_.padding_mode != PaddingMode::zeros) {
    images = functional::pad(images,
                             {.left = geometry.pad_low[1],
                              .right = geometry.pad_high[1],
                              .top = geometry.pad_low[0],
                              .bottom = geometry.pad_high[0]},
                             options_.padding_mode);
    for (int axis = 0; axis < 2; ++axis) geometry.pad_low[axis] = geometry.pad_high[axis] = 0;
  }
  const Tensor y = lucid::conv2d(images, weight_, bias_, geometry);
  return batched ? y : y.squeeze(0);
}

std::string Conv2d::extra_repr() const {
  const auto channels = in_channels();
  std::string text = "in_channels=" + (channels ? std::to_string(*channels) : "None") +
                     ", out_channels=" + std::to_string(out_channels_) +
                     ", kernel_size=" + to_string(kernel_size_) +
                     ", stride=" + to_string(options_.stride);
  const auto& mode = options_.padding.mode();
  if (mode) {
    text += ", padding='" + *mode + "'";
  } else if (options_.padding.size() != Size2d(0)) {
    text += ", padding=" + to_string(options_.padding.size());
  }
  if (options_.dilation != Size2d(1)) text += ", dilation=" + to_string(options_.dilation);
  if (options_.groups != 1) text += ", groups=" + std::to_string(options_.groups);
  if (!options_.bias) text += ", bias=False";
  if (options_.padding_mode != PaddingMode::zeros) {
    text += ", padding_mode='" + std::string(name(options_.padding_mode)) + "'";
  }
  return text;
}

double Conv2d::multiply_adds(const Shape&, const Shape& output) const {
  return static_cast<double>(output.numel()) * static_cast<double>(weight_.numel() / out_channels_);
}

}  // namespace lucid::nn
