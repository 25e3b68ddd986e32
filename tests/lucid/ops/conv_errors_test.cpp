// What the convolution and its gradients refuse.
#include <doctest/doctest.h>

#include "autograd/functions/convolution.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("conv2d: what it refuses") {
  const Tensor x = zeros({2, 4, 6, 6});
  const Tensor w = zeros({6, 4, 3, 3});
  CHECK(wrong_error<ShapeError>([&] { conv(x[0][0], w, {}, {}); },
                                {"conv", "x", "(N, C, H, W)", "[6, 6]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { conv(x, w[0], {}, {}); },
                                {"conv2d", "weight", "[4, 3, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(x, zeros({6, 3, 3, 3}), {}, {});
            },
            {"conv2d", "3 channels", "got 4", "[2, 4, 6, 6]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(x, zeros({6, 1, 3, 3}), {}, {.groups = 4});
            },
            {"conv2d", "groups 4", "6"}) == "");
  CHECK(wrong_error<ShapeError>([&] { conv(x, w, zeros({5}), {}); },
                                {"conv2d", "bias", "[6]", "[5]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(x, zeros({6, 4, 7, 3}), {}, {});
            },
            {"conv2d", "height", "6", "7"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(x, w, {}, {.dilation = {1, 4}});
            },
            {"conv2d", "width", "6", "9"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(x, zeros({6, 4, 0, 3}), {}, {});
            },
            {"conv2d", "kernel"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(zeros({2, 0, 6, 6}), zeros({6, 0, 3, 3}), {}, {});
            },
            {"conv2d"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(x, w, {}, {.pad_low = {INT64_MAX, 0}});
            },
            {"conv2d", "63 bits"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              conv(x, w, {}, {.stride = {0, 1}});
            },
            {"conv2d", "stride", "(0, 1)"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              conv(x, w, {}, {.dilation = {1, 0}});
            },
            {"conv2d", "dilation", "(1, 0)"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              conv(x, w, {}, {.pad_low = {0, -1}});
            },
            {"conv2d", "padding", "(0, -1)"}) == "");
  CHECK(wrong_error<ValueError>([&] { conv(x, w, {}, {.groups = 0}); },
                                {"conv2d", "groups", "0"}) == "");
  CHECK(wrong_error<DTypeError>([&] { conv(x.to(int64), w.to(int64), {}, {}); },
                                {"conv2d", "int64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { conv(x, w.to(float64), {}, {}); },
                                {"conv2d", "float32", "float64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { conv(x, w, zeros({6}, {.dtype = float64}), {}); },
                                {"conv2d", "bias"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv_input_gradient(zeros({2, 6, 3, 4}), w, {2, 4, 6, 6}, {});
            },
            {"conv2d_input_gradient", "grad", "[2, 6, 4, 4]", "[2, 6, 3, 4]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv_weight_gradient(zeros({1, 6, 4, 4}), x, {6, 4, 3, 3}, {});
            },
            {"conv2d_weight_gradient", "grad", "[2, 6, 4, 4]", "[1, 6, 4, 4]"}) == "");
}

TEST_CASE("conv: what it refuses in one and three dimensions, by name") {
  const Tensor sounds = zeros({2, 4, 6});
  const Tensor volumes = zeros({2, 4, 6, 5, 4});
  const Tensor filter = zeros({6, 4, 3});
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(sounds, zeros({6, 4, 3, 3}), {}, {});
            },
            {"conv1d", "weight", "L", "[6, 4, 3, 3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { conv(volumes, filter, {}, {}); },
                                {"conv3d", "weight", "D, H, W", "[6, 4, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(sounds, zeros({6, 4, 7}), {}, {});
            },
            {"conv1d", "length", "6", "7"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv(volumes, zeros({6, 4, 7, 1, 1}), {}, {});
            },
            {"conv3d", "depth", "6", "7"}) == "");
  CHECK(wrong_error<ShapeError>([&] { conv(sounds, filter, {}, {.pad_high = {-4}}); },
                                {"conv1d", "length", "2", "3"}) == "");
  CHECK(wrong_error<ShapeError>([&] { conv(sounds, filter, {}, {.pad_high = {INT64_MIN}}); },
                                {"conv1d", "length", "3"}) == "");
  CHECK(wrong_error<ValueError>([&] { conv(sounds, filter, {}, {.stride = {0}}); },
                                {"conv1d", "stride (0,)"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              conv(volumes, zeros({6, 4, 1, 1, 1}), {}, {.dilation = {1, 2, 0}});
            },
            {"conv3d", "dilation (1, 2, 0)"}) == "");
  CHECK(wrong_error<DTypeError>([&] { conv(sounds.to(int64), filter, {}, {}); },
                                {"conv1d", "int64"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv_input_gradient(sounds, filter, {2, 4, 6}, {});
            },
            {"conv1d_input_gradient", "[2, 6, 4]", "[2, 4, 6]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv_weight_gradient(volumes, volumes, {4, 4, 1, 1, 2}, {});
            },
            {"conv3d_weight_gradient", "[2, 4, 6, 5, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv_input_gradient(sounds, filter, {2, 4}, {});
            },
            {"conv", "[2, 4]"}) == "");
}

}  // namespace
}  // namespace lucid::test
