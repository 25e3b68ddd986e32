// Linear, activations, Dropout, pooling, and layers that only change shapes.
#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradcheck.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

TEST_CASE("Linear: x times the transposed weight plus bias") {
  nn::Linear linear(2, 3);
  linear.load_state_dict({{"weight", tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})},
                          {"bias", tensor({0.5, 0.0, -1.0})}});
  CHECK(mismatch(linear(tensor({1.0, 10.0})), {3}, {21.5, 43, 64}) == "");
  CHECK(mismatch(linear(tensor({{1.0, 0.0}, {0.0, 1.0}})), {2, 3}, {1.5, 3, 4, 2.5, 4, 5}) == "");
  CHECK(linear(zeros({4, 1, 5, 2})).shape() == Shape{4, 1, 5, 3});
  CHECK(linear(zeros({0, 2})).shape() == Shape{0, 3});
  nn::Linear plain(2, 3, {.bias = false});
  CHECK_FALSE(plain.bias().defined());
  CHECK(plain.named_parameters().size() == 1);
}

TEST_CASE("Linear: first values are uniform in 1 / sqrt(in_features)") {
  manual_seed(0);
  const nn::Linear linear(100, 50);
  for (const Tensor& tensor : {Tensor(linear.weight()), Tensor(linear.bias())}) {
    const Tensor size = tensor.detach().abs();
    CHECK(size.max().item<double>() <= 0.1);
    CHECK(size.max().item<double>() > 0.09);
    // The mean of |u| is half of the bound; five standard errors for the 50 values of the bias.
    CHECK(size.mean().item<double>() == doctest::Approx(0.05).epsilon(0.41));
  }
}

TEST_CASE("Linear: errors") {
  CHECK(wrong_error<ValueError>([] { nn::Linear(0, 2); }, {"Linear", "in_features", "0"}) == "");
  CHECK(wrong_error<ValueError>([] { nn::Linear(2, -1); }, {"Linear", "out_features", "-1"}) == "");
  CHECK(wrong_error<DTypeError>([] { nn::Linear(2, 2, {.dtype = bool_}); }, {"Linear", "bool"}) ==
        "");
  nn::Linear linear(2, 3);
  CHECK(wrong_error<ShapeError>([&] { linear(zeros({4, 3})); }, {"linear", "[4, 3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { linear(zeros({})); }, {"linear"}) == "");
  CHECK_THROWS_AS(linear(zeros({4, 2}, {.dtype = float64})), DTypeError);
}

TEST_CASE("activations as layers") {
  const Tensor x = tensor({-1.0, 0.0, 2.0});
  CHECK(mismatch(nn::ReLU()(x), {3}, {0, 0, 2}) == "");
  CHECK(mismatch(nn::Sigmoid()(x), {3}, {1 / (1 + std::exp(1)), 0.5, 1 / (1 + std::exp(-2))},
                 1e-6) == "");
  CHECK(mismatch(nn::Tanh()(x), {3}, {std::tanh(-1), 0, std::tanh(2)}, 1e-6) == "");
  const Tensor rows = nn::Softmax(-1)(tensor({{0.0, std::log(3)}, {5.0, 5.0}}));
  CHECK(mismatch(rows, {2, 2}, {0.25, 0.75, 0.5, 0.5}, 1e-6) == "");
}

TEST_CASE("Dropout: zeros and scaled values in training, nothing in evaluation") {
  manual_seed(0);
  nn::Dropout dropout(0.3);
  const Tensor x = ones({100, 200}, {.requires_grad = true});
  const Tensor y = dropout(x);
  int64_t zero_count = 0;
  for (const float value : y.to_vector<float>()) {
    if (value == 0) {
      ++zero_count;
    } else {
      REQUIRE(value == doctest::Approx(1 / 0.7));
    }
  }
  // Five standard deviations of a binomial distribution.
  CHECK(std::abs(static_cast<double>(zero_count) - 6000) < 5 * std::sqrt(20000 * 0.3 * 0.7));
  y.sum().backward();
  CHECK(mismatch(x.grad(), y.shape(), y.to_vector<double>()) == "");
  CHECK(mismatch(dropout(x), x.shape(), y.to_vector<double>()) != "");
  dropout.eval();
  CHECK(mismatch(dropout(x), x.shape(), x.to_vector<double>()) == "");
}

TEST_CASE("Dropout: the same seed drops the same elements") {
  nn::Dropout dropout;
  manual_seed(5);
  const Tensor first = dropout(ones({50}));
  manual_seed(5);
  CHECK(mismatch(dropout(ones({50})), {50}, first.to_vector<double>()) == "");
}

TEST_CASE("Dropout: none and all") {
  const Tensor x = pattern({4, 5}, float32).requires_grad_();
  CHECK(mismatch(nn::Dropout(0)(x), x.shape(), x.to_vector<double>()) == "");
  const Tensor y = nn::Dropout(1)(x);
  CHECK(mismatch(y, x.shape(), std::vector<double>(20, 0.0)) == "");
  y.sum().backward();
  CHECK(mismatch(x.grad(), x.shape(), std::vector<double>(20, 0.0)) == "");
  for (const double p : {-0.1, 1.1, std::nan("")}) {
    CHECK(wrong_error<ValueError>([p] { nn::Dropout{p}; }, {"Dropout", "[0, 1]"}) == "");
  }
}

TEST_CASE("MaxPool2d") {
  const Tensor x = counting({1, 1, 4, 5}, float32);
  CHECK(mismatch(nn::MaxPool2d(2)(x), {1, 1, 2, 2}, {6, 8, 16, 18}) == "");
  CHECK(mismatch(nn::MaxPool2d(2, {.ceil_mode = true})(x), {1, 1, 2, 3}, {6, 8, 9, 16, 18, 19}) ==
        "");
  CHECK(mismatch(nn::MaxPool2d({3, 2}, {.stride = 1})(x[0]), {1, 2, 4},
                 {11, 12, 13, 14, 16, 17, 18, 19}) == "");
  CHECK(mismatch(nn::MaxPool2d(2, {.stride = {4, 2}, .dilation = {3, 2}})(x), {1, 1, 1, 2},
                 {17, 19}) == "");
  // Padding is minus infinity, not zero.
  CHECK(mismatch(nn::MaxPool2d(2, {.padding = 1})(neg(x) - 1), {1, 1, 3, 3},
                 {-1, -2, -4, -6, -7, -9, -16, -17, -19}) == "");
}

TEST_CASE("AvgPool2d") {
  const Tensor x = counting({1, 1, 4, 4}, float32);
  CHECK(mismatch(nn::AvgPool2d(2)(x), {1, 1, 2, 2}, {2.5, 4.5, 10.5, 12.5}) == "");
  CHECK(mismatch(nn::AvgPool2d(2, {.stride = 3, .padding = 1})(x[0]), {1, 2, 2},
                 {0, 1.25, 5, 12.5}) == "");
  CHECK(mismatch(nn::AvgPool2d(2, {.stride = 3, .padding = 1, .count_include_pad = false})(x),
                 {1, 1, 2, 2}, {0, 2.5, 10, 12.5}) == "");
}

TEST_CASE("AdaptiveAvgPool2d") {
  const Tensor x = counting({1, 2, 3, 4}, float32);
  CHECK(mismatch(nn::AdaptiveAvgPool2d(1)(x), {1, 2, 1, 1}, {5.5, 17.5}) == "");
  CHECK(mismatch(nn::AdaptiveAvgPool2d({3, 4})(x), x.shape(), x.to_vector<double>()) == "");
  // Windows that overlap: rows 0-1 and 1-2, columns 0-1, 1-2 and 2-3.
  CHECK(mismatch(nn::AdaptiveAvgPool2d({2, 3})(x[0].narrow(0, 0, 1)), {1, 2, 3},
                 {2.5, 3.5, 4.5, 6.5, 7.5, 8.5}) == "");
}

TEST_CASE("pooling: errors") {
  const Tensor x = zeros({1, 1, 4, 4});
  CHECK(wrong_error<ValueError>([&] { nn::MaxPool2d(2, {.padding = 2})(x); },
                                {"max_pool2d", "padding", "2"}) == "");
  CHECK(wrong_error<ValueError>([&] { nn::MaxPool2d(0)(x); }, {"max_pool2d", "kernel"}) == "");
  CHECK(wrong_error<ValueError>([&] { nn::AvgPool2d(2, {.stride = 0})(x); },
                                {"avg_pool2d", "stride"}) == "");
  CHECK(wrong_error<ValueError>([&] { nn::AvgPool2d(3, {.padding = 2})(x); },
                                {"avg_pool2d", "padding", "2"}) == "");
  CHECK(wrong_error<ShapeError>([&] { nn::MaxPool2d(5)(x); }, {"max_pool2d", "5", "4"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              nn::AvgPool2d(2)(zeros({4, 4}));
            },
            {"avg_pool2d", "(C, H, W)", "[4, 4]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { nn::AdaptiveAvgPool2d(2)(zeros({4})); },
                                {"adaptive_avg_pool2d", "[4]"}) == "");
  CHECK_THROWS_AS(nn::AdaptiveAvgPool2d(-1)(x), ValueError);
  CHECK_THROWS_AS(nn::AvgPool2d(2)(zeros({1, 1, 4, 4}, {.dtype = int64})), DTypeError);
}

TEST_CASE("pooling: gradients") {
  // All values differ by more than the step of the differences, so that maxima stay where they are.
  const Tensor x = (counting({2, 1, 4, 5}) * 7).requires_grad_();
  const auto check = [&](nn::Module&& layer) {
    INFO(layer.str());
    const Shape shape = layer(x).shape();
    const Tensor weights = pattern(shape, float64, 4);
    CHECK(autograd::gradcheck([&](const std::vector<Tensor>& v) { return layer(v[0]) * weights; },
                              {x}));
  };
  check(nn::MaxPool2d({2, 3}, {.stride = 1, .padding = {1, 0}}));
  check(
      nn::AvgPool2d(3, {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}));
  check(nn::AvgPool2d(2, {.padding = 1}));
  check(nn::AdaptiveAvgPool2d({3, 2}));
}

TEST_CASE("Flatten and Identity") {
  const Tensor x = counting({2, 3, 4, 5}, float32);
  CHECK(nn::Flatten()(x).shape() == Shape{2, 60});
  CHECK(nn::Flatten(0)(x).shape() == Shape{120});
  CHECK(nn::Flatten(1, 2)(x).shape() == Shape{2, 12, 5});
  CHECK(nn::Flatten(-2)(x).shape() == Shape{2, 3, 20});
  CHECK(mismatch(nn::Flatten()(x), {2, 60}, x.to_vector<double>()) == "");
  CHECK_THROWS_AS(nn::Flatten(4)(x), IndexError);
  CHECK(nn::Identity()(x).is_same(x));
}

}  // namespace
