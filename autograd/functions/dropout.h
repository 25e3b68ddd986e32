// Dropout.
#pragma once

#include "lucid/random.h"
#include "lucid/tensor.h"

namespace lucid {

/// Each element is zero with probability p, else divided by 1 - p
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html).
/// x itself if not training. @throws ValueError unless p lies in [0, 1].
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               Generator& generator = default_generator());

}  // namespace lucid
