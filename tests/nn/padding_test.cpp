// Padding by mode, alone and in front of a convolution.
#include <doctest/doctest.h>

#include <vector>

#include "autograd/gradcheck.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;
using nn::PaddingMode;

namespace {

const PaddingMode modes[] = {PaddingMode::zeros, PaddingMode::reflect, PaddingMode::replicate,
                             PaddingMode::circular};

TEST_CASE("pad: the four modes") {
  const Tensor row = tensor({{1.0, 2.0, 3.0}});
  const std::vector<int64_t> sizes{2, 1};
  CHECK(mismatch(F::pad(row, sizes), {1, 6}, {0, 0, 1, 2, 3, 0}) == "");
  CHECK(mismatch(F::pad(row, sizes, PaddingMode::reflect), {1, 6}, {3, 2, 1, 2, 3, 2}) == "");
  CHECK(mismatch(F::pad(row, sizes, PaddingMode::replicate), {1, 6}, {1, 1, 1, 2, 3, 3}) == "");
  CHECK(mismatch(F::pad(row, sizes, PaddingMode::circular), {1, 6}, {2, 3, 1, 2, 3, 1}) == "");
  const std::vector<int64_t> upright{0, 0, 1, 2};
  const Tensor column = row.reshape({1, 3, 1});
  CHECK(mismatch(F::pad(column, upright), {1, 6, 1}, {0, 1, 2, 3, 0, 0}) == "");
  CHECK(mismatch(F::pad(column, upright, PaddingMode::reflect), {1, 6, 1}, {2, 1, 2, 3, 2, 1}) ==
        "");
  CHECK(mismatch(F::pad(column, upright, PaddingMode::replicate), {1, 6, 1}, {1, 1, 2, 3, 3, 3}) ==
        "");
  CHECK(mismatch(F::pad(column, upright, PaddingMode::circular), {1, 6, 1}, {3, 1, 2, 3, 1, 2}) ==
        "");
}

TEST_CASE("pad: corners are padded in both directions") {
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}});
  const std::vector<int64_t> left_top{1, 0, 1, 0};
  CHECK(mismatch(F::pad(x, left_top), {3, 3}, {0, 0, 0, 0, 1, 2, 0, 3, 4}) == "");
  CHECK(mismatch(F::pad(x, left_top, PaddingMode::reflect), {3, 3}, {4, 3, 4, 2, 1, 2, 4, 3, 4}) ==
        "");
  CHECK(mismatch(F::pad(x, left_top, PaddingMode::replicate), {3, 3},
                 {1, 1, 2, 1, 1, 2, 3, 3, 4}) == "");
  CHECK(mismatch(F::pad(x, left_top, PaddingMode::circular), {3, 3}, {4, 3, 4, 2, 1, 2, 4, 3, 4}) ==
        "");
}

TEST_CASE("pad: limits and errors") {
  const Tensor x = zeros({1, 3, 4});
  const auto error = [&](const std::vector<int64_t>& sizes, PaddingMode mode,
                         std::initializer_list<const char*> parts) {
    return wrong_error<ValueError>([&] { F::pad(x, sizes, mode); }, parts);
  };
  CHECK(error({4, 0}, PaddingMode::reflect, {"pad", "4", "reflect", "smaller"}) == "");
  CHECK(error({0, 0, 0, 3}, PaddingMode::reflect, {"pad", "3", "reflect"}) == "");
  CHECK(F::pad(x, {3, 0, 0, 2}, PaddingMode::reflect).shape() == Shape{1, 5, 7});
  CHECK(error({0, 5}, PaddingMode::circular, {"pad", "5", "circular"}) == "");
  CHECK(error({0, 0, 4, 0}, PaddingMode::circular, {"pad", "4", "circular"}) == "");
  CHECK(F::pad(x, {0, 4, 3, 0}, PaddingMode::circular).shape() == Shape{1, 6, 8});
  CHECK(F::pad(x, {9, 0, 9, 0}, PaddingMode::replicate).shape() == Shape{1, 12, 13});
  CHECK(F::pad(x, {-1, 0}, PaddingMode::reflect).shape() == Shape{1, 3, 3});
  CHECK(error({-5, 2}, PaddingMode::reflect, {"pad", "-5 and 2", "4"}) == "");
  CHECK(error({INT64_MIN, INT64_MAX}, PaddingMode::replicate, {"pad", "cut off more"}) == "");
  CHECK(wrong_error<ValueError>(
            [] {
              F::pad(zeros({2, 0}), {1, 0}, PaddingMode::replicate);
            },
            {"pad"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::pad(x, {1, 2, 3}); }, {"pad", "pairs", "3"}) == "");
  CHECK(wrong_error<ShapeError>(
            [] {
              F::pad(zeros({4}), {1, 0, 0, 0});
            },
            {"pad", "2 pairs", "[4]"}) == "");
}

TEST_CASE("pad: from one dimension to three") {
  const Tensor row = tensor({1.0, 2.0, 3.0});
  CHECK(mismatch(F::pad(row, {1, 2}), {6}, {0, 1, 2, 3, 0, 0}) == "");
  CHECK(mismatch(F::pad(row, {1, 2}, PaddingMode::reflect), {6}, {2, 1, 2, 3, 2, 1}) == "");
  CHECK(F::pad(row, {}).is_same(row));
  const Tensor x = counting({2, 3, 4, 5});
  for (const PaddingMode mode : modes) {
    INFO(nn::name(mode));
    const Tensor y = F::pad(x, {1, 0, 2, 1, 0, 2}, mode);
    CHECK(y.shape() == Shape{2, 5, 7, 6});
    CHECK(y.at<double>({1, 2, 5, 3}) == x.at<double>({1, 2, 3, 2}));
    // A dimension at a time.
    const Tensor planes = F::pad(F::pad(x, {0, 0, 0, 0, 0, 2}, mode), {0, 0, 2, 1}, mode);
    CHECK(mismatch(y, y.shape(), F::pad(planes, {1, 0}, mode).to_vector<double>()) == "");
  }
}

TEST_CASE("LazyConv2d: each padding mode is that padding before a convolution without") {
  for (const PaddingMode mode : modes) {
    INFO(nn::name(mode));
    const Tensor x = pattern({2, 3, 5, 6}, float32);
    nn::LazyConv2d lazy(4, {3, 5}, {.stride = 2, .padding = {1, 3}, .padding_mode = mode});
    const Tensor y = lazy(x);
    const Tensor padded = F::pad(x, {3, 3, 1, 1}, mode);
    const Tensor expected = F::conv2d(padded, lazy.weight(), lazy.bias(), {.stride = 2});
    CHECK(mismatch(y, expected.shape(), expected.to_vector<double>(), 1e-6) == "");
    CHECK(mismatch(lazy(x[0]), expected[0].shape(), expected[0].to_vector<double>(), 1e-6) == "");
  }
}

TEST_CASE("LazyConv2d: \"same\" pads an even kernel one more on the high side in every mode") {
  for (const PaddingMode mode : modes) {
    INFO(nn::name(mode));
    const Tensor x = pattern({1, 2, 6, 7}, float32);
    nn::LazyConv2d lazy(3, {2, 4}, {.padding = "same", .padding_mode = mode});
    const Tensor y = lazy(x);
    const Tensor padded = F::pad(x, {1, 2, 0, 1}, mode);
    const Tensor expected = F::conv2d(padded, lazy.weight(), lazy.bias());
    CHECK(mismatch(y, {1, 3, 6, 7}, expected.to_vector<double>(), 1e-6) == "");
  }
}

TEST_CASE("LazyConv2d: padding that the mode does not allow leaves the module as it was") {
  nn::LazyConv2d reflect(2, 3, {.padding = {3, 1}, .padding_mode = PaddingMode::reflect});
  CHECK(wrong_error<ValueError>([&] { reflect(zeros({1, 1, 3, 4})); }, {"reflect", "3"}) == "");
  CHECK(reflect.in_channels() == std::nullopt);
  CHECK(reflect(zeros({1, 1, 4, 4})).shape() == Shape{1, 2, 8, 4});
  // The limit holds for every input, not just the first.
  CHECK(wrong_error<ValueError>([&] { reflect(zeros({1, 1, 3, 4})); }, {"reflect", "3"}) == "");

  nn::LazyConv2d circular(2, 3, {.padding = {1, 5}, .padding_mode = PaddingMode::circular});
  CHECK(wrong_error<ValueError>([&] { circular(zeros({1, 1, 3, 4})); }, {"circular", "5"}) == "");
  CHECK(circular.in_channels() == std::nullopt);
  CHECK(circular(zeros({1, 1, 3, 5})).shape() == Shape{1, 2, 3, 13});
}

TEST_CASE("LazyConv2d: gradients through every padding mode") {
  for (const PaddingMode mode : modes) {
    INFO(nn::name(mode));
    nn::LazyConv2d lazy(
        2, {3, 2}, {.stride = {1, 2}, .padding = {2, 1}, .padding_mode = mode, .dtype = float64});
    lazy(zeros({1, 2, 4, 3}, {.dtype = float64}));
    const Tensor x = pattern({2, 2, 4, 3}).requires_grad_();
    // The parameters are perturbed where they are.
    const auto forward = [&](const std::vector<Tensor>& v) { return lazy(v[0]); };
    CHECK(autograd::gradcheck(forward, {x, lazy.weight(), lazy.bias()}));
  }
}

TEST_CASE("LazyConv2d: gradients with groups, dilation and \"same\"") {
  nn::LazyConv2d lazy(4, {2, 3},
                      {.padding = "same", .dilation = {2, 1}, .groups = 2, .dtype = float64});
  lazy(zeros({2, 4, 3}, {.dtype = float64}));
  const Tensor x = pattern({2, 4, 3}).requires_grad_();
  const auto forward = [&](const std::vector<Tensor>& v) { return lazy(v[0]); };
  CHECK(autograd::gradcheck(forward, {x, lazy.weight(), lazy.bias()}));
}

}  // namespace
