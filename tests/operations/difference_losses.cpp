// Rows of the losses of differences in nn/functional_loss.h.
#include "lucid/creation.h"
#include "tests/operations/losses.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using F::Reduction;

const Tensor matrix = full({2, 3}, 0.5);

Operation mse_loss_row() {
  return {
      "mse_loss",
      reduced("F.mse_loss(Tensor,Tensor,LossOptions)",
              {{"plain", [](const Tensors& v,
                            Reduction r) { return F::mse_loss(v[0], v[1], {.reduction = r}); }}}),
      broadcast_failures("mse_loss", [](auto& x, auto& y) { F::mse_loss(x, y); })};
}

Operation l1_loss_row() {
  return {
      "l1_loss",
      reduced("F.l1_loss(Tensor,Tensor,LossOptions)",
              {{"plain", [](const Tensors& v,
                            Reduction r) { return F::l1_loss(v[0], v[1], {.reduction = r}); }}}),
      broadcast_failures("l1_loss", [](auto& x, auto& y) { F::l1_loss(x, y); })};
}

Operation smooth_l1_loss_row() {
  const auto with_beta = [](double beta) {
    return [=](const Tensors& v, Reduction r) {
      return F::smooth_l1_loss(v[0], v[1], {.reduction = r, .beta = beta});
    };
  };
  const auto bad = [](double beta) {
    return [=] { F::smooth_l1_loss(matrix, matrix, {.beta = beta}); };
  };
  return {
      "smooth_l1_loss",
      reduced("F.smooth_l1_loss(Tensor,Tensor,SmoothL1LossFunctionOptions)",
              {{"plain", with_beta(1)}, {"steep", with_beta(0.31)}, {"lines", with_beta(0)}}),
      with(broadcast_failures("smooth_l1_loss", [](auto& x, auto& y) { F::smooth_l1_loss(x, y); }),
           {fails<ValueError>("smooth_l1_loss: expected beta >= 0, got -1", bad(-1)),
            fails<ValueError>("smooth_l1_loss: expected beta >= 0, got nan", bad(NAN)),
            fails<ShapeError>("smooth_l1_loss: shapes",
                              [] { F::smooth_l1_loss(matrix, ones({2}), {.beta = 0}); })})};
}

Operation huber_loss_row() {
  const auto with_delta = [](double delta) {
    return [=](const Tensors& v, Reduction r) {
      return F::huber_loss(v[0], v[1], {.reduction = r, .delta = delta});
    };
  };
  const auto bad = [](double delta) {
    return [=] { F::huber_loss(matrix, matrix, {.delta = delta}); };
  };
  return {"huber_loss",
          reduced("F.huber_loss(Tensor,Tensor,HuberLossFunctionOptions)",
                  {{"plain", with_delta(1)}, {"steep", with_delta(0.31)}}),
          with(broadcast_failures("huber_loss", [](auto& x, auto& y) { F::huber_loss(x, y); }),
               {fails<ValueError>("huber_loss: expected delta > 0, got 0", bad(0)),
                fails<ValueError>("huber_loss: expected delta > 0, got nan", bad(NAN))})};
}

Operations rows() {
  return {mse_loss_row(), l1_loss_row(), smooth_l1_loss_row(), huber_loss_row()};
}

const Family difference_losses("difference_losses", rows);

TEST_CASE("operations: difference_losses") {
  difference_losses.check();
}

}  // namespace
}  // namespace lucid::test
