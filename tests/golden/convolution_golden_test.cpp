// Convolutions, transposed convolutions and padding against PyTorch's.
#include "nn/functional.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

namespace {

// Entries [first, first + Rank) of a case's options.
template <size_t Rank>
nn::Size<Rank> size_at(const std::vector<int64_t>& options, size_t first) {
  nn::Size<Rank> size = 0;
  for (size_t i = 0; i < Rank; ++i) size[i] = options[first + i];
  return size;
}

template <size_t Rank, class Function>
void check_convolution(const std::string& prefix, const Function& function) {
  for_each_case("convolution", prefix, [&](const GoldenCase& c) {
    const std::vector<int64_t> o = c.options();
    F::ConvFunctionOptions<Rank> options{.stride = size_at<Rank>(o, 0),
                                         .padding = size_at<Rank>(o, Rank),
                                         .dilation = size_at<Rank>(o, 2 * Rank),
                                         .groups = o[3 * Rank]};
    if (o[3 * Rank + 1] == 1) options.padding = "same";
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    const Tensor bias = c.leaf("bias");
    c.check(function(x, weight, bias, options), {{"x", x}, {"weight", weight}, {"bias", bias}});
  });
}

template <size_t Rank, class Function>
void check_transposed(const std::string& prefix, const Function& function) {
  for_each_case("convolution", prefix, [&](const GoldenCase& c) {
    const std::vector<int64_t> o = c.options();
    const F::ConvTransposeFunctionOptions<Rank> options{
        .stride = size_at<Rank>(o, 0),
        .padding = size_at<Rank>(o, Rank),
        .output_padding = size_at<Rank>(o, 2 * Rank),
        .groups = o[4 * Rank],
        .dilation = size_at<Rank>(o, 3 * Rank)};
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    const Tensor bias = c.leaf("bias");
    c.check(function(x, weight, bias, options), {{"x", x}, {"weight", weight}, {"bias", bias}});
  });
}

}  // namespace

TEST_CASE("conv2d as PyTorch computes it") {
  for_each_case("conv2d", "", [](const GoldenCase& c) {
    const std::vector<int64_t> o = c.options();
    F::Conv2dFunctionOptions options{
        .stride = {o[0], o[1]}, .padding = {o[2], o[3]}, .dilation = {o[4], o[5]}, .groups = o[6]};
    if (o[7] == 1) options.padding = "same";
    if (o[7] == 2) options.padding = "valid";
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    const Tensor bias = c.leaf("bias");
    c.check(F::conv2d(x, weight, bias, options), {{"x", x}, {"weight", weight}, {"bias", bias}});
  });
}

TEST_CASE("conv1d and conv3d as PyTorch computes them") {
  check_convolution<1>("conv1d_", F::conv1d);
  check_convolution<3>("conv3d_", F::conv3d);
}

TEST_CASE("conv_transpose1d, 2d and 3d as PyTorch computes them") {
  check_transposed<1>("transpose1d_", F::conv_transpose1d);
  check_transposed<2>("transpose2d_", F::conv_transpose2d);
  check_transposed<3>("transpose3d_", F::conv_transpose3d);
}

TEST_CASE("pad as PyTorch computes it") {
  for_each_case("padding", "", [](const GoldenCase& c) {
    const nn::PaddingMode modes[] = {nn::PaddingMode::zeros, nn::PaddingMode::reflect,
                                     nn::PaddingMode::replicate, nn::PaddingMode::circular};
    const Tensor x = c.leaf("x");
    const auto sizes = c.stored("sizes").to_vector<int64_t>();
    c.check(F::pad(x, sizes, modes[c.options()[0]]), {{"x", x}});
  });
}
