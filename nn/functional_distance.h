// Lengths and angles with PyTorch's arguments
// (https://pytorch.org/docs/stable/nn.functional.html#distance-functions). Included by
// nn/functional.h.
#pragma once

#include "lucid/tensor.h"

namespace lucid::nn::functional {

struct CosineSimilarityFunctionOptions {
  int64_t dim = 1;    ///< along which vectors lie
  double eps = 1e-8;  ///< the least length
};

/// The cosine of the angle between x1 and x2, which broadcast
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html): each
/// length is taken to be at least eps, as in PyTorch 2.
Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                         const CosineSimilarityFunctionOptions& options = {});

struct PairwiseDistanceFunctionOptions {
  double p = 2;       ///< of the norm; may be infinite
  double eps = 1e-6;  ///< added to differences
  bool keepdim = false;
};

/// The p-norm of x1 - x2 + eps along the last dimension; both broadcast
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html).
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                         const PairwiseDistanceFunctionOptions& options = {});

struct NormalizeFunctionOptions {
  double p = 2;        ///< of the norm; may be infinite
  int64_t dim = 1;     ///< along which vectors lie
  double eps = 1e-12;  ///< the least length
};

/// x divided by its p-norm along a dimension
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html).
Tensor normalize(const Tensor& x, const NormalizeFunctionOptions& options = {});

}  // namespace lucid::nn::functional
