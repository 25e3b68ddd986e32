// Internal: examples without a batch, for operations that work on batches.
#pragma once

#include "autograd/functions/shape.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"
#include "lucid/ops/conv.h"

namespace lucid::nn {

/// Runs function on x of shape (N, C, ...) with Rank spatial dimensions, for an unbatched (C, ...)
/// with a batch of one.
/// @throws ShapeError, naming the operation, for any other shape, UninitializedError for none.
template <size_t Rank, class Function>
Tensor batched(const char* operation, const Tensor& x, const Function& function) {
  ops::require_defined(operation, "x", x);
  constexpr auto full = static_cast<int64_t>(Rank) + 2;
  if (x.dim() == full) return function(x);
  if (x.dim() == full - 1) return squeeze(function(unsqueeze(x, 0)), 0);
  const char* const dims = ops::spatial_dims(Rank);
  throw ShapeError(lucid::detail::message(operation, ": expected x of shape (N, C, ", dims,
                                          ") or (C, ", dims, "), got ", x.shape()));
}

}  // namespace lucid::nn
