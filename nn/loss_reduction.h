// Internal: what every loss starts and ends with.
#pragma once

#include "autograd/functions/reduction.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/functional_loss.h"

namespace lucid::nn {

inline void require_floating_input(const char* operation, const Tensor& input) {
  if (input.is_floating_point()) return;
  throw DTypeError(lucid::detail::message(
      operation, ": expected input to be float32 or float64, got ", input.dtype()));
}

/// @throws DTypeError unless input is floating-point; ShapeError, which names the loss, unless both
/// broadcast.
inline void require_broadcastable(const char* operation, const Tensor& input,
                                  const Tensor& target) {
  require_floating_input(operation, input);
  static_cast<void>(broadcast_shapes(operation, input.shape(), target.shape()));
}

/// @throws ShapeError unless both have one shape, DTypeError unless input is floating-point.
inline void require_pair(const char* operation, const Tensor& input, const Tensor& target) {
  if (input.shape() != target.shape()) {
    throw ShapeError(lucid::detail::message(operation,
                                            ": expected input and target of one shape, got ",
                                            input.shape(), " and ", target.shape()));
  }
  require_floating_input(operation, input);
}

inline Tensor reduce_losses(const Tensor& losses, functional::Reduction reduction) {
  if (reduction == functional::Reduction::none) return losses;
  return reduction == functional::Reduction::mean ? mean(losses) : sum(losses);
}

}  // namespace lucid::nn
