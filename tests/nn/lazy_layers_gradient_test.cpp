// Gradients through lazy layers, with respect to input and parameters, against finite differences.
#include <doctest/doctest.h>

#include "autograd/gradcheck.h"
#include "tests/nn/lazy_layers.h"

using namespace lucid;
using namespace lucid::test;

namespace {

// Materialises a float64 layer with x of this shape, then checks every gradient.
bool check_gradients(nn::Module& lazy, const Shape& shape) {
  const Tensor x = normal_values(shape, float64, 5).requires_grad_();
  lazy(x.detach());
  std::vector<Tensor> inputs{x};
  for (const nn::Parameter& parameter : lazy.parameters()) inputs.push_back(parameter);
  // The parameters are perturbed where they are.
  return autograd::gradcheck([&](const std::vector<Tensor>& v) { return lazy(v[0]); }, inputs);
}

constexpr nn::PaddingMode kModes[] = {nn::PaddingMode::zeros, nn::PaddingMode::reflect,
                                      nn::PaddingMode::replicate, nn::PaddingMode::circular};

// Every padding in every mode, with groups, and stride or dilation where the padding allows it.
template <class Lazy, size_t Rank>
size_t check_paddings(const nn::ConvOptions<Rank>& options, const Shape& batched,
                      const Shape& unbatched) {
  const nn::Padding<Rank> paddings[] = {2, "same", "valid"};
  size_t checked = 0;
  for (const nn::PaddingMode mode : kModes) {
    for (const nn::Padding<Rank>& padding : paddings) {
      for (const Shape& shape : {batched, unbatched}) {
        nn::ConvOptions<Rank> with = options;
        with.padding = padding;
        with.padding_mode = mode;
        with.dtype = float64;
        if (padding.mode() == "same") with.stride = 1;
        Lazy lazy(4, 2, with);
        CAPTURE(lazy.str());
        CAPTURE(shape);
        CHECK(check_gradients(lazy, shape));
        ++checked;
      }
    }
  }
  return checked;
}

TEST_CASE("lazy layers: gradients of input and parameters") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy(float64);
    CHECK(check_gradients(*lazy, layer.input));
    if (!layer.unbatched) continue;
    const ModulePtr unbatched = layer.lazy(float64);
    CHECK(check_gradients(*unbatched, *layer.unbatched));
  }
}

TEST_CASE("lazy layers: gradients with running statistics, in evaluation") {
  for (const LazyLayer& layer : lazy_layers()) {
    if (layer.buffers.empty()) continue;
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy(float64);
    (*lazy)(normal_values(layer.input, float64));
    scramble(*lazy);
    lazy->eval();
    CHECK(check_gradients(*lazy, layer.input));
  }
}

TEST_CASE("lazy convolutions: gradients in every padding mode, with groups, stride and dilation") {
  size_t checked = 0;
  checked += check_paddings<nn::LazyConv1d, 1>({.stride = 2, .dilation = 2, .groups = 2}, {2, 2, 5},
                                               {2, 6});
  checked += check_paddings<nn::LazyConv2d, 2>({.stride = {1, 2}, .dilation = {2, 1}, .groups = 2},
                                               {2, 2, 4, 3}, {2, 3, 4});
  checked += check_paddings<nn::LazyConv3d, 3>(
      {.stride = {2, 1, 1}, .dilation = {1, 2, 1}, .groups = 2}, {1, 2, 3, 3, 3}, {2, 3, 4, 3});
  CHECK(checked == 3 * 4 * 3 * 2);
}

template <class Lazy, size_t Rank>
void check_transposed(const nn::ConvTransposeOptions<Rank>& options, nn::Size<Rank> kernel,
                      const Shape& batched, const Shape& unbatched) {
  nn::ConvTransposeOptions<Rank> with = options;
  with.dtype = float64;
  for (const Shape& shape : {batched, unbatched}) {
    Lazy lazy(4, kernel, with);
    CAPTURE(lazy.str());
    CAPTURE(shape);
    CHECK(check_gradients(lazy, shape));
  }
}

TEST_CASE("lazy transposed convolutions: gradients with output_padding, groups and dilation") {
  using namespace nn;
  check_transposed<LazyConvTranspose1d, 1>(
      {.stride = 3, .padding = 2, .output_padding = 2, .groups = 2, .dilation = 2}, 3, {2, 2, 4},
      {2, 3});
  check_transposed<LazyConvTranspose1d, 1>({.stride = 2, .bias = false, .dilation = 3}, 2,
                                           {1, 3, 3}, {3, 4});
  check_transposed<LazyConvTranspose2d, 2>({.stride = {2, 1},
                                            .padding = {1, 0},
                                            .output_padding = {1, 1},
                                            .groups = 2,
                                            .dilation = {1, 2}},
                                           {3, 2}, {2, 2, 2, 3}, {2, 3, 2});
  check_transposed<LazyConvTranspose3d, 3>({.stride = {1, 2, 2},
                                            .padding = {0, 1, 1},
                                            .output_padding = {0, 1, 0},
                                            .groups = 2,
                                            .dilation = {2, 1, 1}},
                                           {2, 2, 3}, {1, 2, 2, 2, 2}, {2, 2, 1, 2});
}

TEST_CASE("lazy convolutions: gradients of gradients") {
  nn::LazyConv1d conv(2, 2, {.padding = 1, .groups = 2, .dtype = float64});
  nn::LazyConvTranspose1d transposed(2, 2, {.stride = 2, .groups = 2, .dtype = float64});
  for (nn::Module* lazy :
       {static_cast<nn::Module*>(&conv), static_cast<nn::Module*>(&transposed)}) {
    CAPTURE(lazy->str());
    const Tensor x = normal_values({1, 2, 3}, float64, 6).requires_grad_();
    (*lazy)(x.detach());
    std::vector<Tensor> inputs{x};
    for (const nn::Parameter& parameter : lazy->parameters()) inputs.push_back(parameter);
    // Squared, so that no second derivative vanishes.
    const auto squares = [&](const std::vector<Tensor>& v) {
      const Tensor y = (*lazy)(v[0]);
      return y * y;
    };
    CHECK(autograd::gradgradcheck(squares, inputs));
  }
}

}  // namespace
