// Dropout.
#pragma once

#include "lucid/random.h"
#include "lucid/tensor.h"

namespace lucid {

/// Each element is zero with probability p, else divided by 1 - p
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html).
/// x itself if not training. @throws ValueError unless p lies in [0, 1]; DTypeError for integers
/// and bools, unless all are kept or all dropped.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               Generator& generator = default_generator());

/// The same for whole channels of each example: x (N, C, L), (N, C, H, W) or (N, C, D, H, W), or
/// one example without N (https://pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html). As in
/// PyTorch, dropout2d takes x of three dimensions to be (N, C, L).
/// @throws ShapeError for another number of dimensions.
Tensor dropout1d(const Tensor& x, double p = 0.5, bool training = true,
                 Generator& generator = default_generator());
Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true,
                 Generator& generator = default_generator());
Tensor dropout3d(const Tensor& x, double p = 0.5, bool training = true,
                 Generator& generator = default_generator());

/// Dropout that keeps mean 0 and variance 1, for networks of SELU: with probability p an element
/// becomes the least value of SELU, and all are scaled and shifted (Klambauer et al., 2017;
/// https://pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html).
Tensor alpha_dropout(const Tensor& x, double p = 0.5, bool training = true,
                     Generator& generator = default_generator());

}  // namespace lucid
