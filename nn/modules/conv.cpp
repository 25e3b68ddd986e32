#include "nn/modules/conv.h"

#include <cmath>

#include "autograd/functions/convolution.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/conv_geometry.h"
#include "nn/functional.h"
#include "nn/lazy.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

// The channel dimension of a batched or unbatched input.
int64_t channels_of(const char* owner, const Tensor& x) {
  if (x.dim() != 3 && x.dim() != 4) {
    throw ShapeError(
        message(owner, ": expected x of shape (N, C, H, W) or (C, H, W), got ", x.shape()));
  }
  return x.shape(-3);
}

}  // namespace

Conv2d::Conv2d(int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options)
    : out_channels_(out_channels),
      kernel_size_(kernel_size),
      options_(options),
      geometry_(conv_geometry("Conv2d", kernel_size, options.stride, options.padding,
                              options.dilation, options.groups)) {
  if (out_channels < 1 || out_channels % options.groups != 0) {
    throw ValueError(message("Conv2d: expected out_channels to be a positive multiple of groups ",
                             options.groups, ", got ", out_channels));
  }
  const DType dtype = options.dtype.value_or(float32);
  if (!is_floating_point(dtype)) {
    throw DTypeError(message("Conv2d: expected dtype float32 or float64, got ", dtype));
  }
  const Device device = options.device.value_or(cpu);
  weight_ = register_parameter("weight", Parameter::uninitialized(dtype, device));
  if (options.bias) bias_ = register_parameter("bias", Parameter::uninitialized(dtype, device));
}

Conv2d::Conv2d(int64_t in_channels, int64_t out_channels, Size2d kernel_size,
               const Conv2dOptions& options)
    : Conv2d(out_channels, kernel_size, options) {
  materialize(in_channels, options.dtype.value_or(float32));
}

Shape Conv2d::weight_shape(int64_t in_channels) const {
  return {out_channels_, in_channels / options_.groups, kernel_size_[0], kernel_size_[1]};
}

void Conv2d::materialize(int64_t in_channels, DType dtype) {
  if (in_channels < 1 || in_channels % options_.groups != 0) {
    throw ValueError(message(type_name(),
                             ": expected in_channels to be a positive multiple of groups ",
                             options_.groups, ", got ", in_channels));
  }
  const Device device = options_.device.value_or(cpu);
  const Shape shape = weight_shape(in_channels);
  // The bound of PyTorch's kaiming_uniform(a = sqrt(5)) is that of the bias.
  const double bound = 1 / std::sqrt(static_cast<double>(init::fan(shape).in));
  LazyTransaction transaction(*this);
  materialize_uniform(weight_, shape, dtype, device, bound, weight_stream_);
  materialize_uniform(bias_, {out_channels_}, dtype, device, bound, bias_stream_);
  transaction.commit();
}

std::optional<int64_t> Conv2d::in_channels() const {
  if (!weight_.is_initialized()) return std::nullopt;
  return weight_.shape(1) * options_.groups;
}

Tensor Conv2d::convolve(const Tensor& x, const Tensor& weight, const Tensor& bias) const {
  const bool batched = x.dim() == 4;
  Tensor images = batched ? x : x.unsqueeze(0);
  ConvGeometry geometry = geometry_;
  if (options_.padding_mode != PaddingMode::zeros) {
    images = functional::pad(
        images,
        {geometry.pad_low[1], geometry.pad_high[1], geometry.pad_low[0], geometry.pad_high[0]},
        options_.padding_mode);
    for (int axis = 0; axis < 2; ++axis) geometry.pad_low[axis] = geometry.pad_high[axis] = 0;
  }
  const Tensor y = lucid::conv(images, weight, bias, geometry);
  return batched ? y : y.squeeze(0);
}

Tensor Conv2d::forward(const Tensor& x) {
  const int64_t channels = channels_of("Conv2d", x);
  if (channels != *in_channels()) {
    throw ShapeError(message(type_name(), ": expected x with ", *in_channels(), " channels, got ",
                             channels, " in shape ", x.shape()));
  }
  return convolve(x, weight_, bias_);
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

LazyConv2d::LazyConv2d(int64_t out_channels, Size2d kernel_size, const Conv2dOptions& options)
    : Conv2d(out_channels, kernel_size, options) {}

void LazyConv2d::infer_from(const Tensor& x) {
  const int64_t channels = channels_of("LazyConv2d", x);
  const DType dtype = options().dtype.value_or(float32);
  if (channels < 1 || channels % options().groups != 0) {
    throw ShapeError(message("LazyConv2d: expected x with a positive multiple of groups ",
                             options().groups, " as its channels, got ", channels, " in shape ",
                             x.shape()));
  }
  // A run by shape alone finds everything else that does not fit, before anything is changed.
  const NoGradGuard guard;
  const auto probe = [](const Shape& shape, DType type) {
    return empty(shape, {.dtype = type, .device = meta});
  };
  // A state dict may have set the bias alone.
  const bool has_bias = nn::is_initialized(bias());
  convolve(probe(x.shape(), x.dtype()), probe(weight_shape(channels), dtype),
           has_bias ? probe(bias().shape(), bias().dtype()) : Tensor());
  materialize(channels, dtype);
}

Tensor LazyConv2d::forward(const Tensor& x) {
  if (!in_channels()) infer_from(x);
  return Conv2d::forward(x);
}

std::string LazyConv2d::refuse_lazy_value(const std::string& name, const Tensor& value,
                                          const StateDict&) const {
  if (!value.is_floating_point()) {
    return message("expected float32 or float64, got ", value.dtype());
  }
  if (name == "bias") {
    const Shape expected{out_channels()};
    return value.shape() == expected
               ? ""
               : message("expected shape ", expected, ", got ", value.shape());
  }
  const bool fits = value.dim() == 4 && value.shape(1) >= 1 &&
                    value.shape() == weight_shape(value.shape(1) * options().groups);
  if (fits) return "";
  return message("expected shape (", out_channels(), ", in_channels / groups, ", kernel_size()[0],
                 ", ", kernel_size()[1], "), got ", value.shape());
}

void LazyConv2d::finish_lazy_load() {
  if (const auto channels = in_channels()) materialize(*channels, weight().dtype());
}

}  // namespace lucid::nn
