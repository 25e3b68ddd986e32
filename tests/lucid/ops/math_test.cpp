// Functions of one tensor, element by element, and the activations.
#include "autograd/functions/math.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

// 0.05 to 8 in irregular steps, long enough for whole and partial vector registers.
Tensor positive(DType dtype) {
  return ((pattern({37}, float64, 5) + 1.05) * (counting({37}) / 9) + 0.05).to(dtype);
}

void check_function(Tensor (*f)(const Tensor&), double (*expected)(double), bool signed_values) {
  for (DType dtype : {float32, float64}) {
    const double relative = dtype == float32 ? 4e-7 : 1e-15;
    Tensor x = positive(dtype);
    if (signed_values)
      x = x.mul(tensor({1.0, -1.0}).to(dtype).expand({19, 2}).reshape({38}).narrow(0, 0, 37));
    const std::vector<double> in = x.to_vector<double>();
    const std::vector<double> out = f(x).to_vector<double>();
    for (size_t i = 0; i < in.size(); ++i) {
      const double e = expected(in[i]);
      CAPTURE(in[i]);
      CHECK(std::abs(out[i] - e) <=
            3 * relative * std::max(std::abs(e), std::abs(in[i]) * std::abs(e)));
    }
    CHECK(equal(f(x.unsqueeze(1).expand({37, 3}).t())[1], f(x)));  // any layout
    CHECK(f(x.narrow(0, 3, 0)).shape() == Shape{0});
    CHECK(f(x[4]).item<double>() == doctest::Approx(expected(in[4])));
  }
}

TEST_CASE("math: values beside the C library's") {
  check_function(
      exp, [](double x) { return std::exp(x); }, true);
  check_function(
      log, [](double x) { return std::log(x); }, false);
  check_function(
      sqrt, [](double x) { return std::sqrt(x); }, false);
  check_function(
      rsqrt, [](double x) { return 1 / std::sqrt(x); }, false);
  check_function(
      reciprocal, [](double x) { return 1 / x; }, true);
  check_function(
      tanh, [](double x) { return std::tanh(x); }, true);
  check_function(
      sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, true);
  check_function(
      neg, [](double x) { return -x; }, true);
  check_function(
      abs, [](double x) { return std::abs(x); }, true);
  check_function(
      square, [](double x) { return x * x; }, true);
  check_function(
      relu, [](double x) { return x > 0 ? x : 0; }, true);
  check_function(
      sign, [](double x) { return x > 0   ? 1.0
                                  : x < 0 ? -1.0
                                          : 0.0; }, true);
}

TEST_CASE("math: sine and cosine, also of large arguments") {
  for (DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 2e-7 : 1e-15;
    const Tensor x = tensor({0.0, 0.5, -1.0, 3.14159, -7.0, 50.0, 1000.0, -12345.0, 1e5}).to(dtype);
    const Tensor sine = sin(x);
    const Tensor cosine = cos(x);
    for (int64_t i = 0; i < x.numel(); ++i) {
      const double v = x[i].item<double>();
      CAPTURE(v);
      CHECK(std::abs(sine[i].item<double>() - std::sin(v)) <= tolerance);
      CHECK(std::abs(cosine[i].item<double>() - std::cos(v)) <= tolerance);
    }
  }
}

TEST_CASE("math: the edges of the number line") {
  for (DType dtype : {float32, float64}) {
    // Twice: as a short tensor, and repeated through whole vector registers.
    for (int64_t repeat : {1, 16}) {
      const auto edges = [&](Tensor (*f)(const Tensor&)) {
        const Tensor x = tensor({0.0, inf, -inf, nan, -1.0, 1000.0, -1000.0}).to(dtype);
        return f(x.unsqueeze(0).expand({repeat, 7}).contiguous())[repeat - 1];
      };
      CHECK(mismatch(edges(exp), {7}, {1, inf, 0, nan, std::exp(-1), inf, 0}, 1e-7) == "");
      CHECK(mismatch(edges(log), {7}, {-inf, inf, nan, nan, nan, std::log(1000), nan}, 1e-6) == "");
      CHECK(mismatch(edges(sqrt), {7}, {0, inf, nan, nan, nan, std::sqrt(1000), nan}, 1e-5) == "");
      CHECK(mismatch(edges(rsqrt), {7}, {inf, 0, nan, nan, nan, 1 / std::sqrt(1000), nan}, 1e-8) ==
            "");
      CHECK(mismatch(edges(reciprocal), {7}, {inf, 0, 0, nan, -1, 0.001, -0.001}, 1e-9) == "");
      CHECK(mismatch(edges(tanh), {7}, {0, 1, -1, nan, std::tanh(-1), 1, -1}, 1e-7) == "");
      CHECK(mismatch(edges(sigmoid), {7}, {0.5, 1, 0, nan, 1 / (1 + std::exp(1)), 1, 0}, 1e-7) ==
            "");
      CHECK(mismatch(edges(relu), {7}, {0, inf, 0, nan, 0, 1000, 0}) == "");
      CHECK(mismatch(edges(abs), {7}, {0, inf, inf, nan, 1, 1000, 1000}) == "");
      CHECK(mismatch(edges(square), {7}, {0, inf, inf, nan, 1, 1e6, 1e6}) == "");
    }
  }
}

TEST_CASE("math: integers stay integers where they can") {
  const Tensor x = tensor({-3, 0, 4});
  CHECK(mismatch(-x, int64, {3}, {3, 0, -4}) == "");
  CHECK(mismatch(abs(x), int64, {3}, {3, 0, 4}) == "");
  CHECK(mismatch(sign(x), int64, {3}, {-1, 0, 1}) == "");
  CHECK(mismatch(square(x), int64, {3}, {9, 0, 16}) == "");
  CHECK(mismatch(relu(x), int64, {3}, {0, 0, 4}) == "");
  CHECK(mismatch(abs(tensor({7, 200}, {.dtype = uint8})), uint8, {2}, {7, 200}) == "");
  CHECK(mismatch(sqrt(tensor({4, 9})), float32, {2}, {2, 3}) == "");
  CHECK(mismatch(exp(tensor({true, false})), float32, {2}, {std::exp(1.0), 1}, 1e-6) == "");
}

TEST_CASE("floor, ceil and round") {
  const Tensor x = tensor({-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.51, nan, inf, -inf});
  CHECK(mismatch(round(x), float32, {10}, {-2, -2, 0, 0, 2, 2, 3, nan, inf, -inf}) == "");
  CHECK(mismatch(floor(x), float32, {10}, {-3, -2, -1, 0, 1, 2, 2, nan, inf, -inf}) == "");
  CHECK(mismatch(ceil(x), float32, {10}, {-2, -1, 0, 1, 2, 3, 3, nan, inf, -inf}) == "");
  const Tensor integers = tensor({-3, 0, 4});
  for (Tensor (*f)(const Tensor&) : {floor, ceil, round}) {
    const Tensor y = f(integers);
    CHECK(mismatch(y, int64, {3}, {-3, 0, 4}) == "");
    CHECK_FALSE(y.is_same(integers));  // a tensor of its own
    CHECK(f(zeros({0, 3})).shape() == Shape{0, 3});
    CHECK(f(zeros({2, 3}, {.device = meta})).is_meta());
  }
}

TEST_CASE("functions near the edges of what a float holds") {
  const Tensor tiny = tensor({1e-20, -1e-20, -1.0, -2.0}, {.dtype = float64});
  CHECK(mismatch(expm1(tiny * tensor({1.0, 1.0, 200.0, 0.0})), {4}, {1e-20, -1e-20, -1, 0}) == "");
  CHECK(mismatch(log1p(tiny), {4}, {1e-20, -1e-20, -inf, nan}) == "");
  CHECK(erfc(tensor(20.0, {.dtype = float64})).item<double>() == doctest::Approx(5.3958656e-176));
  CHECK(mismatch(log2(tensor({8, 1})), float32, {2}, {3, 0}) == "");
  CHECK(mismatch(log10(tensor({1000, 1})), float32, {2}, {3, 0}, 1e-6) == "");
  CHECK(mismatch(asin(tensor({1.5, -1.0})), {2}, {nan, -std::acos(0.0)}, 1e-6) == "");
}

TEST_CASE("isnan, isinf, isfinite") {
  const Tensor x = tensor({1.0, nan, inf, -inf, 0.0});
  CHECK(mismatch(isnan(x), bool_, {5}, {0, 1, 0, 0, 0}) == "");
  CHECK(mismatch(isinf(x), bool_, {5}, {0, 0, 1, 1, 0}) == "");
  CHECK(mismatch(isfinite(x), bool_, {5}, {1, 0, 0, 0, 1}) == "");
  for (DType dtype : {bool_, uint8, int32, int64}) {
    const Tensor exact = tensor({1, 0}).to(dtype);
    CHECK(mismatch(isnan(exact), bool_, {2}, {0, 0}) == "");
    CHECK(mismatch(isinf(exact), bool_, {2}, {0, 0}) == "");
    CHECK(mismatch(isfinite(exact), bool_, {2}, {1, 1}) == "");
  }
  CHECK(isnan(zeros({0, 2})).shape() == Shape{0, 2});
}

TEST_CASE("softmax and log_softmax along any dimension") {
  for (DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 1e-6 : 1e-14;
    const Tensor x = pattern({3, 20, 5}, dtype) * 4;
    for (int64_t dim : {0, 1, 2, -1, -3}) {
      const Tensor y = softmax(x, dim);
      const Tensor direct = exp(x) / exp(x).sum(dim, true);
      CHECK(y.dtype() == dtype);
      CHECK(mismatch(y, x.shape(), direct.to_vector<double>(), tolerance) == "");
      CHECK(mismatch(log_softmax(x, dim), x.shape(), log(direct).to_vector<double>(),
                     8 * tolerance) == "");
      CHECK(mismatch(softmax(x.transpose(0, 2), dim), {5, 20, 3},
                     softmax(x.transpose(0, 2).contiguous(), dim).to_vector<double>()) == "");
    }
  }
  CHECK(mismatch(softmax(tensor(3.0), 0), {}, {1}) == "");
  CHECK(mismatch(log_softmax(tensor({3.0}), 0), {1}, {0}) == "");
  CHECK(softmax(zeros({0, 3}), 0).shape() == Shape{0, 3});
  CHECK(softmax(zeros({3, 0}), 1).shape() == Shape{3, 0});
}

TEST_CASE("softmax and log_softmax: extreme values neither overflow nor vanish") {
  for (DType dtype : {float32, float64}) {
    for (int64_t copies : {1, 11}) {
      const auto rows = [&](std::initializer_list<double> values) {
        const auto n = static_cast<int64_t>(values.size());
        return tensor(std::vector<double>(values)).to(dtype).expand({copies, n}).contiguous();
      };
      CHECK(mismatch(softmax(rows({1e30, 0, -1e30}), 1)[0], {3}, {1, 0, 0}) == "");
      CHECK(mismatch(softmax(rows({1000, 1000}), 1)[0], {2}, {0.5, 0.5}) == "");
      CHECK(mismatch(softmax(rows({-1000, -1000, -1000, -1000}), 1)[0], {4},
                     {0.25, 0.25, 0.25, 0.25}) == "");
      CHECK(mismatch(softmax(rows({0, -inf}), 1)[0], {2}, {1, 0}) == "");
      CHECK(mismatch(softmax(rows({-inf, -inf}), 1)[0], {2}, {nan, nan}) == "");
      CHECK(mismatch(softmax(rows({1, nan, 2}), 1)[0], {3}, {nan, nan, nan}) == "");
      CHECK(mismatch(log_softmax(rows({0, 1000}), 1)[0], {2}, {-1000, 0}) == "");
      CHECK(mismatch(log_softmax(rows({0, -inf}), 1)[0], {2}, {0, -inf}) == "");
      CHECK(mismatch(log_softmax(rows({-1000, -1000}), 1)[0], {2}, {-std::log(2), -std::log(2)},
                     1e-4) == "");
      // More exact than the logarithm of the result, which is 0 here.
      const double tiny = log_softmax(rows({0, -200}), 1).at<double>({0, 1});
      CHECK(tiny == doctest::Approx(-200));
    }
  }
}

TEST_CASE("softmax: what it refuses") {
  CHECK(wrong_error<IndexError>([] { softmax(zeros({2, 3}), 2); }, {"softmax", "dim 2"}) == "");
  CHECK(wrong_error<DTypeError>([] { softmax(tensor({1, 2}), 0); }, {"softmax", "int64"}) == "");
  CHECK(wrong_error<DTypeError>(
            [] {
              log_softmax(tensor({1, 2}), 0);
            },
            {"log_softmax", "int64"}) == "");
  CHECK(wrong_error<IndexError>(
            [] {
              log_softmax(zeros({2, 3}), -3);
            },
            {"log_softmax", "dim -3"}) == "");
}

}  // namespace
}  // namespace lucid::test
