// One fused step of an optimiser over one parameter, in place.
#pragma once

#include "lucid/kernels/shapes.h"
#include "lucid/tensor.h"

namespace lucid::ops {

/// All tensors are contiguous, of one shape and floating-point type. `momentum` may be undefined
/// when there is none. Counts as a write to parameter. Formulas: lucid/kernels/shapes.h.
void sgd_step(const kernels::SgdStep& step, const Tensor& parameter, const Tensor& gradient,
              const Tensor& momentum);
/// `max_second_moment` is defined with amsgrad only.
void adam_step(const kernels::AdamStep& step, const Tensor& parameter, const Tensor& gradient,
               const Tensor& first_moment, const Tensor& second_moment,
               const Tensor& max_second_moment);

}  // namespace lucid::ops
