#include "autograd/gradcheck.h"

#include <cmath>

#include "autograd/engine.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::autograd {

using lucid::detail::message;

namespace {

std::vector<Tensor> fresh_leaves(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) {
    const bool wanted = input.requires_grad();
    if (wanted && input.dtype() != float64) {
      throw DTypeError(message("gradcheck: expected float64 inputs, got ", input.dtype(),
                               "; differences of float32 are too coarse"));
    }
    Tensor leaf = input.detach().clone();
    if (wanted) leaf.requires_grad_();
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

std::vector<double> evaluate(const Function& function, const std::vector<Tensor>& inputs) {
  const NoGradGuard guard;
  return function(inputs).to_vector<double>();
}

// d output[o] / d input[e] for one input, as rows by e, from central differences.
std::vector<std::vector<double>> numerical(const Function& function,
                                           const std::vector<Tensor>& inputs, size_t which,
                                           double eps) {
  std::vector<std::vector<double>> rows;
  double* values = inputs[which].data<double>();
  for (int64_t e = 0; e < inputs[which].numel(); ++e) {
    const double original = values[e];
    values[e] = original + eps;
    std::vector<double> above = evaluate(function, inputs);
    values[e] = original - eps;
    const std::vector<double> below = evaluate(function, inputs);
    values[e] = original;
    for (size_t o = 0; o < above.size(); ++o) above[o] = (above[o] - below[o]) / (2 * eps);
    rows.push_back(std::move(above));
  }
  return rows;
}

struct Jacobian {
  std::vector<std::vector<double>> by_output;  // [output][input element]
};

std::vector<Jacobian> analytical(const Tensor& output, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> wanted;
  for (const Tensor& input : inputs) {
    if (input.requires_grad()) wanted.push_back(input);
  }
  std::vector<Jacobian> result(wanted.size());
  for (int64_t o = 0; o < output.numel(); ++o) {
    const Tensor one = zeros({output.numel()}, {.dtype = float64});
    one.data<double>()[o] = 1;
    const std::vector<Tensor> grads = grad({output}, wanted, {one.reshape(output.shape())},
                                           {.retain_graph = true, .allow_unused = true});
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (grads[i].defined() && grads[i].shape() != wanted[i].shape()) {
        throw AutogradError(message("gradcheck: the gradient of an input of shape ",
                                    wanted[i].shape(), " has shape ", grads[i].shape()));
      }
      result[i].by_output.push_back(
          grads[i].defined() ? grads[i].to_vector<double>()
                             : std::vector<double>(static_cast<size_t>(wanted[i].numel()), 0.0));
    }
  }
  return result;
}

bool compare(const Jacobian& tape, const std::vector<std::vector<double>>& differences,
             size_t input, const GradcheckOptions& options) {
  bool any_nonzero = false;
  for (size_t o = 0; o < tape.by_output.size(); ++o) {
    for (size_t e = 0; e < differences.size(); ++e) {
      const double ours = tape.by_output[o][e];
      const double expected = differences[e][o];
      any_nonzero = any_nonzero || ours != 0;
      // Written so that a NaN fails.
      if (!(std::abs(ours - expected) <= options.atol + options.rtol * std::abs(expected))) {
        throw AutogradError(message("gradcheck: d output[", o, "] / d input ", input, "[", e,
                                    "] is ", ours, " by the tape and ", expected,
                                    " by central differences"));
      }
    }
  }
  return any_nonzero;
}

}  // namespace

bool gradcheck(const Function& function, const std::vector<Tensor>& inputs,
               const GradcheckOptions& options) {
  const std::vector<Tensor> leaves = fresh_leaves(inputs);
  const EnableGradGuard guard;
  const Tensor output = function(leaves);
  if (!output.requires_grad()) {
    throw AutogradError(
        "gradcheck: the output does not depend on an input that requires a gradient");
  }
  if (output.numel() == 0)
    throw ValueError("gradcheck: the output is empty, there is nothing to check");
  const std::vector<Jacobian> tape = analytical(output, leaves);
  size_t position = 0;
  bool any_nonzero = false;
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!leaves[i].requires_grad()) continue;
    const auto differences = numerical(function, leaves, i, options.eps);
    any_nonzero = compare(tape[position++], differences, i, options) || any_nonzero;
  }
  if (!any_nonzero) {
    throw AutogradError(
        "gradcheck: every gradient is zero, which proves nothing; choose other inputs");
  }
  return true;
}

bool gradgradcheck(const Function& function, const std::vector<Tensor>& inputs,
                   const GradcheckOptions& options) {
  // The weights of the outputs are inputs too: the gradient is a function of both.
  std::vector<Tensor> all = inputs;
  {
    const NoGradGuard guard;
    Generator generator(12345);
    all.push_back(randn(function(inputs).shape(), generator, {.dtype = float64}));
  }
  all.back().requires_grad_();
  const auto first_gradients = [&function](const std::vector<Tensor>& leaves) {
    const EnableGradGuard guard;
    std::vector<Tensor> arguments(leaves.begin(), leaves.end() - 1);
    // Outside of recording the inputs are plain values; the first gradient still needs a tape.
    std::vector<Tensor> wanted;
    for (Tensor& argument : arguments) {
      if (argument.requires_grad()) wanted.push_back(argument);
    }
    const std::vector<Tensor> grads = grad({function(arguments)}, wanted, {leaves.back()},
                                           {.create_graph = true, .allow_unused = true});
    std::vector<Tensor> flat;
    for (const Tensor& g : grads) {
      if (g.defined()) flat.push_back(g.reshape({g.numel()}));
    }
    return cat(flat, 0);
  };
  return gradcheck(first_gradients, all, options);
}

}  // namespace lucid::autograd
