// Which algorithm a convolution runs, what the modes promise, and that gradients keep them.
#include "lucid/ops/conv_algorithm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/kernels/dispatch.h"
#include "nn/functional.h"
#include "nn/modules/conv.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

using kernels::ConvAlgorithm;
namespace F = nn::functional;

const ConvGeometry padded{.pad_low = {1, 1}, .pad_high = {1, 1}};

ConvAlgorithm chosen(const Shape& x, const Shape& weight, ConvGeometry geometry, ConvMode mode,
                     ConvPass pass = ConvPass::forward) {
  geometry.mode = mode;
  return conv_algorithm(x, weight, geometry, pass).algorithm;
}

// The reference kernels know sums of products alone.
bool has_algorithms() {
  return kernels::active<float>().has_algorithms;
}

bool is_sum_of_products(ConvAlgorithm algorithm) {
  return algorithm == ConvAlgorithm::direct || algorithm == ConvAlgorithm::pixel ||
         algorithm == ConvAlgorithm::depthwise || algorithm == ConvAlgorithm::depthwise_rows ||
         algorithm == ConvAlgorithm::im2col;
}

struct Forced {
  explicit Forced(ConvAlgorithm algorithm) { force_conv_algorithm(algorithm); }
  ~Forced() { force_conv_algorithm(std::nullopt); }
};

Tensor normal(const Shape& shape, double scale, uint64_t seed) {
  Generator generator(seed);
  return randn(shape, generator) * scale;
}

struct Errors {
  double greatest = 0, mean = 0;  // over the root of the mean square
};

Errors errors_of(const Tensor& got, const Tensor& exact) {
  const auto a = got.to_vector<double>();
  const auto e = exact.to_vector<double>();
  Errors errors;
  double squares = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    errors.greatest = std::max(errors.greatest, std::abs(a[i] - e[i]));
    errors.mean += std::abs(a[i] - e[i]) / static_cast<double>(e.size());
    squares += e[i] * e[i] / static_cast<double>(e.size());
  }
  return {errors.greatest / std::sqrt(squares), errors.mean / std::sqrt(squares)};
}

struct Results {
  Tensor y, grad_x, grad_weight;
};

Results all_passes(const Tensor& x, const Tensor& weight, int64_t pad, ConvMode mode) {
  const Tensor a = x.clone().requires_grad_();
  const Tensor w = weight.clone().requires_grad_();
  const Tensor y = F::conv2d(a, w, {}, {.padding = pad, .mode = mode});
  y.backward(normal(y.shape(), 1, 3).to(x.dtype()));
  return {y.detach(), a.grad(), w.grad()};
}

TEST_CASE("conv_algorithm: large tiles where they pay and are allowed") {
  if (!has_algorithms()) return;
  const Shape x{32, 64, 56, 56};
  const Shape w{64, 64, 3, 3};
  for (const ConvPass pass :
       {ConvPass::forward, ConvPass::input_gradient, ConvPass::weight_gradient}) {
    CHECK(chosen(x, w, padded, ConvMode::fast, pass) == ConvAlgorithm::winograd_4x4_3x3);
    CHECK(chosen(x, w, padded, ConvMode::strict, pass) == ConvAlgorithm::winograd_2x2_3x3);
  }
  const Shape five{64, 64, 5, 5};
  CHECK(chosen(x, five, padded, ConvMode::fast) == ConvAlgorithm::winograd_2x2_5x5);
  CHECK(is_sum_of_products(chosen(x, five, padded, ConvMode::strict)));
  CHECK(conv_algorithm(x, w, padded).reason.find("winograd_4x4_3x3: estimated 0.") == 0);
}

TEST_CASE("conv_algorithm: sums of products for everything else") {
  const auto sums = [](const Shape& x, const Shape& w, const ConvGeometry& geometry) {
    return is_sum_of_products(chosen(x, w, geometry, ConvMode::fast));
  };
  CHECK(sums({32, 64, 56, 56}, {64, 64, 1, 1}, {}));
  CHECK(sums({32, 64, 56, 56}, {64, 64, 3, 5}, {}));
  CHECK(sums({32, 64, 56, 56}, {64, 64, 3, 3}, {.stride = {2, 2}}));
  CHECK(sums({32, 64, 56, 56}, {64, 64, 3, 3}, {.stride = {1, 2}}));
  CHECK(sums({32, 64, 56, 56}, {64, 64, 3, 3}, {.dilation = {2, 2}}));
  CHECK(sums({32, 64, 56, 56}, {64, 1, 3, 3}, {.groups = 64}));
  CHECK(sums({32, 64, 56}, {64, 64, 3}, {}));
  CHECK(sums({64, 1, 28, 28}, {8, 1, 3, 3}, padded));  // few channels
  CHECK(conv_algorithm({8, 64, 56, 56}, {64, 64, 3, 3}, padded, ConvPass::forward, float64)
            .algorithm == ConvAlgorithm::direct);
  CHECK(wrong_error<ShapeError>(
            [] {
              conv_algorithm({1, 3, 8, 8}, {4, 2, 3, 3}, {});
            },
            {"conv_algorithm"}) == "");
  CHECK(wrong_error<ValueError>(
            [] {
              conv_algorithm({1, 2, 8, 8, 8}, {4, 2, 3, 3, 3}, {});
            },
            {"conv_algorithm", "three dimensions"}) == "");
}

TEST_CASE("conv_algorithm: channels in the lanes where maps are small, or each has its filter") {
  if (!has_algorithms() || kernels::active<float>().lanes < 8) return;
  const ConvGeometry half{.stride = {2, 2}, .pad_low = {1, 1}, .pad_high = {1, 1}};
  for (const ConvMode mode : {ConvMode::fast, ConvMode::strict}) {
    CHECK(chosen({32, 512, 4, 4}, {512, 512, 1, 1}, {}, mode) == ConvAlgorithm::pixel);
    CHECK(chosen({32, 256, 8, 8}, {512, 256, 3, 3}, half, mode) == ConvAlgorithm::pixel);
    CHECK(chosen({32, 960, 7, 7}, {960, 1, 3, 3}, {.groups = 960}, mode) ==
          ConvAlgorithm::depthwise);
    CHECK(chosen({32, 3, 224, 224}, {64, 3, 7, 7}, half, mode) == ConvAlgorithm::direct);
    CHECK(chosen({8, 128, 28, 28}, {128, 4, 3, 3}, {.groups = 32}, mode) == ConvAlgorithm::direct);
  }
}

TEST_CASE("conv_algorithm: weights as they are where they are most of what is read") {
  if (!has_algorithms() || kernels::active<float>().lanes < 8) return;
  for (const ConvMode mode : {ConvMode::fast, ConvMode::strict}) {
    CHECK(chosen({1, 1024, 2, 2}, {1024, 1024, 1, 1}, {}, mode) == ConvAlgorithm::im2col);
    CHECK(chosen({1, 512, 4, 4}, {512, 512, 3, 3}, padded, mode) == ConvAlgorithm::im2col);
    // With enough images it pays to rewrite them.
    CHECK(chosen({64, 512, 4, 4}, {512, 512, 3, 3}, padded, mode) != ConvAlgorithm::im2col);
    CHECK(chosen({1, 512, 4, 4}, {512, 512, 3, 3}, padded, mode, ConvPass::input_gradient) !=
          ConvAlgorithm::im2col);
  }
}

TEST_CASE("conv_algorithm: pixels of a row in the lanes where each channel has its filters") {
  if (!has_algorithms()) return;
  const ConvGeometry each{.pad_low = {1, 1}, .pad_high = {1, 1}, .groups = 64};
  for (const ConvPass pass :
       {ConvPass::forward, ConvPass::input_gradient, ConvPass::weight_gradient}) {
    for (const Shape& weight : {Shape{64, 1, 3, 3}, Shape{128, 1, 3, 3}}) {
      CHECK(chosen({32, 64, 56, 56}, weight, each, ConvMode::strict, pass) ==
            ConvAlgorithm::depthwise_rows);
    }
  }
  // Many filters of the only channel share what they read.
  CHECK(chosen({64, 1, 28, 28}, {32, 1, 3, 3}, {}, ConvMode::fast) !=
        ConvAlgorithm::depthwise_rows);
  const Forced forced(ConvAlgorithm::depthwise_rows);
  CHECK(chosen({2, 8, 4, 4}, {8, 1, 3, 3}, {.groups = 8}, ConvMode::strict) ==
        ConvAlgorithm::depthwise_rows);
  CHECK(chosen({2, 8, 4, 4}, {8, 2, 3, 3}, {.groups = 4}, ConvMode::strict) ==
        ConvAlgorithm::direct);
}

TEST_CASE("conv modes: errors as documented") {
  // docs/performance.md, of random normal inputs and weights with a variance of 2 / fan-in. Where a
  // vector has no fused multiplication there are two roundings for each one.
  struct Case {
    Shape x, w;
  };
  for (const Case& c :
       {Case{{2, 64, 28, 28}, {64, 64, 3, 3}}, Case{{2, 256, 14, 14}, {64, 256, 3, 3}},
        Case{{2, 32, 28, 28}, {48, 32, 5, 5}}}) {
    CAPTURE(c.x.str());
    const int64_t pad = c.w[2] / 2;
    const auto fan_in = static_cast<double>(c.w[1] * c.w[2] * c.w[3]);
    const Tensor x = normal(c.x, 1, 1);
    const Tensor w = normal(c.w, std::sqrt(2 / fan_in), 2);
    const Results exact = all_passes(x.to(float64), w.to(float64), pad, ConvMode::strict);
    const auto check = [&](ConvMode mode, double greatest, double mean) {
      const Results got = all_passes(x, w, pad, mode);
      for (const auto& pair : {std::pair{got.y, exact.y}, std::pair{got.grad_x, exact.grad_x},
                               std::pair{got.grad_weight, exact.grad_weight}}) {
        const Errors errors = errors_of(pair.first, pair.second);
        CHECK(errors.greatest < greatest);
        CHECK(errors.mean < mean);
      }
    };
    check(ConvMode::fast, 1.2e-4, 4e-6);
    check(ConvMode::strict, 1.5e-5, 1.2e-6);
  }
}

TEST_CASE("conv modes: of the process, of a thread, of a call") {
  CHECK(conv_mode() == ConvMode::fast);
  set_conv_mode(ConvMode::strict);
  CHECK(conv_mode() == ConvMode::strict);
  {
    const ConvModeGuard fast(ConvMode::fast);
    CHECK(conv_mode() == ConvMode::fast);
    const ConvModeGuard strict(ConvMode::strict);
    CHECK(conv_mode() == ConvMode::strict);
    set_conv_mode(ConvMode::fast);
    std::thread([] { CHECK(conv_mode() == ConvMode::fast); }).join();
    CHECK(conv_mode() == ConvMode::strict);
  }
  CHECK(conv_mode() == ConvMode::fast);
}

TEST_CASE("conv modes: a layer's own, and gradients that keep their convolution's") {
  if (!has_algorithms()) return;
  const Tensor x = normal({2, 32, 28, 28}, 1, 1);
  const Tensor w = normal({32, 32, 3, 3}, 0.1, 2);
  const Results fast = all_passes(x, w, 1, ConvMode::fast);
  const Results strict = all_passes(x, w, 1, ConvMode::strict);
  REQUIRE_FALSE(equal(fast.y, strict.y));
  REQUIRE_FALSE(equal(fast.grad_weight, strict.grad_weight));
  // The guard has gone when the gradients are computed.
  const Tensor leaf = w.clone().requires_grad_();
  Tensor y;
  {
    const ConvModeGuard guard(ConvMode::strict);
    y = F::conv2d(x, leaf, {}, {.padding = 1});
  }
  y.backward(normal(y.shape(), 1, 3));
  CHECK(equal(y, strict.y));
  CHECK(equal(leaf.grad(), strict.grad_weight));
  nn::Conv2d layer(32, 32, 3, {.padding = 1, .bias = false, .mode = ConvMode::strict});
  {
    const NoGradGuard no_grad;
    layer.weight().copy_(w);
  }
  CHECK(equal(layer(x), strict.y));
}

TEST_CASE("conv_algorithm: forced") {
  if (!has_algorithms()) return;
  const Shape x{1, 3, 8, 8};
  const Shape w{4, 3, 3, 3};
  CHECK(chosen(x, w, padded, ConvMode::strict) == ConvAlgorithm::direct);
  {
    const Forced forced(ConvAlgorithm::winograd_4x4_3x3);
    CHECK(chosen(x, w, padded, ConvMode::strict) == ConvAlgorithm::winograd_4x4_3x3);
    CHECK(conv_algorithm(x, w, padded).reason.find("force_conv_algorithm") != std::string::npos);
    // Where it cannot, it does not.
    CHECK(chosen(x, {4, 3, 1, 1}, {}, ConvMode::fast) == ConvAlgorithm::direct);
  }
  {
    const Forced forced(ConvAlgorithm::direct);
    CHECK(chosen({8, 64, 56, 56}, {64, 64, 3, 3}, padded, ConvMode::fast) == ConvAlgorithm::direct);
  }
  CHECK(chosen(x, w, padded, ConvMode::strict) == ConvAlgorithm::direct);
}

}  // namespace
}  // namespace lucid::test
