#include "autograd/functions/loss.h"

#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/record.h"
#include "lucid/ops/loss.h"

namespace lucid {

using autograd::Gradients;
using autograd::Needs;
using autograd::record;
using autograd::Saved;

Tensor binary_cross_entropy(const Tensor& x, const Tensor& target) {
  return record("binary_cross_entropy", {x, target}, ops::binary_cross_entropy(x, target),
                [x = Saved(x), target = Saved(target)](const Tensor& grad, const Needs& needs) {
                  constexpr double unlimited = std::numeric_limits<double>::infinity();
                  constexpr double least = 1e-12F;  // a float in PyTorch too
                  Gradients<2> grads;
                  if (needs[0]) {
                    grads[0] = grad * (*x - *target) / clamp(*x * (1 - *x), least, unlimited);
                  }
                  if (needs[1]) {
                    grads[1] = grad * (clamp(log(1 - *x), -100, 0) - clamp(log(*x), -100, 0));
                  }
                  return grads;
                });
}

}  // namespace lucid
