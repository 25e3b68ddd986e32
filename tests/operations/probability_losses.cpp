// Rows of the losses of probabilities in nn/functional_loss.h, and of loss.h.
#include "autograd/functions/loss.h"
#include "lucid/creation.h"
#include "tests/operations/losses.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using F::Reduction;

const Tensor matrix = full({2, 3}, 0.5);

const Tensor integers = zeros({2, 3}, {.dtype = int64});

Operation binary_cross_entropy_row() {
  const auto loss = [](const Tensors& v, Reduction r) {
    return F::binary_cross_entropy(v[0], v[1],
                                   {.weight = v.size() > 2 ? v[2] : Tensor(), .reduction = r});
  };
  std::vector<Form> forms =
      reduced("F.binary_cross_entropy(Tensor,Tensor,BinaryCrossEntropyFunctionOptions)",
              {{"plain", loss}, {"weighted", loss}});
  forms.push_back({"binary_cross_entropy(Tensor,Tensor)", "element*",
                   [](const Tensors& v) { return binary_cross_entropy(v[0], v[1]); }});
  const auto bad = [](const Tensor& x, const Tensor& y, const Tensor& weight = {}) {
    return [=] { F::binary_cross_entropy(x, y, {.weight = weight}); };
  };
  return {"binary_cross_entropy", forms,
          with(pair_failures("binary_cross_entropy",
                             [](auto& x, auto& y) { F::binary_cross_entropy(x, y); }),
               {fails<ShapeError>("binary_cross_entropy: expected input and target of one shape",
                                  bad(matrix, ones({3}))),
                fails<ShapeError>("binary_cross_entropy: expected weight that broadcasts to [2, 3]",
                                  bad(matrix, matrix, ones({2, 2, 3}))),
                fails<ShapeError>("binary_cross_entropy: shapes [2, 3] and [2]",
                                  bad(matrix, matrix, ones({2}))),
                fails<ValueError>("binary_cross_entropy: expected input between 0 and 1, got 1.5",
                                  bad(full({2, 3}, 1.5), matrix)),
                fails<ValueError>("binary_cross_entropy: expected input between 0 and 1, got -0.5",
                                  bad(full({2, 3}, -0.5), matrix)),
                fails<DTypeError>("binary_cross_entropy", bad(matrix, matrix.to(float64))),
                fails<ShapeError>("binary_cross_entropy",
                                  [] { binary_cross_entropy(matrix, ones({3})); }),
                fails<DTypeError>("binary_cross_entropy",
                                  [] { binary_cross_entropy(integers, integers); })})};
}

Operation binary_cross_entropy_with_logits_row() {
  const char* name = "binary_cross_entropy_with_logits";
  const auto loss = [](const Tensors& v, Reduction r) {
    const bool weighted = v.size() > 2;
    return F::binary_cross_entropy_with_logits(v[0], v[1],
                                               {.weight = weighted ? v[2] : Tensor(),
                                                .reduction = r,
                                                .pos_weight = weighted ? v[3] : Tensor()});
  };
  const auto bad = [](const Tensor& target, const Tensor& weight, const Tensor& pos_weight) {
    return [=] {
      F::binary_cross_entropy_with_logits(matrix, target,
                                          {.weight = weight, .pos_weight = pos_weight});
    };
  };
  const std::string declaration =
      "F.binary_cross_entropy_with_logits(Tensor,Tensor,"
      "BinaryCrossEntropyWithLogitsFunctionOptions)";
  return {
      name, reduced(declaration, {{"plain", loss}, {"weighted", loss}}),
      with(pair_failures(name, [](auto& x, auto& y) { F::binary_cross_entropy_with_logits(x, y); }),
           {fails<ShapeError>("with_logits: expected input and target of one shape",
                              bad(ones({3}), {}, {})),
            fails<ShapeError>("with_logits: expected weight that broadcasts to [2, 3]",
                              bad(matrix, ones({2, 2, 3}), {})),
            fails<ShapeError>("with_logits: expected pos_weight that broadcasts to [2, 3]",
                              bad(matrix, {}, ones({2, 2, 3}))),
            fails<ShapeError>("with_logits: shapes [2, 3] and [2]", bad(matrix, {}, ones({2})))})};
}

using F::KlDivReduction;

Form kl_div_form(const char* samples, KlDivReduction reduction, bool log_target = false) {
  return {"F.kl_div(Tensor,Tensor,KlDivFunctionOptions)", samples, [=](const Tensors& v) {
            return F::kl_div(v[0], v[1], {.reduction = reduction, .log_target = log_target});
          }};
}

Operation kl_div_row() {
  return {"kl_div",
          {kl_div_form("none_plain*", KlDivReduction::none),
           kl_div_form("none_log*", KlDivReduction::none, true),
           kl_div_form("mean_plain*", KlDivReduction::mean),
           kl_div_form("mean_log*", KlDivReduction::mean, true),
           kl_div_form("sum_plain*", KlDivReduction::sum),
           kl_div_form("sum_log*", KlDivReduction::sum, true),
           kl_div_form("batchmean_plain*", KlDivReduction::batchmean),
           kl_div_form("batchmean_log*", KlDivReduction::batchmean, true)},
          with(broadcast_failures("kl_div", [](auto& x, auto& y) { F::kl_div(x, y); }),
               {fails<ShapeError>("kl_div: batchmean of a scalar", [] {
                 F::kl_div(ones({}), ones({}), {.reduction = KlDivReduction::batchmean});
               })})};
}

Operation poisson_nll_loss_row() {
  const auto loss = [](bool log_input, bool full, double eps) {
    return [=](const Tensors& v, Reduction r) {
      return F::poisson_nll_loss(
          v[0], v[1], {.log_input = log_input, .full = full, .eps = eps, .reduction = r});
    };
  };
  return {
      "poisson_nll_loss",
      reduced("F.poisson_nll_loss(Tensor,Tensor,PoissonNllLossFunctionOptions)",
              {{"plain", loss(true, false, 1e-8)},
               {"full", loss(true, true, 1e-8)},
               {"rate", loss(false, true, 0.01)}}),
      broadcast_failures("poisson_nll_loss", [](auto& x, auto& y) { F::poisson_nll_loss(x, y); })};
}

Operations rows() {
  return {binary_cross_entropy_row(), binary_cross_entropy_with_logits_row(), kl_div_row(),
          poisson_nll_loss_row()};
}

const Family probability_losses("probability_losses", rows);

TEST_CASE("operations: probability_losses") {
  probability_losses.check();
}

}  // namespace
}  // namespace lucid::test
