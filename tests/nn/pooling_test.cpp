// Pooling in one and three dimensions, and adaptive maxima: definitions, special values and errors.
// Values of random inputs are PyTorch's (tests/operations/pooling.py, adaptive_pooling.py).
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "autograd/functions/pooling.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

TEST_CASE("pooling layers in one dimension") {
  const Tensor x = tensor({{{1.0, 5.0, 2.0, 4.0, 3.0}}});
  CHECK(mismatch(nn::MaxPool1d(2)(x), {1, 1, 2}, {5, 4}) == "");
  CHECK(mismatch(nn::MaxPool1d(2, {.ceil_mode = true})(x[0]), {1, 3}, {5, 4, 3}) == "");
  CHECK(mismatch(nn::MaxPool1d(2, {.stride = 1, .dilation = 3})(x), {1, 1, 2}, {4, 5}) == "");
  CHECK(mismatch(nn::AvgPool1d(3, {.stride = 2, .padding = 1})(x), {1, 1, 3},
                 {2, 11.0 / 3, 7.0 / 3}, 1e-6) == "");
  CHECK(mismatch(nn::AvgPool1d(2, {.divisor_override = 4})(x), {1, 1, 2}, {1.5, 1.5}) == "");
  CHECK(mismatch(nn::AdaptiveAvgPool1d(2)(x), {1, 1, 2}, {8.0 / 3, 3}, 1e-6) == "");
  CHECK(mismatch(nn::AdaptiveMaxPool1d(3)(x[0]), {1, 3}, {5, 5, 4}) == "");
}

TEST_CASE("pooling layers in three dimensions") {
  const Tensor x = counting({1, 2, 2, 2, 4}, float32);
  CHECK(mismatch(nn::MaxPool3d(2)(x), {1, 2, 1, 1, 2}, {13, 15, 29, 31}) == "");
  CHECK(mismatch(nn::AvgPool3d({2, 1, 2})(x[0]), {2, 1, 2, 2},
                 {4.5, 6.5, 8.5, 10.5, 20.5, 22.5, 24.5, 26.5}) == "");
  CHECK(mismatch(nn::AdaptiveAvgPool3d(1)(x), {1, 2, 1, 1, 1}, {7.5, 23.5}) == "");
  CHECK(mismatch(nn::AdaptiveMaxPool3d({1, 2, 1})(x), {1, 2, 1, 2, 1}, {11, 15, 27, 31}) == "");
  CHECK(mismatch(nn::AdaptiveMaxPool2d({2, 1})(x[0]), {2, 2, 2, 1},
                 {3, 7, 11, 15, 19, 23, 27, 31}) == "");
}

TEST_CASE("max_pool3d: positions count through the volume, from the first of equals") {
  const Tensor x = zeros({1, 1, 3, 2, 2});
  const ValuesAndIndices tied = F::max_pool3d_with_indices(x, 2, {.stride = 1});
  CHECK(mismatch(tied.indices, int64, {1, 1, 2, 1, 1}, {0, 4}) == "");
  x.set({0, 0, 2, 1, 0}, 1);
  CHECK(mismatch(F::max_pool3d_with_indices(x[0], 2, {.stride = 1}).indices, int64, {1, 2, 1, 1},
                 {0, 10}) == "");
  CHECK(mismatch(F::adaptive_max_pool3d_with_indices(x, {1, 2, 2}).indices, int64, {1, 1, 1, 2, 2},
                 {0, 1, 10, 3}) == "");
}

TEST_CASE("maxima of NaN, infinities and padding") {
  const Tensor x = tensor({{{-inf, -inf, nan_value, 7.0, nan_value, 1.0}}});
  const ValuesAndIndices pairs = F::max_pool1d_with_indices(x, 2);
  CHECK(mismatch(pairs.values, {1, 1, 3}, {-inf, nan_value, nan_value}) == "");
  CHECK(mismatch(pairs.indices, int64, {1, 1, 3}, {0, 2, 4}) == "");
  const ValuesAndIndices halves = F::adaptive_max_pool1d_with_indices(x, 2);
  CHECK(mismatch(halves.indices, int64, {1, 1, 2}, {2, 4}) == "");
  // Windows that reach across the whole input see padding alone.
  const Tensor one = ones({1, 1, 1, 1, 1}).requires_grad_();
  const ValuesAndIndices none =
      F::max_pool3d_with_indices(one, {2, 1, 1}, {.padding = {1, 0, 0}, .dilation = {2, 1, 1}});
  CHECK(mismatch(none.values, {1, 1, 1, 1, 1}, {-inf}) == "");
  CHECK(mismatch(none.indices, int64, {1, 1, 1, 1, 1}, {-1}) == "");
  none.values.sum().backward();
  CHECK(mismatch(one.grad(), {1, 1, 1, 1, 1}, {0}) == "");
}

TEST_CASE("pooling: empty batches and shapes alone") {
  CHECK(nn::MaxPool3d(2)(zeros({0, 2, 4, 4, 4})).shape() == Shape{0, 2, 2, 2, 2});
  CHECK(nn::AvgPool1d(2)(zeros({2, 0, 4})).shape() == Shape{2, 0, 2});
  CHECK(nn::AdaptiveMaxPool3d(1)(zeros({0, 2, 4, 4, 4})).shape() == Shape{0, 2, 1, 1, 1});
  const Tensor x = zeros({2, 3, 4, 4, 4}, {.device = meta});
  CHECK(nn::MaxPool3d(2)(x).shape() == Shape{2, 3, 2, 2, 2});
  CHECK(nn::AdaptiveMaxPool3d(3)(x).is_meta());
  CHECK(F::max_pool3d_with_indices(x, 2).indices.is_meta());
}

TEST_CASE("pooling: errors name the operation and the dimension") {
  const Tensor rows = zeros({1, 1, 4});
  const Tensor volumes = zeros({1, 1, 4, 5, 6});
  const auto value_error = [](auto&& function, std::initializer_list<const char*> parts) {
    return wrong_error<ValueError>(function, parts);
  };
  CHECK(value_error([&] { F::max_pool1d(rows, 2, {.padding = 2}); },
                    {"max_pool1d", "padding", "length"}) == "");
  CHECK(value_error([&] { F::avg_pool1d(rows, 2, {.stride = 0}); }, {"avg_pool1d", "stride"}) ==
        "");
  CHECK(value_error(
            [&] {
              F::max_pool3d(volumes, 2, {.stride = {0, 1, 1}});
            },
            {"max_pool3d", "stride", "depth"}) == "");
  CHECK(value_error([&] { F::avg_pool3d(volumes, 2, {.divisor_override = 0}); },
                    {"avg_pool3d", "divisor_override"}) == "");
  CHECK(value_error(
            [&] {
              avg_pool3d(volumes, {.dilation = {1, 2, 1}});
            },
            {"avg_pool3d", "dilation", "(1, 2, 1)"}) == "");
  CHECK(value_error(
            [&] {
              F::adaptive_max_pool2d(zeros({1, 1, 2, 2}), {1, 0});
            },
            {"adaptive_max_pool2d", "output_size", "(1, 0)"}) == "");
  CHECK(value_error([&] { F::adaptive_avg_pool1d(rows, 0); }, {"adaptive_avg_pool1d", "(0,)"}) ==
        "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              F::max_pool3d(volumes, {2, 6, 2});
            },
            {"max_pool3d", "height", "5", "6"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::max_pool1d(volumes, 2); },
                                {"max_pool1d", "(N, C, L)", "[1, 1, 4, 5, 6]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::adaptive_max_pool3d(rows, 2); },
                                {"adaptive_max_pool3d", "(N, C, D, H, W)"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              F::adaptive_max_pool1d(zeros({1, 1, 0}), 2);
            },
            {"adaptive_max_pool1d", "no pixels"}) == "");
  CHECK(wrong_error<DTypeError>([&] { F::max_pool3d(volumes.to(int64), 2); },
                                {"max_pool3d", "int64"}) == "");
}

}  // namespace
