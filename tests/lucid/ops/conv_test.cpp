// The convolution and its gradients as operations, beside loops in double.
#include "autograd/functions/convolution.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/functions/arithmetic.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

struct Case {
  Shape x, weight;
  Conv2dGeometry geometry;
};

// Odd, non-square, strided, padded (also on one side only), dilated, grouped and depthwise.
const Case cases[] = {
    {{1, 1, 1, 1}, {1, 1, 1, 1}, {}},
    {{2, 3, 7, 5}, {4, 3, 3, 3}, {}},
    {{2, 3, 8, 9}, {5, 3, 3, 2}, {.pad_low = {1, 1}, .pad_high = {1, 0}}},
    {{1, 4, 11, 6}, {6, 4, 5, 3}, {.stride = {2, 3}, .pad_low = {2, 1}, .pad_high = {2, 1}}},
    {{2, 2, 9, 10}, {3, 2, 3, 3}, {.pad_low = {0, 2}, .pad_high = {1, 2}, .dilation = {2, 3}}},
    {{2, 6, 6, 7}, {4, 3, 3, 3}, {.pad_low = {1, 1}, .pad_high = {1, 1}, .groups = 2}},
    {{2, 5, 6, 6},
     {10, 1, 3, 3},
     {.stride = {2, 2}, .pad_low = {1, 1}, .pad_high = {1, 1}, .groups = 5}},
    {{3, 17, 5, 5}, {19, 17, 1, 1}, {}},
    {{2, 8, 4, 4}, {8, 8, 1, 1}, {.stride = {2, 2}}},
    {{1, 2, 3, 3}, {2, 2, 5, 5}, {.pad_low = {2, 2}, .pad_high = {2, 2}}},
    {{1, 1, 2, 20}, {1, 1, 1, 7}, {.pad_low = {3, 6}, .pad_high = {0, 1}}},
    {{2, 16, 14, 14}, {32, 16, 3, 3}, {.pad_low = {1, 1}, .pad_high = {1, 1}}},
};

// visit(output index, channel, row, column of the input, weight index) for every product there is.
template <class Visit>
void for_each_product(const Case& c, const Shape& out, const Visit& visit) {
  const Conv2dGeometry& g = c.geometry;
  const int64_t per_group = c.weight[0] / g.groups;
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t k = 0; k < out[1]; ++k)
      for (int64_t p = 0; p < out[2]; ++p)
        for (int64_t q = 0; q < out[3]; ++q)
          for (int64_t ch = 0; ch < c.weight[1]; ++ch)
            for (int64_t r = 0; r < c.weight[2]; ++r)
              for (int64_t s = 0; s < c.weight[3]; ++s) {
                const int64_t h = p * g.stride[0] - g.pad_low[0] + r * g.dilation[0];
                const int64_t w = q * g.stride[1] - g.pad_low[1] + s * g.dilation[1];
                if (h < 0 || w < 0 || h >= c.x[2] || w >= c.x[3]) continue;
                const int64_t channel = k / per_group * c.weight[1] + ch;
                visit(((n * out[1] + k) * out[2] + p) * out[3] + q,
                      ((n * c.x[1] + channel) * c.x[2] + h) * c.x[3] + w,
                      ((k * c.weight[1] + ch) * c.weight[2] + r) * c.weight[3] + s);
              }
}

Shape out_shape(const Case& c) {
  const auto size = [&](int axis) {
    const Conv2dGeometry& g = c.geometry;
    const auto i = static_cast<size_t>(axis);
    const int64_t padded = c.x[2 + i] + g.pad_low[axis] + g.pad_high[axis];
    return (padded - g.dilation[axis] * (c.weight[2 + i] - 1) - 1) / g.stride[axis] + 1;
  };
  return {c.x[0], c.weight[0], size(0), size(1)};
}

TEST_CASE("conv2d and its gradients: the definition, in both types and any layout") {
  for (const Case& c : cases) {
    const Shape out = out_shape(c);
    const auto n_out = static_cast<size_t>(out.numel());
    std::vector<double> y(n_out), gx(static_cast<size_t>(c.x.numel())),
        gw(static_cast<size_t>(c.weight.numel()));
    const auto x = pattern(c.x, float64, 1).to_vector<double>();
    const auto w = pattern(c.weight, float64, 2).to_vector<double>();
    const auto g = pattern(out, float64, 3).to_vector<double>();
    const auto b = pattern({c.weight[0]}, float64, 4).to_vector<double>();
    for_each_product(c, out, [&](int64_t o, int64_t i, int64_t f) {
      const auto at = [](auto& v, int64_t n) -> auto& {
        return v[static_cast<size_t>(n)];
      };
      at(y, o) += at(x, i) * at(w, f);
      at(gx, i) += at(g, o) * at(w, f);
      at(gw, f) += at(g, o) * at(x, i);
    });
    std::vector<double> with_bias = y;
    for (size_t o = 0; o < n_out; ++o) {
      with_bias[o] += b[o / static_cast<size_t>(out[2] * out[3]) % static_cast<size_t>(out[1])];
    }
    CAPTURE(c.x);
    CAPTURE(c.weight);
    for (DType dtype : {float32, float64}) {
      const auto make = [&](const Shape& shape, uint64_t seed) {
        return pattern(shape, dtype, seed);
      };
      // Sums of multiples of 1/4096: exact, whatever the order, while they stay below 4096.
      const double tolerance = 0;
      const Tensor input = make(c.x, 1);
      const Tensor weight = make(c.weight, 2);
      const Tensor grad = make(out, 3);
      CHECK(mismatch(conv2d(input, weight, {}, c.geometry), dtype, out, y, tolerance) == "");
      CHECK(mismatch(conv2d(input, weight, make({c.weight[0]}, 4), c.geometry), dtype, out,
                     with_bias, tolerance) == "");
      CHECK(mismatch(conv2d_input_gradient(grad, weight, c.x, c.geometry), dtype, c.x, gx,
                     tolerance) == "");
      CHECK(mismatch(conv2d_weight_gradient(grad, input, c.weight, c.geometry), dtype, c.weight, gw,
                     tolerance) == "");
      const auto scattered = [](const Tensor& t) {
        return t.permute({3, 1, 0, 2}).contiguous().permute({2, 1, 3, 0});
      };
      CHECK(mismatch(conv2d(scattered(input), scattered(weight), {}, c.geometry), dtype, out, y,
                     tolerance) == "");
      CHECK(mismatch(conv2d_input_gradient(scattered(grad), scattered(weight), c.x, c.geometry),
                     c.x, gx, tolerance) == "");
      CHECK(
          mismatch(conv2d_weight_gradient(scattered(grad), scattered(input), c.weight, c.geometry),
                   c.weight, gw, tolerance) == "");
    }
  }
}

TEST_CASE("conv2d: batches of none, and meta") {
  const Tensor weight = ones({4, 3, 3, 3});
  CHECK(conv2d(zeros({0, 3, 5, 5}), weight, {}, {}).shape() == Shape{0, 4, 3, 3});
  CHECK(mismatch(conv2d_weight_gradient(zeros({0, 4, 3, 3}), zeros({0, 3, 5, 5}), {4, 3, 3, 3}, {}),
                 {4, 3, 3, 3}, std::vector<double>(108, 0)) == "");
  const Tensor y = conv2d(zeros({2, 3, 5, 6}, {.device = meta}), weight, {}, {.stride = {2, 1}});
  CHECK(y.is_meta());
  CHECK(y.shape() == Shape{2, 4, 2, 4});
}

TEST_CASE("conv2d: NaN and infinity spread to their windows only") {
  const Tensor x = zeros({1, 1, 5, 5});
  x.set({0, 0, 0, 0}, std::nan(""));
  x.set({0, 0, 4, 4}, INFINITY);
  const Tensor y = conv2d(x, ones({1, 1, 2, 2}), {}, {});
  CHECK(std::isnan(y.at<float>({0, 0, 0, 0})));
  CHECK(std::isinf(y.at<float>({0, 0, 3, 3})));
  CHECK(y.at<float>({0, 0, 1, 1}) == 0);
}

TEST_CASE("conv2d: what it refuses") {
  const Tensor x = zeros({2, 4, 6, 6});
  const Tensor w = zeros({6, 4, 3, 3});
  CHECK(wrong_error<ShapeError>([&] { conv2d(x[0], w, {}, {}); },
                                {"conv2d", "x", "(N, C, H, W)", "[4, 6, 6]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { conv2d(x, w[0], {}, {}); },
                                {"conv2d", "weight", "[4, 3, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d(x, zeros({6, 3, 3, 3}), {}, {});
            },
            {"conv2d", "3 channels", "got 4", "[2, 4, 6, 6]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d(x, zeros({6, 1, 3, 3}), {}, {.groups = 4});
            },
            {"conv2d", "groups 4", "6"}) == "");
  CHECK(wrong_error<ShapeError>([&] { conv2d(x, w, zeros({5}), {}); },
                                {"conv2d", "bias", "[6]", "[5]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d(x, zeros({6, 4, 7, 3}), {}, {});
            },
            {"conv2d", "height", "6", "7"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d(x, w, {}, {.dilation = {1, 4}});
            },
            {"conv2d", "width", "6", "9"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d(x, zeros({6, 4, 0, 3}), {}, {});
            },
            {"conv2d", "kernel"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d(zeros({2, 0, 6, 6}), zeros({6, 0, 3, 3}), {}, {});
            },
            {"conv2d"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d(x, w, {}, {.pad_low = {INT64_MAX, 0}});
            },
            {"conv2d", "63 bits"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              conv2d(x, w, {}, {.stride = {0, 1}});
            },
            {"conv2d", "stride", "(0, 1)"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              conv2d(x, w, {}, {.dilation = {1, 0}});
            },
            {"conv2d", "dilation", "(1, 0)"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              conv2d(x, w, {}, {.pad_high = {0, -1}});
            },
            {"conv2d", "padding", "(0, -1)"}) == "");
  CHECK(wrong_error<ValueError>([&] { conv2d(x, w, {}, {.groups = 0}); },
                                {"conv2d", "groups", "0"}) == "");
  CHECK(wrong_error<DTypeError>([&] { conv2d(x.to(int64), w.to(int64), {}, {}); },
                                {"conv2d", "int64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { conv2d(x, w.to(float64), {}, {}); },
                                {"conv2d", "float32", "float64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { conv2d(x, w, zeros({6}, {.dtype = float64}), {}); },
                                {"conv2d", "bias"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d_input_gradient(zeros({2, 6, 3, 4}), w, {2, 4, 6, 6}, {});
            },
            {"conv2d_input_gradient", "grad", "[2, 6, 4, 4]", "[2, 6, 3, 4]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              conv2d_weight_gradient(zeros({1, 6, 4, 4}), x, {6, 4, 3, 3}, {});
            },
            {"conv2d_weight_gradient", "grad", "[2, 6, 4, 4]", "[1, 6, 4, 4]"}) == "");
}

}  // namespace
}  // namespace lucid::test
