// Derivatives of functions as a whole: Jacobians, Hessians and products with them
// (https://pytorch.org/docs/stable/autograd.html#functional-higher-level-api).
#pragma once

#include <functional>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::autograd {

struct FunctionalOptions {
  /// Record the result, so that it can be differentiated with respect to the inputs in turn.
  bool create_graph = false;
  /// An output that does not depend on an input is an error; otherwise its derivative is zero.
  bool strict = false;
};

/// What these take apart: a function of one tensor, or of several with one or several results.
using UnaryFunction = std::function<Tensor(const Tensor&)>;
using MultiFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;
using ScalarFunction = std::function<Tensor(const std::vector<Tensor>&)>;

/// The value of a function, and a product with its Jacobian.
struct ValueAndProduct {
  Tensor output;
  Tensor product;
};
struct ValueAndProducts {
  Tensor output;
  std::vector<Tensor> products;
};
struct ValuesAndProducts {
  std::vector<Tensor> outputs;
  std::vector<Tensor> products;
};

/// The transposed Jacobian times `v`, which is shaped like the output and may be left out where
/// that has one element; the product is shaped like the input
/// (https://pytorch.org/docs/stable/generated/torch.autograd.functional.vjp.html).
/// @throws ShapeError if v is missing or does not fit; AutogradError if strict and independent. So
/// for all below.
ValueAndProduct vjp(const UnaryFunction& function, const Tensor& input, const Tensor& v = {},
                    FunctionalOptions options = {});
/// One product for each input.
ValuesAndProducts vjp(const MultiFunction& function, const std::vector<Tensor>& inputs,
                      const std::vector<Tensor>& v = {}, FunctionalOptions options = {});

/// The Jacobian times `v`, which is shaped like the input and may be left out where that has one
/// element; the product is shaped like the output. Computed by going backward twice
/// (https://pytorch.org/docs/stable/generated/torch.autograd.functional.jvp.html).
ValueAndProduct jvp(const UnaryFunction& function, const Tensor& input, const Tensor& v = {},
                    FunctionalOptions options = {});
/// One product for each output.
ValuesAndProducts jvp(const MultiFunction& function, const std::vector<Tensor>& inputs,
                      const std::vector<Tensor>& v = {}, FunctionalOptions options = {});

/// The derivative of every element of the output by every element of the input: a tensor of the
/// output's shape followed by the input's
/// (https://pytorch.org/docs/stable/generated/torch.autograd.functional.jacobian.html).
Tensor jacobian(const UnaryFunction& function, const Tensor& input, FunctionalOptions options = {});
/// [output][input]
std::vector<std::vector<Tensor>> jacobian(const MultiFunction& function,
                                          const std::vector<Tensor>& inputs,
                                          FunctionalOptions options = {});

/// The second derivatives of a function whose result has one element: a tensor of the input's shape
/// twice (https://pytorch.org/docs/stable/generated/torch.autograd.functional.hessian.html).
/// @throws ShapeError if the result has more or fewer elements than one.
Tensor hessian(const UnaryFunction& function, const Tensor& input, FunctionalOptions options = {});
/// [input][input]
std::vector<std::vector<Tensor>> hessian(const ScalarFunction& function,
                                         const std::vector<Tensor>& inputs,
                                         FunctionalOptions options = {});

/// The value of a function whose result has one element, and its Hessian times `v`, which is shaped
/// like the input and may be left out where that has one element; the product is shaped like the
/// input. The Hessian itself is never made: computed by going backward through vhp() once more,
/// which costs more than that and is the same wherever second derivatives are continuous
/// (https://pytorch.org/docs/stable/generated/torch.autograd.functional.hvp.html).
/// @throws ShapeError if the result has more or fewer elements than one.
ValueAndProduct hvp(const UnaryFunction& function, const Tensor& input, const Tensor& v = {},
                    FunctionalOptions options = {});

/// One product for each input.
ValueAndProducts hvp(const ScalarFunction& function, const std::vector<Tensor>& inputs,
                     const std::vector<Tensor>& v = {}, FunctionalOptions options = {});

/// The same for `v` times the Hessian: computed by going backward twice
/// (https://pytorch.org/docs/stable/generated/torch.autograd.functional.vhp.html).
ValueAndProduct vhp(const UnaryFunction& function, const Tensor& input, const Tensor& v = {},
                    FunctionalOptions options = {});
ValueAndProducts vhp(const ScalarFunction& function, const std::vector<Tensor>& inputs,
                     const std::vector<Tensor>& v = {}, FunctionalOptions options = {});

}  // namespace lucid::autograd
