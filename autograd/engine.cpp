#include "autograd/engine.h"

#include <utility>

#include "autograd/backward_pass.h"
#include "autograd/node.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::autograd {

using lucid::detail::message;

namespace {

// The gradients to start from, one for each tensor.
std::vector<Tensor> checked_seeds(const char* operation, const std::vector<Tensor>& tensors,
                                  const std::vector<Tensor>& grads) {
  std::vector<Tensor> seeds;
  if (!grads.empty() && grads.size() != tensors.size()) {
    throw ValueError(message(operation, ": expected one gradient for each of ", tensors.size(),
                             " tensors, got ", grads.size()));
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = tensors[i];
    const GradientRecord* record = record_of(tensor);
    const Shape& shape = tensor.shape();
    if (!record || !record->requires_grad()) {
      throw AutogradError(message(
          operation, ": the tensor of shape ", shape,
          " does not require a gradient: nothing it was computed from does, or a NoGradGuard was "
          "alive"));
    }
    check_current(operation, tensor);
    Tensor grad = i < grads.size() ? grads[i] : Tensor();
    if (!grad.defined()) {
      if (tensor.numel() != 1) {
        throw ShapeError(
            message(operation, ": a tensor of shape ", shape,
                    " is no single number; pass the gradient to start from, or reduce it "
                    "with sum() or mean()"));
      }
      grad = ones(shape, {.dtype = tensor.dtype(), .device = tensor.device()});
    }
    if (grad.shape() != shape || grad.dtype() != tensor.dtype()) {
      throw ShapeError(message(operation, ": expected a gradient of shape ", shape, " and dtype ",
                               tensor.dtype(), ", got ", grad.shape(), " and ", grad.dtype()));
    }
    seeds.push_back(std::move(grad));
  }
  return seeds;
}

}  // namespace

void backward(const std::vector<Tensor>& tensors, const std::vector<Tensor>& grad_tensors,
              BackwardOptions options) {
  BackwardPass(options, true).run(tensors, checked_seeds("backward", tensors, grad_tensors));
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs, GradOptions options) {
  BackwardPass pass({options.retain_graph, options.create_graph}, false);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const GradientRecord* record = record_of(inputs[i]);
    if (!record || !record->requires_grad()) {
      throw AutogradError(message("grad: input ", i, " does not require a gradient"));
    }
    pass.capture(*record);
  }
  pass.run(outputs, checked_seeds("grad", outputs, grad_outputs));
  std::vector<Tensor> result;
  for (size_t i = 0; i < inputs.size(); ++i) {
    result.push_back(pass.captured(*record_of(inputs[i])));
    if (!result.back().defined() && !options.allow_unused) {
      throw AutogradError(
          message("grad: input ", i,
                  " has no influence on the outputs; pass allow_unused = true to get "
                  "an undefined gradient for it"));
    }
  }
  return result;
}

}  // namespace lucid::autograd
