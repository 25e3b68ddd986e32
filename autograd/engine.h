// Gradients: the backward pass over the tape.
#pragma once

#include <vector>

#include "lucid/tensor.h"

namespace lucid::autograd {

struct BackwardOptions {
  bool retain_graph = false;  ///< keep what was saved, so that backward can run again
  /// Record the backward pass itself, for gradients of gradients. A leaf and its grad() then keep
  /// each other alive until set_grad({}); grad() does without.
  bool create_graph = false;
};

/// Adds the gradient of each tensor, weighted with grad_tensors, to grad() of the leaves it depends
/// on (https://pytorch.org/docs/stable/generated/torch.autograd.backward.html). The weight of a
/// tensor with one element may be undefined, which means 1.
/// @throws AutogradError if a tensor does not require a gradient, or its graph was freed by an
/// earlier pass; ShapeError if a weight is missing or does not fit.
void backward(const std::vector<Tensor>& tensors, const std::vector<Tensor>& grad_tensors = {},
              BackwardOptions options = {});

struct GradOptions {
  bool retain_graph = false;
  bool create_graph = false;
  bool allow_unused = false;  ///< an input that has no influence gets an undefined gradient
};

/// The gradients of the outputs with respect to the inputs, without touching any grad()
/// (https://pytorch.org/docs/stable/generated/torch.autograd.grad.html).
/// @throws AutogradError as backward(), and if an input has no influence unless allow_unused.
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs = {}, GradOptions options = {});

}  // namespace lucid::autograd
