// Checking gradients against finite differences.
#pragma once

#include <functional>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::autograd {

struct GradcheckOptions {
  double eps = 1e-6;   ///< the step of the central difference
  double atol = 1e-5;  ///< allowed absolute error
  double rtol = 1e-3;  ///< allowed error relative to the difference quotient
};

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

/// Compares the gradients that the tape computes with central differences, for every element of
/// every input that requires a gradient and every element of the output
/// (https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.html).
///
/// The inputs are float64; the function must be a pure one of them. Gradients that are all zero
/// fail too: they would not tell a right formula from a missing one.
/// @throws AutogradError naming the first element that differs; DTypeError for float32 inputs.
/// @return true
bool gradcheck(const Function& function, const std::vector<Tensor>& inputs,
               const GradcheckOptions& options = {});

/// The same for the gradients of the gradients, with a random weight for every output.
bool gradgradcheck(const Function& function, const std::vector<Tensor>& inputs,
                   const GradcheckOptions& options = {});

}  // namespace lucid::autograd
