// Dropout.
#include "autograd/functions/dropout.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("dropout: the share of zeros, the scale of the rest") {
  for (DType dtype : {float32, float64}) {
    for (double p : {0.1, 0.5, 0.9}) {
      Generator generator(7);
      constexpr int64_t n = 100000;
      const Tensor y = dropout(ones({n}, {.dtype = dtype}), p, true, generator);
      CHECK(y.dtype() == dtype);
      const double share = (y == 0).to(float64).mean().item<double>();
      CHECK(std::abs(share - p) < 5 * std::sqrt(p * (1 - p) / n));
      CHECK(all(where(y == 0, true, abs(y - 1 / (1 - p)) < 1e-5)));
      CHECK(std::abs(y.to(float64).mean().item<double>() - 1) < 5 * std::sqrt(p / (1 - p) / n));
    }
  }
}

TEST_CASE("dropout: draws what rand() draws") {
  for (DType dtype : {float32, float64}) {
    const Tensor x = pattern({7, 123}, dtype);
    Generator a(9), b(9);
    const Tensor kept = (rand({7, 123}, a, {.dtype = dtype}) >= 0.25).to(dtype) * (1 / 0.75);
    CHECK(equal(dropout(x, 0.25, true, b), x * kept));
    CHECK(a.position() == b.position());
    CHECK(equal(dropout(x.transpose(0, 1), 0.25, true, a),
                x.transpose(0, 1) *
                    ((rand({123, 7}, b, {.dtype = dtype}) >= 0.25).to(dtype) * (1 / 0.75))));
  }
}

TEST_CASE("dropout: seeds, evaluation and the ends of its range") {
  const Tensor x = pattern({1000}, float32) + 2;
  Generator a(1);
  Generator b(1);
  Generator c(2);
  const Tensor first = dropout(x, 0.5, true, a);
  CHECK(equal(first, dropout(x, 0.5, true, b)));
  CHECK_FALSE(equal(first, dropout(x, 0.5, true, a)));
  CHECK_FALSE(equal(first, dropout(x, 0.5, true, c)));
  manual_seed(3);
  const Tensor seeded = dropout(x);
  manual_seed(3);
  CHECK(equal(seeded, dropout(x, 0.5)));
  CHECK(dropout(x, 0.5, false).is_same(x));
  CHECK(equal(dropout(x, 0), x));
  CHECK(equal(dropout(x, 1), zeros({1000})));
  CHECK(dropout(zeros({2, 3}, {.device = meta})).is_meta());
  CHECK(wrong_error<ValueError>([&] { dropout(x, -0.1); }, {"dropout", "-0.1", "[0, 1]"}) == "");
  CHECK(wrong_error<ValueError>([&] { dropout(x, 1.5); }, {"dropout", "1.5"}) == "");
  CHECK(wrong_error<ValueError>([&] { dropout(x, std::nan("")); }, {"dropout", "nan"}) == "");
  CHECK(wrong_error<DTypeError>([] { dropout(tensor({1, 2})); }, {"dropout", "int64"}) == "");
}

// The greatest number of different values in a channel, and the share of channels that are zero.
void check_channels(const Tensor& y, const Shape& channels, double p) {
  const Tensor rows = y.reshape({channels.numel(), -1});
  CHECK(equal(rows.max(1).values, rows.min(1).values));
  const double share = (rows.max(1).values == 0).to(float64).mean().item<double>();
  CHECK(std::abs(share - p) < 5 * std::sqrt(p * (1 - p) / static_cast<double>(channels.numel())));
  CHECK(all(where(rows == 0, true, abs(rows - 1 / (1 - p)) < 1e-5)));
}

TEST_CASE("dropout of channels: each is zero, or scaled, as a whole") {
  Generator generator(3);
  constexpr double p = 0.3;
  const Shape batch{40, 50};
  check_channels(dropout1d(ones({40, 50, 3}), p, true, generator), batch, p);
  check_channels(dropout2d(ones({40, 50, 3, 2}), p, true, generator), batch, p);
  check_channels(dropout3d(ones({40, 50, 1, 3, 2}), p, true, generator), batch, p);
  // One example without a batch; but (N, C, L) for dropout2d.
  check_channels(dropout1d(ones({2000, 3}), p, true, generator), {2000}, p);
  check_channels(dropout3d(ones({2000, 2, 3, 2}), p, true, generator), {2000}, p);
  check_channels(dropout2d(ones({40, 50, 3}), p, true, generator), batch, p);
}

TEST_CASE("dropout of channels: evaluation, the ends of its range, errors") {
  const Tensor x = pattern({2, 3, 4, 5}, float32) + 2;
  CHECK(dropout2d(x, 0.5, false).is_same(x));
  CHECK(equal(dropout2d(x, 0), x));
  CHECK(equal(dropout2d(x, 1), zeros_like(x)));
  CHECK(dropout2d(zeros({2, 3, 4, 5}, {.device = meta})).is_meta());
  CHECK(dropout3d(zeros({0, 3, 4, 5, 6})).shape() == Shape{0, 3, 4, 5, 6});
  CHECK(wrong_error<ShapeError>([&] { dropout1d(x); }, {"dropout1d", "3", "[2, 3, 4, 5]"}) == "");
  CHECK(wrong_error<ShapeError>([] { dropout2d(zeros({2, 3})); }, {"dropout2d", "[2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>([] { dropout3d(zeros({2, 3})); }, {"dropout3d", "[2, 3]"}) == "");
  CHECK(wrong_error<ValueError>([&] { dropout2d(x, 1.5); }, {"dropout2d", "1.5"}) == "");
  CHECK(wrong_error<DTypeError>([] { alpha_dropout(tensor({1})); }, {"alpha_dropout", "int64"}) ==
        "");
}

TEST_CASE("alpha_dropout: keeps mean 0 and variance 1") {
  Generator generator(5);
  constexpr int64_t n = 100000;
  const Tensor x = randn({n}, generator, {.dtype = float64});
  const Tensor y = alpha_dropout(x, 0.2, true, generator);
  CHECK(std::abs(y.mean().item<double>()) < 5 / std::sqrt(n));
  // The fourth moment is below 4.
  CHECK(std::abs(var(y).item<double>() - 1) < 5 * std::sqrt(3.0 / n));
  // What is dropped is one value.
  const double least = y.min().item<double>();
  const double a = 1 / std::sqrt((1.7580993408473766 * 1.7580993408473766 * 0.2 + 1) * 0.8);
  const double dropped = -1.7580993408473766 * a + 1.7580993408473766 * a * 0.2;
  const double share = (abs(y - dropped) < 1e-12).to(float64).mean().item<double>();
  CHECK(std::abs(share - 0.2) < 5 * std::sqrt(0.16 / n));
  CHECK(least < dropped);
  CHECK(alpha_dropout(x, 0.5, false).is_same(x));
  CHECK(equal(alpha_dropout(x, 1), zeros_like(x)));
}

}  // namespace
}  // namespace lucid::test
