// Losses and distances against PyTorch's.
#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

namespace {

F::Reduction reduction_of(const GoldenCase& c) {
  const F::Reduction all[] = {F::Reduction::none, F::Reduction::mean, F::Reduction::sum};
  return all[c.stored("reduction").item<int64_t>()];
}

double number(const GoldenCase& c, int64_t i) {
  return c.stored("numbers").at<double>({i});
}

double smoothing_of(const GoldenCase& c) {
  return c.stored("smoothing").item<double>();
}

// function(c, x, target) on every case whose name starts with prefix.
template <class Function>
void check_pairs(const std::string& prefix, const Function& function) {
  for_each_case("losses", prefix, [&](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor target = c.leaf("target");
    c.check(function(c, x, target), {{"x", x}, {"target", target}});
  });
}

// The target has no gradient in PyTorch.
template <class Function>
void check_inputs(const std::string& prefix, const Function& function) {
  for_each_case("losses", prefix, [&](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    c.check(function(c, x), {{"x", x}});
  });
}

}  // namespace

TEST_CASE("losses of classes as PyTorch computes them") {
  check_inputs("ce_", [](const GoldenCase& c, const Tensor& x) {
    return F::cross_entropy(x, c.stored("target"),
                            {.weight = c.constant("weight"),
                             .ignore_index = -7,
                             .reduction = reduction_of(c),
                             .label_smoothing = smoothing_of(c)});
  });
  check_inputs("nll_", [](const GoldenCase& c, const Tensor& x) {
    return F::nll_loss(
        x, c.stored("target"),
        {.weight = c.constant("weight"), .ignore_index = -7, .reduction = reduction_of(c)});
  });
}

TEST_CASE("cross_entropy of probabilities as PyTorch computes it") {
  check_pairs("probabilities_", [](const GoldenCase& c, const Tensor& x, const Tensor& target) {
    return F::cross_entropy(x, target,
                            {.weight = c.constant("weight"),
                             .reduction = reduction_of(c),
                             .label_smoothing = smoothing_of(c)});
  });
}

TEST_CASE("losses of differences as PyTorch computes them") {
  check_pairs("pair_l1_", [](const GoldenCase& c, const Tensor& x, const Tensor& target) {
    return F::l1_loss(x, target, {.reduction = reduction_of(c)});
  });
  check_pairs("pair_smooth_l1_", [](const GoldenCase& c, const Tensor& x, const Tensor& target) {
    return F::smooth_l1_loss(x, target, {.reduction = reduction_of(c), .beta = number(c, 0)});
  });
  check_pairs("pair_huber_", [](const GoldenCase& c, const Tensor& x, const Tensor& target) {
    return F::huber_loss(x, target, {.reduction = reduction_of(c), .delta = number(c, 0)});
  });
}

TEST_CASE("kl_div and poisson_nll_loss as PyTorch computes them") {
  const auto reduction = [](const GoldenCase& c) {
    const F::KlDivReduction all[] = {F::KlDivReduction::none, F::KlDivReduction::mean,
                                     F::KlDivReduction::sum};
    return all[c.stored("reduction").item<int64_t>()];
  };
  check_pairs("pair_kl_", [&](const GoldenCase& c, const Tensor& x, const Tensor& target) {
    return F::kl_div(x, target, {.reduction = reduction(c), .log_target = number(c, 0) != 0});
  });
  check_pairs("batchmean", [](const GoldenCase&, const Tensor& x, const Tensor& target) {
    return F::kl_div(x, target, {.reduction = F::KlDivReduction::batchmean});
  });
  check_pairs("pair_poisson_", [](const GoldenCase& c, const Tensor& x, const Tensor& target) {
    return F::poisson_nll_loss(x, target,
                               {.log_input = number(c, 0) != 0,
                                .full = number(c, 1) != 0,
                                .eps = number(c, 0) != 0 ? 1e-8 : number(c, 2),
                                .reduction = reduction_of(c)});
  });
}

TEST_CASE("binary cross entropies as PyTorch computes them") {
  check_inputs("binary_", [](const GoldenCase& c, const Tensor& x) {
    return F::binary_cross_entropy(x, c.constant("target"),
                                   {.weight = c.constant("weight"), .reduction = reduction_of(c)});
  });
  check_pairs("logits_", [](const GoldenCase& c, const Tensor& x, const Tensor& target) {
    return F::binary_cross_entropy_with_logits(x, target,
                                               {.weight = c.constant("weight"),
                                                .reduction = reduction_of(c),
                                                .pos_weight = c.constant("pos_weight")});
  });
}

TEST_CASE("losses of embeddings as PyTorch computes them") {
  check_inputs("hinge_", [](const GoldenCase& c, const Tensor& x) {
    return F::hinge_embedding_loss(x, c.stored("target"),
                                   {.margin = number(c, 0), .reduction = reduction_of(c)});
  });
  using MarginLoss =
      Tensor(const Tensor&, const Tensor&, const Tensor&, const F::MarginLossFunctionOptions&);
  const auto check = [](const std::string& prefix, MarginLoss loss) {
    for_each_case("losses", prefix, [&](const GoldenCase& c) {
      const Tensor x = c.leaf("x");
      const Tensor x2 = c.leaf("x2");
      c.check(
          loss(x, x2, c.stored("target"), {.margin = number(c, 0), .reduction = reduction_of(c)}),
          {{"x", x}, {"x2", x2}});
    });
  };
  check("ranking_", F::margin_ranking_loss);
  check("cosine_", F::cosine_embedding_loss);
  for_each_case("losses", "triplet_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor x2 = c.leaf("x2");
    const Tensor x3 = c.leaf("x3");
    const Tensor y = F::triplet_margin_loss(x, x2, x3,
                                            {.margin = number(c, 0),
                                             .p = number(c, 1),
                                             .swap = number(c, 2) != 0,
                                             .reduction = reduction_of(c)});
    c.check(y, {{"x", x}, {"x2", x2}, {"x3", x3}});
  });
}

TEST_CASE("distances as PyTorch computes them") {
  for_each_case("losses", "similarity_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor x2 = c.leaf("x2");
    c.check(F::cosine_similarity(x, x2, {.dim = c.options()[0]}), {{"x", x}, {"x2", x2}});
  });
  check_inputs("normalize_", [](const GoldenCase& c, const Tensor& x) {
    return F::normalize(x, {.p = number(c, 0), .dim = c.options()[0]});
  });
  for_each_case("losses", "distance_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor x2 = c.leaf("x2");
    c.check(F::pairwise_distance(x, x2), {{"x", x}, {"x2", x2}});
  });
}
