// Running sums and products, and products over dimensions.
#include "autograd/functions/scan.h"

#include <doctest/doctest.h>

#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "lucid/parallel.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST_CASE("cumsum and cumprod along every dimension") {
  const Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  CHECK(mismatch(cumsum(x, 0), float32, {2, 3}, {1, 2, 3, 5, 7, 9}) == "");
  CHECK(mismatch(cumsum(x, -1), float32, {2, 3}, {1, 3, 6, 4, 9, 15}) == "");
  CHECK(mismatch(cumprod(x, -2), float32, {2, 3}, {1, 2, 3, 4, 10, 18}) == "");
  CHECK(mismatch(cumprod(x, 1), float32, {2, 3}, {1, 2, 6, 4, 20, 120}) == "");
  CHECK(mismatch(cumprod(x.t(), 0), float32, {3, 2}, {1, 4, 2, 20, 6, 120}) == "");
  CHECK(mismatch(cumsum(x.slice(1, 0, 3, 2), 1), {2, 2}, {1, 4, 4, 10}) == "");
  CHECK(mismatch(cumprod(tensor({2.0, inf, 0.0, 1.0}), 0), {4}, {2, inf, nan, nan}) == "");
  CHECK(mismatch(cumsum(tensor({1.0, nan, 2.0}), 0), {3}, {1, nan, nan}) == "");
  CHECK(mismatch(cumsum(tensor({inf, 1.0, -inf}), 0), {3}, {inf, inf, nan}) == "");
}

TEST_CASE("cumsum, cumprod and prod of integers and bools are int64") {
  CHECK(mismatch(cumsum(tensor({true, true, false, true}), 0), int64, {4}, {1, 2, 2, 3}) == "");
  CHECK(mismatch(cumsum(tensor({200, 100}, {.dtype = uint8}), 0), int64, {2}, {200, 300}) == "");
  CHECK(mismatch(cumprod(tensor({2, -3, 4}, {.dtype = int32}), 0), int64, {3}, {2, -6, -24}) == "");
  CHECK(mismatch(prod(tensor({true, false})), int64, {}, {0}) == "");
  CHECK(mismatch(prod(tensor({{2, 3}, {4, 5}}), 1), int64, {2}, {6, 20}) == "");
  // Beyond 63 bits it wraps around, as all integers do.
  CHECK(prod(full({63}, 2)).item<int64_t>() == INT64_MIN);
}

TEST_CASE("prod over any dims") {
  const Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}, {.dtype = float64});
  CHECK(mismatch(prod(x), float64, {}, {720}) == "");
  CHECK(mismatch(prod(x, 0), {3}, {4, 10, 18}) == "");
  CHECK(mismatch(prod(x, -1, true), {2, 1}, {6, 120}) == "");
  CHECK(mismatch(prod(x.reshape({2, 1, 3}), {0, 2}), {1}, {720}) == "");
  CHECK(mismatch(prod(x.reshape({3, 1, 2}).permute({2, 0, 1}), {0, 2}), {3}, {2, 12, 30}) == "");
  CHECK(mismatch(prod(zeros({2, 0}), 1), {2}, {1, 1}) == "");
  CHECK(mismatch(prod(zeros({0})), {}, {1}) == "");
  CHECK(prod(zeros({0, 2}), 1).shape() == Shape{0});
  CHECK(mismatch(prod(tensor(3.0)), {}, {3}) == "");
  CHECK(prod(zeros({2, 3}, {.device = meta}), 0, true).shape() == Shape{1, 3});
  // On the way a product may be larger than a float.
  CHECK(mismatch(prod(tensor({1e30, 1e30, 1e-30})), float32, {}, {1e30}, 1e24) == "");
}

TEST_CASE("linear_recurrence in both directions") {
  const Tensor factors = tensor({{0.5, 2.0, 3.0}});
  const Tensor terms = tensor({{1.0, 10.0, 100.0}});
  CHECK(mismatch(linear_recurrence(factors, terms, 1), {1, 3}, {1, 12, 136}) == "");
  CHECK(mismatch(linear_recurrence(factors, terms, -1, true), {1, 3}, {106, 210, 100}) == "");
  CHECK(mismatch(linear_recurrence(factors, terms, 0), {1, 3}, {1, 10, 100}) == "");
  CHECK(linear_recurrence(zeros({0, 2}), zeros({0, 2}), 0).shape() == Shape{0, 2});
  const Tensor two = zeros({2});
  CHECK(wrong_error<ShapeError>([&] { linear_recurrence(two, zeros({3}), 0); },
                                {"linear_recurrence", "factors", "[3]", "[2]"}) == "");
  CHECK(wrong_error<DTypeError>([&] { linear_recurrence(two, two.to(float64), 0); },
                                {"linear_recurrence", "float32", "float64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { linear_recurrence(two.to(int64), two.to(int64), 0); },
                                {"linear_recurrence", "int64"}) == "");
}

TEST_CASE("running sums do not depend on the number of threads") {
  const Tensor x = pattern({64, 700}, float32);
  const int before = get_num_threads();
  set_num_threads(1);
  const Tensor rows = cumsum(x, 1);
  const Tensor columns = cumsum(x, 0);
  set_num_threads(3);
  CHECK(equal(cumsum(x, 1), rows));
  CHECK(equal(cumsum(x, 0), columns));
  set_num_threads(before);
}

}  // namespace
}  // namespace lucid::test
