// Outputs and gradients of single operations against PyTorch's.
#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

namespace {

F::Reduction reduction_of(const GoldenCase& c) {
  const F::Reduction all[] = {F::Reduction::none, F::Reduction::mean, F::Reduction::sum};
  return all[c.options()[0]];
}

}  // namespace

TEST_CASE("losses as PyTorch computes them") {
  for_each_case("functional", "cross_entropy_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    c.check(F::cross_entropy(x, c.stored("target"), {.reduction = reduction_of(c)}), {{"x", x}});
  });
  for_each_case("functional", "nll_loss_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    c.check(F::nll_loss(x, c.stored("target"), {.reduction = reduction_of(c)}), {{"x", x}});
  });
  for_each_case("functional", "mse_loss_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor target = c.leaf("target");
    c.check(F::mse_loss(x, target, {.reduction = reduction_of(c)}), {{"x", x}, {"target", target}});
  });
}
