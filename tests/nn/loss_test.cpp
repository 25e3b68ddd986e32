// Losses and distances: gradients, special values and errors. Values are PyTorch's
// (tests/golden/losses_golden_test.cpp).
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "autograd/gradcheck.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;
using F::Reduction;

namespace {

using Tensors = std::vector<Tensor>;
constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

// Uniform in (0.1, 0.9).
Tensor probabilities(const Shape& shape, uint64_t seed = 1) {
  return (pattern(shape, float64, seed) * 0.4 + 0.5).requires_grad_();
}

Tensor leaf(const Shape& shape, uint64_t seed = 1) {
  return pattern(shape, float64, seed).requires_grad_();
}

struct LossCase {
  const char* name;
  Tensors inputs;
  autograd::Function function;
};

std::vector<LossCase> class_cases() {
  const Tensor classes = tensor({{0, 2}, {-100, 1}});
  return {
      {"nll_loss: weight, ignored",
       {leaf({2, 3, 2}), probabilities({3})},
       [=](const Tensors& v) { return F::nll_loss(v[0], classes, {.weight = v[1]}); }},
      {"cross_entropy: weight, ignored, smooth",
       {leaf({2, 3, 2}), probabilities({3})},
       [=](const Tensors& v) {
         return F::cross_entropy(v[0], classes, {.weight = v[1], .label_smoothing = 0.2});
       }},
      {"cross_entropy: strided",
       {leaf({4, 3})},
       [](const Tensors& v) {
         return F::cross_entropy(v[0].t(), tensor({0, 3, 1}), {.reduction = Reduction::none});
       }},
      {"cross_entropy: probabilities",
       {leaf({2, 3, 2}), probabilities({2, 3, 2}, 2), probabilities({3}, 3)},
       [](const Tensors& v) {
         return F::cross_entropy(v[0], v[1], {.weight = v[2], .label_smoothing = 0.1});
       }},
  };
}

std::vector<LossCase> pair_cases() {
  const Tensors pair{leaf({3, 5}), leaf({3, 5}, 2)};
  return {
      {"l1_loss", pair, [](const Tensors& v) { return F::l1_loss(v[0], v[1]); }},
      {"smooth_l1_loss", pair,
       [](const Tensors& v) { return F::smooth_l1_loss(v[0], v[1], {.beta = 0.31}); }},
      {"huber_loss", pair,
       [](const Tensors& v) { return F::huber_loss(v[0].t(), v[1].t(), {.delta = 0.31}); }},
      {"binary_cross_entropy",
       {probabilities({3, 5}), probabilities({3, 5}, 2), probabilities({5}, 3)},
       [](const Tensors& v) { return F::binary_cross_entropy(v[0], v[1], {.weight = v[2]}); }},
      {"binary_cross_entropy_with_logits",
       {leaf({3, 5}), probabilities({3, 5}, 2), probabilities({5}, 3), probabilities({3, 1}, 4)},
       [](const Tensors& v) {
         return F::binary_cross_entropy_with_logits(v[0], v[1],
                                                    {.weight = v[2], .pos_weight = v[3]});
       }},
      {"kl_div: broadcast",
       {leaf({3, 5}), probabilities({5}, 2)},
       [](const Tensors& v) { return F::kl_div(v[0], v[1]); }},
      {"kl_div: log_target", pair,
       [](const Tensors& v) { return F::kl_div(v[0], v[1], {.log_target = true}); }},
      {"poisson_nll_loss", pair,
       [](const Tensors& v) { return F::poisson_nll_loss(v[0], v[1] * 3, {.full = true}); }},
      {"poisson_nll_loss: rates",
       {probabilities({3, 5}), leaf({5}, 2)},
       [](const Tensors& v) { return F::poisson_nll_loss(v[0], v[1], {.log_input = false}); }},
  };
}

std::vector<LossCase> distance_cases() {
  const Tensors pair{leaf({3, 5}), leaf({3, 5}, 2)};
  const Tensor signs = tensor({1, -1, -1});
  const auto triplet = [](double p, bool swap) {
    return [=](const Tensors& v) {
      return F::triplet_margin_loss(v[0], v[1], v[2], {.margin = 2, .p = p, .swap = swap});
    };
  };
  const Tensors three{leaf({3, 5}), leaf({3, 5}, 2), leaf({3, 5}, 3)};
  return {
      {"hinge_embedding_loss",
       {leaf({3, 5})},
       [=](const Tensors& v) {
         return F::hinge_embedding_loss(v[0], signs.unsqueeze(1), {.margin = 0.31});
       }},
      {"margin_ranking_loss", pair,
       [=](const Tensors& v) {
         return F::margin_ranking_loss(v[0], v[1], signs.unsqueeze(1), {.margin = 0.31});
       }},
      {"cosine_embedding_loss", pair,
       [=](const Tensors& v) { return F::cosine_embedding_loss(v[0], v[1], signs); }},
      {"triplet_margin_loss", three, triplet(2, true)},
      {"triplet_margin_loss: p = 3", three, triplet(3, false)},
      {"triplet_margin_loss: greatest difference", three, triplet(inf, false)},
      {"cosine_similarity",
       {leaf({3, 5}), leaf({5}, 2)},
       [](const Tensors& v) { return F::cosine_similarity(v[0], v[1], {.dim = -1}); }},
      {"pairwise_distance", pair,
       [](const Tensors& v) {
         return F::pairwise_distance(v[0], v[1], {.p = 1.5, .keepdim = true});
       }},
      {"normalize", {leaf({3, 5})}, [](const Tensors& v) { return F::normalize(v[0]); }},
      {"normalize: p = 1",
       {probabilities({3, 5})},  // and away from 0, where |x| has no derivative
       [](const Tensors& v) { return F::normalize(v[0].t() - 0.37, {.p = 1, .dim = 0}); }},
  };
}

std::string outcome(const std::function<bool()>& check) {
  try {
    return check() ? "right" : "not true";
  } catch (const Error& error) {
    return error.what();
  }
}

void check_gradients(const std::vector<LossCase>& cases) {
  for (const LossCase& c : cases) {
    CAPTURE(c.name);
    CHECK_EQ(outcome([&] { return autograd::gradcheck(c.function, c.inputs); }), "right");
    CHECK_EQ(outcome([&] { return autograd::gradgradcheck(c.function, c.inputs); }), "right");
  }
}

TEST_CASE("losses of classes: gradients, once and twice") {
  check_gradients(class_cases());
}
TEST_CASE("losses of pairs: gradients, once and twice") {
  check_gradients(pair_cases());
}
TEST_CASE("distances: gradients, once and twice") {
  check_gradients(distance_cases());
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

TEST_CASE("losses of classes: errors") {
  const Tensor x = zeros({2, 3});
  const Tensor classes = tensor({0, 1});
  CHECK(wrong_error<ShapeError>([&] { F::cross_entropy(x, classes, {.weight = ones({2})}); },
                                {"cross_entropy", "weight", "[3]", "[2]"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::cross_entropy(x, classes, {.label_smoothing = 1.5}); },
                                {"cross_entropy", "label_smoothing", "1.5"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::cross_entropy(x, x, {.ignore_index = 1}); },
                                {"cross_entropy", "ignore_index 1", "probabilities"}) == "");
  CHECK(wrong_error<IndexError>(
            [&] {
              F::nll_loss(x, tensor({0, -100}), {.ignore_index = 5});
            },
            {"nll_loss", "-100"}) == "");
}

TEST_CASE("losses of pairs: errors") {
  const Tensor x = zeros({2, 3});
  const Tensor column = zeros({2, 1});
  using Pair = std::function<Tensor(const Tensor&, const Tensor&)>;
  const std::vector<std::pair<const char*, Pair>> pairs{
      {"l1_loss", [](auto& a, auto& b) { return F::l1_loss(a, b); }},
      {"smooth_l1_loss", [](auto& a, auto& b) { return F::smooth_l1_loss(a, b); }},
      {"huber_loss", [](auto& a, auto& b) { return F::huber_loss(a, b); }},
      {"binary_cross_entropy", [](auto& a, auto& b) { return F::binary_cross_entropy(a, b); }},
      {"binary_cross_entropy_with_logits",
       [](auto& a, auto& b) { return F::binary_cross_entropy_with_logits(a, b); }}};
  for (const auto& [name, loss] : pairs) {
    const auto& function = loss;
    CHECK(wrong_error<ShapeError>([&] { function(x, column); }, {name, "[2, 3]", "[2, 1]"}) == "");
    const Tensor integers = zeros({2, 3}, {.dtype = int64});
    CHECK(wrong_error<DTypeError>([&] { function(integers, integers); }, {name, "int64"}) == "");
  }
  CHECK(wrong_error<ValueError>([&] { F::smooth_l1_loss(x, x, {.beta = -1}); },
                                {"smooth_l1_loss", "beta", "-1"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::huber_loss(x, x, {.delta = 0}); },
                                {"huber_loss", "delta", "0"}) == "");
  CHECK(wrong_error<ValueError>([&] { F::binary_cross_entropy(x + 1.5, x); },
                                {"binary_cross_entropy", "between 0 and 1", "1.5"}) == "");
  CHECK(wrong_error<DTypeError>([&] { F::binary_cross_entropy(x, x.to(float64)); },
                                {"binary_cross_entropy", "float64"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              F::binary_cross_entropy(x, x, {.weight = ones({2, 2, 3})});
            },
            {"binary_cross_entropy", "weight", "[2, 2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [] { F::kl_div(zeros({}), zeros({}), {.reduction = F::KlDivReduction::batchmean}); },
            {"kl_div", "batchmean"}) == "");
}

TEST_CASE("losses of embeddings: errors") {
  const Tensor x = zeros({2, 3});
  CHECK(wrong_error<ShapeError>([&] { F::margin_ranking_loss(x, x, zeros({2})); },
                                {"margin_ranking_loss", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::cosine_embedding_loss(x, x, zeros({3})); },
                                {"cosine_embedding_loss", "[2, 3]", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { F::triplet_margin_loss(x, x, zeros({3})); },
                                {"triplet_margin_loss", "[3]"}) == "");
  CHECK(wrong_error<IndexError>([&] { F::cosine_similarity(x, x, {.dim = 2}); },
                                {"cosine_similarity", "2"}) == "");
}

}  // namespace
