#include "nn/modules/conv.h"

#include "autograd/functions/convolution.h"
#include "autograd/fused.h"
#include "autograd/observer.h"
#include "lucid/ops/prepared_conv.h"
#include "nn/batched.h"
#include "nn/conv_geometry.h"
#include "nn/functional.h"

namespace lucid::nn {
namespace {

constexpr const char* kGroupChannels = "in_channels / groups";

template <size_t Rank>
constexpr const char* kName = name_for_rank<Rank>("Conv1d", "Conv2d", "Conv3d");

}  // namespace

template <size_t Rank>
Conv<Rank>::Conv(std::optional<int64_t> in_channels, int64_t out_channels, Size<Rank> kernel_size,
                 const ConvOptions<Rank>& options)
    : ConvBase<Rank>(kName<Rank>, out_channels, kernel_size,
                     conv_geometry(kName<Rank>, kernel_size, options.stride, options.padding,
                                   options.dilation, options.groups, options.mode)),
      options_(options) {
  const double taps = this->taps();
  this->register_weights(
      out_channels, kGroupChannels, options.bias,
      [taps](const LazySizes& sizes) {
        return static_cast<double>(sizes.at(kGroupChannels)) * taps;
      },
      lazy_options(kName<Rank>, options.dtype, options.device));
  if (in_channels) this->set_in_channels(*in_channels);
}

template <size_t Rank>
LazySizes Conv<Rank>::sizes_for(int64_t in_channels) const {
  return {{kGroupChannels, in_channels / options_.groups}};
}

template <size_t Rank>
std::optional<int64_t> Conv<Rank>::in_channels() const {
  if (!this->weight().is_initialized()) return std::nullopt;
  return this->weight().shape(1) * options_.groups;
}

// x with what lies outside of it, where that is not zero.
template <size_t Rank>
Tensor Conv<Rank>::padded(const Tensor& x) const {
  const ConvGeometry& geometry = this->geometry();
  std::vector<int64_t> sizes;
  for (size_t i = Rank; i-- > 0;) {
    sizes.push_back(geometry.pad_low[i]);
    sizes.push_back(geometry.pad_high[i]);
  }
  return functional::pad(x, sizes, options_.padding_mode);
}

template <size_t Rank>
Tensor Conv<Rank>::convolve(const Tensor& x, const Tensor& weight, const Tensor& bias,
                            bool relu) const {
  this->check_input(x);
  const auto function = relu ? autograd::conv_relu : lucid::conv;
  return batched<Rank>(kName<Rank>, x, [&](const Tensor& images) {
    if (options_.padding_mode == PaddingMode::zeros) {
      return function(images, weight, bias, this->geometry());
    }
    ConvGeometry geometry = this->geometry();
    for (size_t i = 0; i < Rank; ++i) geometry.pad_low[i] = geometry.pad_high[i] = 0;
    return function(padded(images), weight, bias, geometry);
  });
}

template <size_t Rank>
ops::PreparedConv Conv<Rank>::prepare(const Shape& x, const Tensor& weight, const Tensor& bias,
                                      bool relu) const {
  Shape images = x;
  if (x.size() == Rank + 1) {
    images = {1};
    for (const int64_t size : x) images.push_back(size);
  }
  ConvGeometry geometry = this->geometry();
  for (size_t i = 0; i < Rank && options_.padding_mode != PaddingMode::zeros; ++i) {
    images[2 + i] += geometry.pad_low[i] + geometry.pad_high[i];
    geometry.pad_low[i] = geometry.pad_high[i] = 0;
  }
  return {images, weight, bias, geometry, relu};
}

template <size_t Rank>
Tensor Conv<Rank>::convolve(const Tensor& x, const ops::PreparedConv& prepared) const {
  this->check_input(x);
  const bool single = x.dim() == Rank + 1;
  Tensor images = single ? unsqueeze(x, 0) : x;
  if (options_.padding_mode != PaddingMode::zeros) images = padded(images);
  Tensor y = prepared.run(images);
  if (!y.defined()) return y;
  if (autograd::detail::anybody_observes()) {
    const Tensor operands[] = {images, prepared.weight_like()};
    autograd::detail::observe_forward(prepared.name(), operands, y);
  }
  return single ? squeeze(y, 0) : y;
}

template <size_t Rank>
Tensor Conv<Rank>::forward(const Tensor& x) {
  return convolve(x, this->weight(), this->bias(), false);
}

template <size_t Rank>
double Conv<Rank>::multiply_adds(const Shape&, const Shape& output) const {
  return static_cast<double>(output.numel()) * static_cast<double>(this->weight().shape(1)) *
         this->taps();
}

template <size_t Rank>
std::string Conv<Rank>::extra_repr() const {
  std::string text = this->repr_start();
  const auto& mode = options_.padding.mode();
  if (mode) {
    text += ", padding='" + *mode + "'";
  } else if (options_.padding.size() != Size<Rank>(0)) {
    text += ", padding=" + to_string(options_.padding.size());
  }
  if (options_.dilation != Size<Rank>(1)) text += ", dilation=" + to_string(options_.dilation);
  return text + this->repr_end(options_.bias, options_.padding_mode);
}

template class Conv<1>;
template class Conv<2>;
template class Conv<3>;

}  // namespace lucid::nn
