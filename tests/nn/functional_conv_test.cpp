// Convolutions and transposed convolutions with PyTorch's arguments.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;

namespace {

TEST_CASE("conv2d: the function") {
  const Tensor x = counting({1, 3, 3}, float32);
  const Tensor weight = ones({1, 1, 2, 2});
  CHECK(mismatch(F::conv2d(x, weight), {1, 2, 2}, {8, 12, 20, 24}) == "");
  CHECK(mismatch(F::conv2d(x, weight, tensor({0.5}), {.stride = 2, .padding = 1}), {1, 2, 2},
                 {0.5, 3.5, 9.5, 24.5}) == "");
  CHECK(mismatch(F::conv2d(x, weight, {}, {.padding = "same"}), {1, 3, 3},
                 {8, 12, 7, 20, 24, 13, 13, 15, 8}) == "");
  CHECK(F::conv2d(x.unsqueeze(0), weight, {}, {.dilation = 2}).shape() == Shape{1, 1, 1, 1});
  CHECK(wrong_error<ShapeError>(
            [&] {
              F::conv2d(x, ones({2, 2}));
            },
            {"conv2d", "weight", "[2, 2]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              F::conv2d(ones({3, 3}), weight);
            },
            {"conv2d", "[3, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              F::conv2d(ones({2, 3, 3}), weight);
            },
            {"conv2d", "2", "1"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::conv2d(x, weight, ones({2})); }, {"conv2d", "bias"}) ==
        "");
  CHECK(wrong_error<ValueError>([&] { F::conv2d(x, weight, {}, {.groups = 0}); },
                                {"conv2d", "groups"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::conv2d(x, weight, {}, {.padding = "some"}); },
                                {"conv2d", "\"some\""}) == "");
  CHECK_THROWS_AS(F::conv2d(x, ones({2, 1, 2, 2}), {}, {.groups = 2}), ShapeError);
}

TEST_CASE("conv1d and conv3d: the functions") {
  const Tensor sound = counting({1, 5}, float32);
  const Tensor pair = ones({1, 1, 2});
  CHECK(mismatch(F::conv1d(sound, pair), {1, 4}, {1, 3, 5, 7}) == "");
  CHECK(mismatch(F::conv1d(sound, pair, tensor({0.5}), {.stride = 2, .padding = 1}), {1, 3},
                 {0.5, 3.5, 7.5}) == "");
  CHECK(mismatch(F::conv1d(sound, pair, {}, {.padding = "same", .dilation = {2}}), {1, 5},
                 {1, 2, 4, 6, 3}) == "");
  const Tensor cube = counting({1, 2, 2, 2}, float32);
  const Tensor block = ones({1, 1, 2, 2, 2});
  CHECK(mismatch(F::conv3d(cube, block), {1, 1, 1, 1}, {28}) == "");
  CHECK(mismatch(F::conv3d(cube.unsqueeze(0), block, {}, {.padding = "same"}), {1, 1, 2, 2, 2},
                 {28, 16, 18, 10, 22, 12, 13, 7}) == "");
  CHECK(mismatch(F::conv3d(cube, block, {}, {.stride = {1, 2, 2}, .padding = {1, 0, 0}}),
                 {1, 3, 1, 1}, {6, 28, 22}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::conv1d(cube, pair); },
                                {"conv1d", "(N, C, L)", "(C, L)", "[1, 2, 2, 2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::conv3d(cube, pair); },
                                {"conv3d", "weight", "D, H, W", "[1, 1, 2]"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::conv1d(sound, pair, {}, {.padding = -1}); },
                                {"conv1d", "padding", "(-1,)"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              F::conv3d(cube, block, {}, {.stride = {1, 1, 2}, .padding = "same"});
            },
            {"conv3d", "same", "(1, 1, 2)"}) == "");
}

// Entries for depth, height and width; the ranks below three leave the first ones at 1 or 0.
struct TransposeCase {
  int64_t rank;
  Shape x, weight;  // (N, C, D, H, W) and (C, K / groups, D, H, W)
  int64_t stride[3], padding[3], output_padding[3], dilation[3];
  int64_t groups;
};

const TransposeCase transposes[] = {
    {1, {2, 3, 1, 1, 5}, {3, 2, 1, 1, 3}, {1, 1, 1}, {}, {}, {1, 1, 1}, 1},
    {1, {2, 4, 1, 1, 4}, {4, 3, 1, 1, 3}, {1, 1, 3}, {0, 0, 1}, {0, 0, 2}, {1, 1, 2}, 2},
    {1, {1, 2, 1, 1, 3}, {2, 1, 1, 1, 2}, {1, 1, 2}, {}, {0, 0, 3}, {1, 1, 4}, 2},
    {2, {2, 3, 1, 4, 3}, {3, 2, 1, 3, 2}, {1, 1, 1}, {}, {}, {1, 1, 1}, 1},
    {2, {1, 2, 1, 4, 5}, {2, 3, 1, 3, 4}, {1, 2, 3}, {0, 1, 2}, {0, 1, 0}, {1, 1, 1}, 1},
    {2, {2, 4, 1, 3, 4}, {4, 1, 1, 2, 3}, {1, 3, 2}, {0, 0, 1}, {0, 2, 1}, {1, 2, 1}, 4},
    {2, {1, 1, 1, 3, 3}, {1, 2, 1, 2, 2}, {1, 2, 1}, {0, 1, 0}, {0, 3, 4}, {1, 4, 5}, 1},
    {3, {2, 3, 2, 3, 4}, {3, 2, 2, 3, 2}, {1, 1, 1}, {}, {}, {1, 1, 1}, 1},
    {3, {1, 4, 3, 2, 3}, {4, 2, 3, 2, 3}, {2, 3, 1}, {1, 0, 2}, {1, 2, 0}, {1, 2, 2}, 2},
    {3, {2, 2, 2, 3, 2}, {2, 1, 2, 1, 3}, {3, 2, 2}, {0, 0, 1}, {2, 1, 1}, {1, 1, 1}, 2},
};

// Adds every element of x, times the kernel, where its window lies.
Tensor transposed(const TransposeCase& c, const Tensor& x, const Tensor& weight) {
  const int64_t per_group = c.x[1] / c.groups;
  Shape shape{c.x[0], c.weight[1] * c.groups};
  for (size_t i = 0; i < 3; ++i) {
    shape.push_back((c.x[2 + i] - 1) * c.stride[i] - 2 * c.padding[i] +
                    c.dilation[i] * (c.weight[2 + i] - 1) + c.output_padding[i] + 1);
  }
  const auto values = x.to_vector<double>();
  const auto filter = weight.to_vector<double>();
  std::vector<double> y(static_cast<size_t>(shape.numel()));
  const auto index = [](const Shape& sizes, const Shape& at) {
    int64_t result = 0;
    for (size_t i = 0; i < sizes.size(); ++i) result = result * sizes[i] + at[i];
    return static_cast<size_t>(result);
  };
  const auto visit = [&](const Shape& from, const Shape& tap) {
    Shape to{from[0], from[1] / per_group * c.weight[1] + tap[1]};
    for (size_t i = 0; i < 3; ++i) {
      to.push_back(from[2 + i] * c.stride[i] - c.padding[i] + tap[2 + i] * c.dilation[i]);
      if (to[2 + i] < 0 || to[2 + i] >= shape[2 + i]) return;
    }
    y[index(shape, to)] += values[index(c.x, from)] * filter[index(c.weight, tap)];
  };
  const auto position = [](const Shape& sizes, int64_t i) {
    Shape at = sizes;
    for (size_t d = sizes.size(); d-- > 0; i /= sizes[d]) at[d] = i % sizes[d];
    return at;
  };
  for (int64_t i = 0; i < c.x.numel(); ++i) {
    const Shape from = position(c.x, i);
    for (int64_t j = 0; j < c.weight.numel(); ++j) {
      const Shape tap = position(c.weight, j);
      if (tap[0] == from[1]) visit(from, tap);
    }
  }
  return tensor(y).reshape(shape);
}

template <size_t Rank>
nn::Size<Rank> last(const int64_t (&sizes)[3]) {
  nn::Size<Rank> result = 0;
  for (size_t i = 0; i < Rank; ++i) result[i] = sizes[3 - Rank + i];
  return result;
}

template <size_t Rank>
F::ConvTransposeFunctionOptions<Rank> options_of(const TransposeCase& c) {
  return {.stride = last<Rank>(c.stride),
          .padding = last<Rank>(c.padding),
          .output_padding = last<Rank>(c.output_padding),
          .groups = c.groups,
          .dilation = last<Rank>(c.dilation)};
}

Tensor convolve_transposed(const TransposeCase& c, const Tensor& x, const Tensor& weight,
                           const Tensor& bias) {
  if (c.rank == 1) return F::conv_transpose1d(x, weight, bias, options_of<1>(c));
  if (c.rank == 2) return F::conv_transpose2d(x, weight, bias, options_of<2>(c));
  return F::conv_transpose3d(x, weight, bias, options_of<3>(c));
}

// (N, C, D, H, W) with the last `rank` of the three.
Shape of_rank(const Shape& shape, int64_t rank) {
  Shape result{shape[0], shape[1]};
  for (auto i = static_cast<size_t>(5 - rank); i < 5; ++i) result.push_back(shape[i]);
  return result;
}

TEST_CASE("conv_transpose: the definition") {
  for (const TransposeCase& c : transposes) {
    CAPTURE(c.x);
    CAPTURE(c.weight);
    for (const DType dtype : {float32, float64}) {
      const Tensor x = pattern(of_rank(c.x, c.rank), dtype, 1);
      const Tensor weight = pattern(of_rank(c.weight, c.rank), dtype, 2);
      const Tensor bias = pattern({c.weight[1] * c.groups}, dtype, 3);
      const Tensor plain = transposed(c, x, weight);
      const Tensor biased = plain + bias.to(float64).reshape({1, -1, 1, 1, 1});
      const Shape shape = of_rank(plain.shape(), c.rank);
      // Sums of multiples of 1/4096: exact.
      CHECK(mismatch(convolve_transposed(c, x, weight, {}), dtype, shape,
                     plain.to_vector<double>()) == "");
      CHECK(mismatch(convolve_transposed(c, x, weight, bias), dtype, shape,
                     biased.to_vector<double>()) == "");
      const Tensor one = convolve_transposed(c, x[0], weight, bias);
      CHECK(one.dim() == c.rank + 1);
      CHECK(mismatch(one.flatten(), {biased[0].numel()}, biased[0].to_vector<double>()) == "");
    }
  }
}

TEST_CASE("conv_transpose: the shape that a convolution of the same arguments came from") {
  const Tensor x = zeros({2, 3, 9, 8}, {.device = meta});
  const Tensor weight = zeros({4, 3, 3, 2}, {.device = meta});
  const Tensor y = F::conv2d(x, weight, {}, {.stride = {2, 3}, .padding = 1});
  const Tensor back = F::conv_transpose2d(
      y, weight, {}, {.stride = {2, 3}, .padding = 1, .output_padding = {0, 2}});
  CHECK(back.is_meta());
  CHECK(back.shape() == x.shape());
  CHECK(F::conv_transpose1d(zeros({0, 2, 3}), zeros({2, 5, 2})).shape() == Shape{0, 5, 4});
}

TEST_CASE("conv_transpose: what it refuses") {
  const Tensor x = zeros({2, 4, 3, 5});
  const Tensor w = zeros({4, 2, 3, 3});
  using Options = F::ConvTranspose2dFunctionOptions;
  const auto value_error = [&](const Options& options, std::initializer_list<const char*> parts) {
    return wrong_error<ValueError>([&] { F::conv_transpose2d(x, w, {}, options); }, parts);
  };
  CHECK(value_error({.stride = {1, 0}}, {"conv_transpose2d", "stride", "(1, 0)"}) == "");
  CHECK(value_error({.padding = -1}, {"conv_transpose2d", "padding", "(-1, -1)"}) == "");
  CHECK(value_error({.output_padding = {0, -1}}, {"conv_transpose2d", "output_padding"}) == "");
  CHECK(value_error({.stride = 2, .output_padding = {1, 2}},
                    {"conv_transpose2d", "output_padding (1, 2)", "stride (2, 2)"}) == "");
  CHECK(value_error({.groups = 0}, {"conv_transpose2d", "groups", "0"}) == "");
  CHECK(value_error({.dilation = 0}, {"conv_transpose2d", "dilation", "(0, 0)"}) == "");
  const auto shape_error = [](const Tensor& input, const Tensor& weight, const Tensor& bias,
                              const Options& options, std::initializer_list<const char*> parts) {
    return wrong_error<ShapeError>([&] { F::conv_transpose2d(input, weight, bias, options); },
                                   parts);
  };
  CHECK(shape_error(x, w, {}, {.groups = 3}, {"conv_transpose2d", "groups 3", "4"}) == "");
  CHECK(shape_error(x, w, {}, {.padding = 4}, {"conv_transpose2d", "dim 2", "at least 1"}) == "");
  CHECK(shape_error(zeros({2, 3, 3, 5}), w, {}, {}, {"conv_transpose2d", "4 channels", "got 3"}) ==
        "");
  CHECK(shape_error(zeros({2, 4, 0, 5}), w, {}, {}, {"conv_transpose2d", "[2, 4, 0, 5]"}) == "");
  CHECK(shape_error(x[0][0], w, {}, {}, {"conv_transpose2d", "(C, H, W)", "[3, 5]"}) == "");
  CHECK(shape_error(x, w[0], {}, {}, {"conv_transpose2d", "weight", "[2, 3, 3]"}) == "");
  CHECK(shape_error(x, w, zeros({4}), {}, {"conv_transpose2d", "bias", "[2]", "[4]"}) == "");
  CHECK(shape_error(x, w, {}, {.stride = INT64_MAX}, {"conv_transpose2d", "63 bits"}) == "");
  CHECK(wrong_error<DTypeError>([&] { F::conv_transpose2d(x, w.to(float64)); },
                                {"conv_transpose2d", "float64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { F::conv_transpose2d(x.to(int64), w); },
                                {"conv_transpose2d", "int64"}) == "");
}

TEST_CASE("sizes and paddings of one, two and three dimensions") {
  CHECK(nn::to_string(nn::Size1d(3)) == "(3,)");
  CHECK(nn::to_string(nn::Size2d(3)) == "(3, 3)");
  CHECK(nn::to_string(nn::Size3d(1, 2, 3)) == "(1, 2, 3)");
  CHECK(nn::Size3d(2) == nn::Size3d(2, 2, 2));
  CHECK(nn::Size2d(2, 3)[1] == 3);
  const nn::Padding1d none = 0;
  CHECK(none.size() == nn::Size1d(0));
  CHECK_FALSE(none.mode());
  const nn::Padding3d listed = {0, 1, 2};
  CHECK(listed.size() == nn::Size3d(0, 1, 2));
  const nn::Padding3d same = "same";
  CHECK(same.mode() == "same");
  const nn::OptionalSize3d missing;
  CHECK_FALSE(missing.has_value());
  const nn::OptionalSize2d given = {1, 2};
  CHECK(given == nn::Size2d(1, 2));
}

}  // namespace
