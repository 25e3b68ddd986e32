// Gradient cases of loss.h.
#include "autograd/functions/loss.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {

GradientCases loss_cases() {
  const auto between = [](const Shape& shape, uint64_t seed) {
    return (positive(shape, seed).detach() / 2 - 0.12).requires_grad_();
  };
  return {
      {"binary_cross_entropy(Tensor,Tensor)",
       "strided",
       {between({3, 5}, 1), between({5, 3}, 2)},
       [](const Tensors& v) { return binary_cross_entropy(transpose(v[0], 0, 1), v[1]); }},
  };
}

}  // namespace lucid::test
