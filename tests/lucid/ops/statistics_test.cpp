// Reductions beyond sums: std, norm, logsumexp, amax, amin, all, any.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST_CASE("std is the root of var") {
  const Tensor x = pattern({3, 4, 5});
  for (const Dims& dims : {Dims{}, Dims{1}, Dims{0, -1}}) {
    for (int64_t correction : {0, 1, 2}) {
      CHECK(equal(lucid::std(x, dims, correction, true), sqrt(var(x, dims, correction, true))));
    }
  }
  CHECK(mismatch(lucid::std(tensor({1.0, 3.0}), {}, 0), {}, {1}) == "");
  CHECK(mismatch(lucid::std(tensor({5.0})), {}, {nan}) == "");
  CHECK(mismatch(lucid::std(zeros({2, 0}), 1), {2}, {nan, nan}) == "");
  const Tensor same = full({3}, 2.0, {.requires_grad = true});
  lucid::std(same).backward();
  CHECK(mismatch(same.grad(), {3}, {0, 0, 0}) == "");
  CHECK(wrong_error<DTypeError>([] { lucid::std(tensor({1, 2})); }, {"std", "int64"}) == "");
}

TEST_CASE("norm for every p") {
  const Tensor x = tensor({{3.0, -4.0}, {0.0, -2.0}});
  CHECK(mismatch(norm(x, 2, 1), float32, {2}, {5, 2}) == "");
  CHECK(mismatch(norm(x, 1, 1, true), {2, 1}, {7, 2}) == "");
  CHECK(mismatch(norm(x, 0, 1), {2}, {2, 1}) == "");
  CHECK(mismatch(norm(x, inf), {}, {4}) == "");
  CHECK(mismatch(norm(x, -inf, 0), {2}, {0, 2}) == "");
  CHECK(mismatch(norm(x, 3, {0, 1}), {}, {std::cbrt(27 + 64 + 8)}, 1e-6) == "");
  CHECK(mismatch(norm(x, 0.5, 1), {2}, {std::pow(std::sqrt(3) + 2, 2), 2}, 1e-5) == "");
  CHECK(mismatch(norm(x, -1, 1), {2}, {1 / (1.0 / 3 + 0.25), 0}, 1e-6) == "");
  CHECK(mismatch(norm(zeros({2, 0}), 2, 1), {2}, {0, 0}) == "");
  CHECK(mismatch(norm(tensor({nan, 1.0})), {}, {nan}) == "");
  CHECK(mismatch(norm(tensor({inf, 1.0})), {}, {inf}) == "");
  CHECK(mismatch(norm(tensor(-3.0)), {}, {3}) == "");
  CHECK(wrong_error<DTypeError>([] { norm(tensor({3, 4})); }, {"norm", "int64", "to()"}) == "");
  CHECK(wrong_error<ShapeError>([] { norm(zeros({0}), inf); }, {"norm", "size 0"}) == "");
  CHECK(wrong_error<IndexError>([&] { norm(x, 2, 2); }, {"dim 2"}) == "");
}

TEST_CASE("norm: the gradient at zero is zero, and so is the second") {
  for (const double p : {0.5, 1.0, 1.5, 2.0, 3.0, inf}) {
    CAPTURE(p);
    const Tensor x = zeros({3}, {.dtype = float64, .requires_grad = true});
    norm(x, p).backward({}, false, true);
    CHECK(mismatch(x.grad(), {3}, {0, 0, 0}) == "");
    const Tensor first = x.grad();
    x.set_grad({});
    if (first.requires_grad()) first.sum().backward();
    if (x.grad().defined()) CHECK(mismatch(x.grad(), {3}, {0, 0, 0}) == "");
  }
}

TEST_CASE("amax and amin over several dims, of every type") {
  for (DType dtype : {uint8, int32, int64, float32, float64}) {
    const Tensor x = counting({2, 3, 4}, dtype).permute({2, 0, 1});
    CHECK(mismatch(amax(x), dtype, {}, {23}) == "");
    CHECK(mismatch(amin(x), dtype, {}, {0}) == "");
    CHECK(mismatch(amax(x, {0, 2}), dtype, {2}, {11, 23}) == "");
    CHECK(mismatch(amin(x, {-1, -2}, true), dtype, {4, 1, 1}, {0, 1, 2, 3}) == "");
    CHECK(mismatch(amax(x, 1), dtype, {4, 3}, amax(x, 1, true).to_vector<double>()) == "");
  }
  CHECK(mismatch(amax(tensor({{true, false}, {false, false}}), 1), bool_, {2}, {1, 0}) == "");
  CHECK(mismatch(amax(tensor({{1.0, nan}, {2.0, 3.0}}), 1), {2}, {nan, 3}) == "");
  CHECK(mismatch(amin(tensor(4.0)), {}, {4}) == "");
  CHECK(amax(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(amin(zeros({2, 3}, {.device = meta}), {0, 1}, true).shape() == Shape{1, 1});
  CHECK(wrong_error<ShapeError>(
            [] {
              amax(zeros({2, 0}), 1);
            },
            {"amax", "[2, 0]", "size 0"}) == "");
  CHECK(wrong_error<ShapeError>([] { amin(zeros({0})); }, {"amin", "size 0"}) == "");
  CHECK(wrong_error<ValueError>([] { amax(zeros({2, 3}), {1, -1}); }, {"amax", "twice"}) == "");
}

TEST_CASE("extremes: equal values share the gradient, along a dimension the first has it") {
  const auto grad_of = [](const auto& function) {
    const Tensor x = tensor({2.0, 5.0, 5.0, 5.0, 5.0}, {.requires_grad = true});
    function(x).backward();
    return x.grad();
  };
  const std::vector<double> shared{0, 0.25, 0.25, 0.25, 0.25};
  CHECK(mismatch(grad_of([](const Tensor& x) { return amax(x); }), {5}, shared) == "");
  CHECK(mismatch(grad_of([](const Tensor& x) { return max(x); }), {5}, shared) == "");
  CHECK(mismatch(grad_of([](const Tensor& x) { return neg(amin(neg(x))); }), {5}, shared) == "");
  CHECK(mismatch(grad_of([](const Tensor& x) { return max(x, 0).values; }), {5}, {0, 1, 0, 0, 0}) ==
        "");
}

}  // namespace
}  // namespace lucid::test
