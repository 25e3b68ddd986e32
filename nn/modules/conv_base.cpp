#include "nn/modules/conv_base.h"

#include <cmath>

#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/conv.h"

namespace lucid::nn {

using lucid::detail::message;

template <size_t Rank>
ConvBase<Rank>::ConvBase(const char* name, int64_t out_channels, Size<Rank> kernel_size,
                         const ConvGeometry& geometry)
    : name_(name), out_channels_(out_channels), kernel_size_(kernel_size), geometry_(geometry) {
  if (out_channels < 1 || out_channels % geometry.groups != 0) {
    throw ValueError(message(name, ": expected out_channels to be a positive multiple of groups ",
                             geometry.groups, ", got ", out_channels));
  }
}

template <size_t Rank>
void ConvBase<Rank>::register_weights(LazyShape::Size first, LazyShape::Size second, bool bias,
                                      const std::function<double(const LazySizes&)>& fan_in,
                                      const LazyOptions& options) {
  // The bound of PyTorch's kaiming_uniform(a = sqrt(5)) is that of the bias.
  const auto first_values = [&fan_in] {
    return uniform_values(
        [fan_in](const LazySizes& sizes) { return 1 / std::sqrt(fan_in(sizes)); });
  };
  std::vector<LazyShape::Size> shape{std::move(first), std::move(second)};
  shape.insert(shape.end(), kernel_size_.begin(), kernel_size_.end());
  weight_ = register_parameter(
      "weight", lazy_parameter(LazyShape(std::move(shape)), first_values(), options));
  if (bias) {
    bias_ = register_parameter("bias", lazy_parameter({out_channels_}, first_values(), options));
  }
}

template <size_t Rank>
void ConvBase<Rank>::set_in_channels(int64_t in_channels) {
  if (in_channels < 1 || in_channels % geometry_.groups != 0) {
    throw ValueError(message(name_, ": expected in_channels to be a positive multiple of groups ",
                             geometry_.groups, ", got ", in_channels));
  }
  initialize(sizes_for(in_channels));
}

template <size_t Rank>
int64_t ConvBase<Rank>::channels_of(const Tensor& x) const {
  constexpr auto kSpatial = static_cast<int64_t>(Rank);
  if (x.dim() != kSpatial + 1 && x.dim() != kSpatial + 2) {
    const char* dims = ops::spatial_dims(Rank);
    throw ShapeError(message(type_name(), ": expected x of shape (N, C, ", dims, ") or (C, ", dims,
                             "), got ", x.shape()));
  }
  return x.shape(-kSpatial - 1);
}

template <size_t Rank>
LazySizes ConvBase<Rank>::infer_sizes(const Tensor& x) const {
  const int64_t channels = channels_of(x);
  if (channels < 1 || channels % geometry_.groups != 0) {
    throw ShapeError(message(type_name(), ": expected x with a positive multiple of groups ",
                             geometry_.groups, " as its channels, got ", channels, " in shape ",
                             x.shape()));
  }
  return sizes_for(channels);
}

template <size_t Rank>
void ConvBase<Rank>::check_input(const Tensor& x) const {
  const int64_t channels = channels_of(x);
  const int64_t expected = in_channels().value_or(channels);
  if (channels != expected) {
    throw ShapeError(message(type_name(), ": expected x with ", expected, " channels, got ",
                             channels, " in shape ", x.shape()));
  }
}

template <size_t Rank>
double ConvBase<Rank>::taps() const noexcept {
  double product = 1;
  for (const int64_t size : kernel_size_) product *= static_cast<double>(size);
  return product;
}

template <size_t Rank>
std::string ConvBase<Rank>::repr_start() const {
  const auto channels = in_channels();
  Size<Rank> stride = 1;
  for (size_t i = 0; i < Rank; ++i) stride[i] = geometry_.stride[i];
  return "in_channels=" + (channels ? std::to_string(*channels) : "None") +
         ", out_channels=" + std::to_string(out_channels_) +
         ", kernel_size=" + to_string(kernel_size_) + ", stride=" + to_string(stride);
}

template <size_t Rank>
std::string ConvBase<Rank>::repr_end(bool bias, PaddingMode mode) const {
  std::string text;
  if (geometry_.groups != 1) text += ", groups=" + std::to_string(geometry_.groups);
  if (!bias) text += ", bias=False";
  if (mode != PaddingMode::zeros) {
    text += ", padding_mode='" + std::string(nn::name(mode)) + "'";
  }
  return text;
}

template class ConvBase<1>;
template class ConvBase<2>;
template class ConvBase<3>;

}  // namespace lucid::nn
