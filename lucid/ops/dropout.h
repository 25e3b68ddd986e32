// Dropout without gradients.
#pragma once

#include "lucid/random.h"
#include "lucid/tensor.h"

namespace lucid::ops {

struct Dropped {
  Tensor values, mask;
};

/// x * mask in one pass, where the mask is 1 / (1 - p) with probability 1 - p, else 0; p in (0, 1),
/// x floating-point and not meta.
Dropped dropout(const Tensor& x, double p, const RandomStream& stream);

}  // namespace lucid::ops
