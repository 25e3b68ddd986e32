// Memory for time: parts of a model that are computed again in the backward pass.
#pragma once

#include <functional>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::autograd {

/// function(inputs), without keeping what its operations save for the backward pass: when that gets
/// there, the function runs a second time. Gradients are the same bits as without, also of
/// parameters that the function holds, with grad() and with create_graph
/// (https://pytorch.org/docs/stable/checkpoint.html, with use_reentrant=False).
///
/// The second run sees the same inputs and grad mode and draws the same from the default generator,
/// whatever other threads draw, so that dropout drops the same; what the function changes besides,
/// such as the running statistics of batch norm, it changes twice.
/// @throws AutogradError in the backward pass, if an input was modified in place since, or the
/// second run saves other tensors than the first.
std::vector<Tensor> checkpoint(
    std::function<std::vector<Tensor>(const std::vector<Tensor>&)> function,
    const std::vector<Tensor>& inputs);
/// The same for one input and one result, such as a module.
Tensor checkpoint(std::function<Tensor(const Tensor&)> function, const Tensor& input);

}  // namespace lucid::autograd
