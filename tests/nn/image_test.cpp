// interpolate, pixel_shuffle, unfold, fold, pad with values: definitions and errors. Values of
// random inputs are PyTorch's (tests/operations/interpolation.py, images.py).
#include <doctest/doctest.h>

#include <cmath>

#include "autograd/functions/image.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;
using Mode = F::InterpolationMode;

namespace {

TEST_CASE("interpolate: doubling a row in every mode") {
  const Tensor x = tensor({{{0.0, 4.0}}});
  const auto twice = [&](Mode mode, bool align = false) {
    return F::interpolate(x, {.scale_factor = {2}, .mode = mode, .align_corners = align});
  };
  CHECK(mismatch(twice(Mode::nearest), {1, 1, 4}, {0, 0, 4, 4}) == "");
  CHECK(mismatch(twice(Mode::nearest_exact), {1, 1, 4}, {0, 0, 4, 4}) == "");
  CHECK(mismatch(twice(Mode::linear), {1, 1, 4}, {0, 1, 3, 4}) == "");
  CHECK(mismatch(twice(Mode::linear, true), {1, 1, 4}, {0, 4.0 / 3, 8.0 / 3, 4}, 1e-6) == "");
  CHECK(mismatch(twice(Mode::area), {1, 1, 4}, {0, 0, 4, 4}) == "");
}

TEST_CASE("interpolate: the same size keeps the values, in every mode") {
  const Tensor x = pattern({2, 3, 4, 5});
  for (const Mode mode : {Mode::nearest, Mode::nearest_exact, Mode::linear, Mode::bilinear,
                          Mode::bicubic, Mode::area}) {
    CAPTURE(static_cast<int>(mode));
    const Tensor y = F::interpolate(x, {.size = {4, 5}, .mode = mode});
    CHECK(mismatch(y, x.shape(), x.to_vector<double>(), 1e-15) == "");
  }
}

TEST_CASE("interpolate: empty batches, shapes alone and errors") {
  CHECK(F::interpolate(zeros({0, 2, 3}), {.size = {5}}).shape() == Shape{0, 2, 5});
  const Tensor shape_alone = zeros({1, 2, 3, 4}, {.device = meta});
  CHECK(F::interpolate(shape_alone, {.scale_factor = {2, 0.5}}).shape() == Shape{1, 2, 6, 2});
  const Tensor x = zeros({1, 2, 3, 4});
  const auto error = [&](const F::InterpolateFunctionOptions& options,
                         std::initializer_list<const char*> parts) {
    return wrong_error<ValueError>([&] { F::interpolate(x, options); }, parts);
  };
  CHECK(error({}, {"interpolate", "either size or scale_factor"}) == "");
  CHECK(error({.size = {2}, .scale_factor = {2}}, {"interpolate", "either"}) == "");
  CHECK(error({.size = {2, 2, 2}}, {"interpolate", "1 or 2", "size", "3"}) == "");
  CHECK(error({.scale_factor = {-1}}, {"interpolate", "scale_factor", "-1"}) == "");
  CHECK(error({.scale_factor = {std::nan("")}}, {"interpolate", "scale_factor", "nan"}) == "");
  CHECK(error({.scale_factor = {1e300}}, {"interpolate", "scale_factor"}) == "");
  CHECK(error({.size = {2}, .mode = Mode::trilinear}, {"interpolate", "trilinear", "2"}) == "");
  CHECK(error({.size = {2}, .align_corners = true}, {"interpolate", "align_corners"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::interpolate(x, {.size = {0}}); },
                                {"interpolate", "at least 1"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::interpolate(x, {.scale_factor = {0.1}}); },
                                {"interpolate", "3 to become 0"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::interpolate(x[0][0], {.size = {2}}); },
                                {"interpolate", "(N, C, L)", "[3, 4]"}) == "");
  CHECK(wrong_error<DTypeError>(
            [&] { F::interpolate(x.to(int64), {.size = {2}, .mode = Mode::area}); },
            {"interpolate", "int64"}) == "");
}

TEST_CASE("pixel_shuffle and back") {
  const Tensor x = counting({2, 3, 8, 2, 3}, float32);
  const Tensor y = F::pixel_shuffle(x, 2);
  CHECK(y.shape() == Shape{2, 3, 2, 4, 6});
  CHECK(mismatch(F::pixel_unshuffle(y, 2), x.shape(), x.to_vector<double>()) == "");
  CHECK(mismatch(F::pixel_shuffle(tensor({{{0}}, {{1}}, {{2}}, {{3}}}), 2), int64, {1, 2, 2},
                 {0, 1, 2, 3}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::pixel_shuffle(x, 3); }, {"pixel_shuffle", "3"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::pixel_unshuffle(x, 2); }, {"pixel_unshuffle", "2"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::pixel_shuffle(x, 0); }, {"pixel_shuffle", "0"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              F::pixel_shuffle(zeros({4, 2}), 2);
            },
            {"pixel_shuffle", "[4, 2]"}) == "");
}

TEST_CASE("unfold: a convolution is a matrix product with the patches") {
  const Tensor x = pattern({2, 3, 6, 5});
  const Tensor weight = pattern({4, 3, 3, 2}, float64, 2);
  const Tensor expected = F::conv2d(x, weight, {}, {.stride = 2, .padding = 1, .dilation = {1, 2}});
  const Tensor patches = F::unfold(x, {3, 2}, {.dilation = {1, 2}, .padding = 1, .stride = 2});
  const Tensor y = matmul(weight.reshape({4, -1}), patches).reshape(expected.shape());
  CHECK(mismatch(y, expected.shape(), expected.to_vector<double>(), 1e-12) == "");
  const Tensor one = F::unfold(x[1], {3, 2}, {.dilation = {1, 2}, .padding = 1, .stride = 2});
  CHECK(mismatch(one, patches[1].shape(), patches[1].to_vector<double>()) == "");
}

TEST_CASE("fold: counts the patches that hold each pixel") {
  const Tensor x = ones({1, 1, 3, 3});
  const Tensor counts = F::fold(F::unfold(x, 2), 3, 2);
  CHECK(mismatch(counts, x.shape(), {1, 2, 1, 2, 4, 2, 1, 2, 1}) == "");
  CHECK(mismatch(F::fold(F::unfold(x[0], 2), 3, 2), {1, 3, 3}, counts.to_vector<double>()) == "");
  CHECK(F::unfold(zeros({0, 2, 3, 3}), 2).shape() == Shape{0, 8, 4});
  CHECK(F::fold(zeros({0, 8, 4}), 3, 2).shape() == Shape{0, 2, 3, 3});
}

TEST_CASE("unfold and fold: errors") {
  const Tensor x = zeros({1, 1, 3, 3});
  CHECK(wrong_error<ShapeError>([&] { F::unfold(x, 4); }, {"unfold", "4", "3"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::unfold(x, 2, {.stride = 0}); }, {"unfold", "stride"}) ==
        "");
  CHECK(wrong_error<ValueError>([&] { F::unfold(x, 2, {.padding = -1}); },
                                {"unfold", "padding", "-1"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::unfold(zeros({3, 3}), 2); }, {"unfold", "[3, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [] {
              F::fold(zeros({1, 8, 5}), 3, 2);
            },
            {"fold", "3 x 3", "[1, 8, 5]"}) == "");
  CHECK(wrong_error<ShapeError>([] { F::fold(zeros({1, 7, 4}), 3, 2); }, {"fold", "C * 4"}) == "");
  // Products of these sizes do not fit 63 bits.
  constexpr int64_t large = int64_t{1} << 30;
  CHECK_THROWS_AS(F::unfold(zeros({1, 4, 1, 1}), large, {.padding = large}), ShapeError);
  CHECK_THROWS_AS(F::fold(zeros({1, 1, 4}), 4 * large, 1), ShapeError);
  CHECK(wrong_error<ShapeError>([] { F::fold(zeros({4}), 3, 2); }, {"fold", "[4]"}) == "");
}

TEST_CASE("resample: errors") {
  const Tensor x = zeros({2, 3});
  const SamplingTaps taps{.input = 3, .output = 1, .count = 1, .positions = {3}, .weights = {1}};
  CHECK(wrong_error<ValueError>([&] { resample(x, 1, taps); }, {"resample", "below 3"}) == "");
  const SamplingTaps fine{.input = 3, .output = 1, .count = 1, .positions = {2}, .weights = {1}};
  CHECK(wrong_error<ShapeError>([&] { resample(x, 0, fine); }, {"resample", "[2, 3]", "3"}) == "");
  CHECK(wrong_error<IndexError>([&] { resample(x, 2, fine); }, {"resample", "2"}) == "");
}

TEST_CASE("pad: with a value, and negative sizes") {
  const Tensor row = tensor({1, 2, 3});
  CHECK(mismatch(F::pad(row, {1, 2}, nn::PaddingMode::zeros, 7), int64, {6}, {7, 1, 2, 3, 7, 7}) ==
        "");
  CHECK(mismatch(F::pad(row, {-1, 2}, nn::PaddingMode::zeros, 7), int64, {4}, {2, 3, 7, 7}) == "");
  CHECK(mismatch(F::pad(row, {-1, -1}), int64, {1}, {2}) == "");
  CHECK(mismatch(F::pad(row, {-1, 1}), int64, {3}, {2, 3, 0}) == "");
  CHECK(F::pad(row, {-2, -1}).shape() == Shape{0});
  const double nan_value = std::nan("");
  CHECK(mismatch(F::pad(tensor({1.0}), {1, 0}, nn::PaddingMode::zeros, nan_value), {2},
                 {nan_value, 1}) == "");
  CHECK(mismatch(F::pad(zeros({2, 0}), {1, 0, 0, -1}, nn::PaddingMode::zeros, 2), {1, 1}, {2}) ==
        "");
  CHECK(wrong_error<ValueError>([&] { F::pad(row, {-2, -2}); }, {"pad", "-2", "3"}) == "");
}

}  // namespace
