// Losses and distances: values that are special. The others are in tests/operations/.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;
using F::Reduction;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

Tensor leaf(const Shape& shape, uint64_t seed = 1) {
  return pattern(shape, float64, seed).requires_grad_();
}

TEST_CASE("cross_entropy and nll_loss: the mean of no target is NaN, the sum 0") {
  const Tensor x = leaf({2, 3});
  const Tensor ignored = tensor({-100, -100});
  CHECK(mismatch(F::cross_entropy(x, ignored), {}, {nan_value}) == "");
  CHECK(mismatch(F::nll_loss(x, ignored), {}, {nan_value}) == "");
  CHECK(mismatch(F::nll_loss(x, ignored, {.reduction = Reduction::sum}), {}, {0}) == "");
  CHECK(mismatch(F::nll_loss(x, ignored, {.reduction = Reduction::none}), {2}, {0, 0}) == "");
  CHECK(mismatch(F::nll_loss(x, tensor({0, 1}), {.weight = zeros({3}, {.dtype = float64})}), {},
                 {nan_value}) == "");
  const Tensor none = zeros({0}, {.dtype = int64});
  CHECK(mismatch(F::cross_entropy(zeros({0, 3}), none), {}, {nan_value}) == "");
  CHECK(mismatch(F::cross_entropy(zeros({0, 3}), zeros({0, 3})), {}, {nan_value}) == "");
  CHECK(F::cross_entropy(zeros({0, 3}), none, {.reduction = Reduction::none}).shape() == Shape{0});
}

TEST_CASE("nll_loss: what is ignored may be NaN, and may be a class") {
  const Tensor x = tensor({{nan_value, nan_value}, {-1.0, -2.0}}).requires_grad_();
  const Tensor loss = F::nll_loss(x, tensor({0, 1}), {.ignore_index = 0});
  CHECK(mismatch(loss, {}, {2}) == "");
  loss.backward();
  CHECK(mismatch(x.grad(), {2, 2}, {0, 0, 0, -1}) == "");
}

TEST_CASE("losses: shapes alone") {
  const Tensor x = zeros({4, 3}, {.device = meta});
  const Tensor classes = zeros({4}, {.dtype = int64, .device = meta});
  CHECK(F::cross_entropy(x, classes, {.reduction = Reduction::none}).shape() == Shape{4});
  CHECK(F::binary_cross_entropy(x, x).shape() == Shape{});
  CHECK(F::binary_cross_entropy_with_logits(x, x, {.reduction = Reduction::none}).shape() ==
        Shape{4, 3});
  CHECK(F::normalize(x).shape() == Shape{4, 3});
}

TEST_CASE("binary_cross_entropy: certain and wrong costs 100, and has a gradient") {
  const Tensor x = tensor({0.0, 1.0, 0.0, 1.0}, {.dtype = float64}).requires_grad_();
  const Tensor target = tensor({1.0, 0.0, 0.0, 1.0}, {.dtype = float64});
  const Tensor loss = F::binary_cross_entropy(x, target, {.reduction = Reduction::none});
  CHECK(mismatch(loss, {4}, {100, 100, 0, 0}) == "");
  loss.sum().backward();
  CHECK(mismatch(x.grad() * 1e-12, {4}, {-1, 1, 0, 0}, 1e-8) == "");
  CHECK(mismatch(F::binary_cross_entropy(tensor({nan_value}), ones({1})), {}, {nan_value}) == "");
}

TEST_CASE("binary_cross_entropy_with_logits: exact far out") {
  const Tensor x = tensor({-1000.0, 1000.0, 40.0}, {.dtype = float64});
  CHECK(
      mismatch(F::binary_cross_entropy_with_logits(x, ones_like(x), {.reduction = Reduction::none}),
               {3}, {1000, 0, std::exp(-40.0)}, 1e-30) == "");
}

TEST_CASE("differences that are infinite or zero") {
  const Tensor x = tensor({inf, -inf, 0.0}, {.dtype = float64}).requires_grad_();
  const Tensor loss = F::huber_loss(x, zeros_like(x), {.reduction = Reduction::sum, .delta = 2});
  CHECK(mismatch(loss, {}, {inf}) == "");
  loss.backward();
  CHECK(mismatch(x.grad(), {3}, {2, -2, 0}) == "");
  const Tensor same = tensor({1.0, 2.0}).requires_grad_();
  F::pairwise_distance(same, same.detach(), {.eps = 0}).backward();
  CHECK(mismatch(same.grad(), {2}, {0, 0}) == "");
  const Tensor origin = zeros({2, 3}).requires_grad_();
  F::normalize(origin).sum().backward();
  // x / eps near the origin.
  CHECK(mismatch(origin.grad() * 1e-12, {2, 3}, {1, 1, 1, 1, 1, 1}, 1e-5) == "");
}

TEST_CASE("kl_div: 0 * log(0) is 0") {
  const Tensor target = tensor({0.0, 1.0});
  CHECK(mismatch(F::kl_div(tensor({-5.0, 0.0}), target, {.reduction = F::KlDivReduction::sum}), {},
                 {0}) == "");
}

}  // namespace
