// Internal: how much arithmetic operations are.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lucid/tensor.h"

namespace lucid::autograd::detail {

/// Floating-point operations of a call, by the name that it is recorded with: two for each
/// multiply-add of a convolution (padding included), a matrix product or a linear layer, of which
/// the bias is not counted; one for each element of a sum, difference, product or quotient, as in
/// PyTorch (https://pytorch.org/docs/stable/profiler.html, with_flops). 0 where that is not known,
/// and for meta tensors, with which nothing is computed.
int64_t forward_flops(std::string_view name, std::span<const Tensor> inputs, const Tensor& output);

/// What the gradients of such a call take, given those that were computed (undefined: not): each
/// of the two operands' as much as the call itself, those of a bias, a sum or a difference nothing.
int64_t backward_flops(std::string_view name, int64_t forward_flops,
                       std::span<const Tensor> input_grads);

}  // namespace lucid::autograd::detail
