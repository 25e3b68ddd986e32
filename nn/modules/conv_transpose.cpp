#include "nn/modules/conv_transpose.h"

#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/conv_geometry.h"
#include "nn/functional.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

constexpr const char* kChannels = "in_channels";

template <size_t Rank>
constexpr const char* kName = name_for_rank<Rank>("ConvTranspose1d", "ConvTranspose2d",
                                                  "ConvTranspose3d");

}  // namespace

template <size_t Rank>
ConvTranspose<Rank>::ConvTranspose(std::optional<int64_t> in_channels, int64_t out_channels,
                                   Size<Rank> kernel_size,
                                   const ConvTransposeOptions<Rank>& options)
    : ConvBase<Rank>(kName<Rank>, out_channels, kernel_size,
                     conv_transpose_geometry(kName<Rank>, kernel_size, options.stride,
                                             options.padding, options.output_padding,
                                             options.dilation, options.groups, options.mode)),
      options_(options) {
  if (options.padding_mode != PaddingMode::zeros) {
    throw ValueError(message(kName<Rank>, ": expected padding_mode zeros, got ",
                             nn::name(options.padding_mode)));
  }
  const int64_t group_channels = out_channels / options.groups;
  // PyTorch takes the second size of the weight for the number of inputs, also where it is not.
  const double fan = static_cast<double>(group_channels) * this->taps();
  this->register_weights(
      {kChannels, options.groups}, group_channels, options.bias,
      [fan](const LazySizes&) { return fan; },
      lazy_options(kName<Rank>, options.dtype, options.device));
  if (in_channels) this->set_in_channels(*in_channels);
}

template <size_t Rank>
LazySizes ConvTranspose<Rank>::sizes_for(int64_t in_channels) const {
  return {{kChannels, in_channels}};
}

template <size_t Rank>
std::optional<int64_t> ConvTranspose<Rank>::in_channels() const {
  if (!this->weight().is_initialized()) return std::nullopt;
  return this->weight().shape(0);
}

template <size_t Rank>
Tensor ConvTranspose<Rank>::compute(const Tensor& x, const Size<Rank>& output_padding) const {
  const functional::ConvTransposeFunctionOptions<Rank> options{.stride = options_.stride,
                                                               .padding = options_.padding,
                                                               .output_padding = output_padding,
                                                               .groups = options_.groups,
                                                               .dilation = options_.dilation,
                                                               .mode = options_.mode};
  if constexpr (Rank == 1) {
    return functional::conv_transpose1d(x, this->weight(), this->bias(), options);
  } else if constexpr (Rank == 2) {
    return functional::conv_transpose2d(x, this->weight(), this->bias(), options);
  } else {
    return functional::conv_transpose3d(x, this->weight(), this->bias(), options);
  }
}

template <size_t Rank>
Tensor ConvTranspose<Rank>::forward(const Tensor& x) {
  this->check_input(x);
  return compute(x, options_.output_padding);
}

template <size_t Rank>
Tensor ConvTranspose<Rank>::forward(const Tensor& x, const Size<Rank>& output_size) {
  this->check_input(x);
  const Size<Rank> none = 0;
  const ConvGeometry smallest =
      conv_transpose_geometry(kName<Rank>, this->kernel_size(), options_.stride, options_.padding,
                              none, options_.dilation, options_.groups, options_.mode);
  Shape images = x.shape();
  if (images.size() == Rank + 1) images.insert(0, 1);
  const Shape shape =
      conv_transpose_shape<Rank>(kName<Rank>, images, this->weight().shape(), smallest);
  Size<Rank> output_padding = 0;
  for (size_t i = 0; i < Rank; ++i) {
    output_padding[i] = output_size[i] - shape[2 + i];
    if (output_padding[i] < 0 || output_padding[i] >= options_.stride[i]) {
      throw ValueError(message(this->type_name(), ": output_size ", to_string(output_size),
                               " cannot be had from x of shape ", x.shape(), ": in dim ", 2 + i,
                               " expected ", shape[2 + i], " to ",
                               shape[2 + i] + options_.stride[i] - 1));
    }
  }
  return compute(x, output_padding);
}

template <size_t Rank>
double ConvTranspose<Rank>::multiply_adds(const Shape& input, const Shape&) const {
  return static_cast<double>(input.numel()) * static_cast<double>(this->weight().shape(1)) *
         this->taps();
}

template <size_t Rank>
std::string ConvTranspose<Rank>::extra_repr() const {
  std::string text = this->repr_start();
  if (options_.padding != Size<Rank>(0)) text += ", padding=" + to_string(options_.padding);
  if (options_.dilation != Size<Rank>(1)) text += ", dilation=" + to_string(options_.dilation);
  if (options_.output_padding != Size<Rank>(0)) {
    text += ", output_padding=" + to_string(options_.output_padding);
  }
  return text + this->repr_end(options_.bias, options_.padding_mode);
}

template class ConvTranspose<1>;
template class ConvTranspose<2>;
template class ConvTranspose<3>;

}  // namespace lucid::nn
