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

}  // namespace
}  // namespace lucid::test
