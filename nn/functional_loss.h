// Losses with PyTorch's arguments and numbers
// (https://pytorch.org/docs/stable/nn.functional.html#loss-functions). Included by
// nn/functional.h.
//
// All demand float32 or float64 as input, and give a scalar, or with Reduction::none a loss for
// each element or example.
#pragma once

#include <cstdint>

#include "lucid/tensor.h"

namespace lucid::nn::functional {

enum class Reduction : uint8_t { none, mean, sum };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

struct NllLossFunctionOptions {
  Tensor weight = {};  ///< (C): what the targets of each class count
  int64_t ignore_index =
      -100;  ///< targets of this class count nothing; it may be outside of [0, C)
  Reduction reduction = Reduction::mean;
};

/// The negative log likelihood of target classes: -weight[target[n]] * input[n, target[n]] for
/// log-probabilities (N, C) and classes (N), or (N, C, d1, ...) and (N, d1, ...), or (C) and a
/// scalar. The mean is that of the targets that count, weighted; NaN if none does
/// (https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html).
/// @throws IndexError for a class outside of [0, C) that is not ignored; DTypeError unless target
/// is int64 or uint8; ShapeError for shapes that do not fit.
Tensor nll_loss(const Tensor& input, const Tensor& target,
                const NllLossFunctionOptions& options = {});

struct CrossEntropyFunctionOptions {
  Tensor weight = {};           ///< (C): what each class counts
  int64_t ignore_index = -100;  ///< targets of this class count nothing
  Reduction reduction = Reduction::mean;
  double label_smoothing = 0;  ///< the share, from 0 to 1, of the target spread over all classes
};

/// The cross entropy between unnormalised scores and the target: classes, as in nll_loss, whose
/// errors are raised, or probabilities of all classes, floating-point and of the shape of input.
/// Their mean is that over examples, whatever the weights
/// (https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
/// @throws ValueError for label_smoothing outside of [0, 1], or an ignore_index of 0 or more with
/// probabilities.
Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyFunctionOptions& options = {});

// Differences of two tensors, which broadcast. Mind that (N, 1) against (N) gives (N, N), where
// PyTorch warns. @throws ShapeError unless they broadcast.

/// (input - target)^2 (https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html).
Tensor mse_loss(const Tensor& input, const Tensor& target, const LossOptions& options = {});
/// |input - target| (https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html).
Tensor l1_loss(const Tensor& input, const Tensor& target, const LossOptions& options = {});

struct SmoothL1LossFunctionOptions {
  Reduction reduction = Reduction::mean;
  double beta = 1;  ///< where the parabola goes over into lines; with 0 it is l1_loss
};

/// 0.5 * d^2 / beta where |d| < beta, else |d| - 0.5 * beta, for d = input - target
/// (https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html).
/// @throws ValueError if beta is negative.
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossFunctionOptions& options = {});

struct HuberLossFunctionOptions {
  Reduction reduction = Reduction::mean;
  double delta = 1;  ///< where the parabola goes over into lines
};

/// smooth_l1_loss with beta = delta, times delta
/// (https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html).
/// @throws ValueError unless delta is positive.
Tensor huber_loss(const Tensor& input, const Tensor& target,
                  const HuberLossFunctionOptions& options = {});

struct BinaryCrossEntropyFunctionOptions {
  Tensor weight = {};  ///< broadcast to the losses, which it multiplies
  Reduction reduction = Reduction::mean;
};

/// -(target * log(input) + (1 - target) * log(1 - input)) for probabilities, with logarithms of at
/// least -100 (https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html).
/// @throws ValueError for an input outside of [0, 1]; ShapeError, DTypeError unless target has
/// input's shape and type.
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BinaryCrossEntropyFunctionOptions& options = {});

struct BinaryCrossEntropyWithLogitsFunctionOptions {
  Tensor weight = {};  ///< broadcast to the losses, which it multiplies
  Reduction reduction = Reduction::mean;
  Tensor pos_weight = {};  ///< broadcast; multiplies the part of positive targets
};

/// binary_cross_entropy of sigmoid(input), computed without overflow
/// (https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html).
/// @throws ShapeError unless target has input's shape.
Tensor binary_cross_entropy_with_logits(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyWithLogitsFunctionOptions& options = {});

/// How kl_div reduces: batchmean, the sum divided by the size of the first dimension, is what the
/// divergence means for a batch.
enum class KlDivReduction : uint8_t { none, mean, sum, batchmean };

struct KlDivFunctionOptions {
  KlDivReduction reduction = KlDivReduction::mean;
  bool log_target = false;  ///< target holds log-probabilities too
};

/// The Kullback-Leibler divergence target * (log(target) - input), 0 where target is, for
/// log-probabilities as input; both broadcast
/// (https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html).
Tensor kl_div(const Tensor& input, const Tensor& target, const KlDivFunctionOptions& options = {});

struct PoissonNllLossFunctionOptions {
  bool log_input = true;  ///< input is the logarithm of the rate
  bool full = false;      ///< with Stirling's approximation of log(target!) where target > 1
  double eps = 1e-8;      ///< added to the rate before its logarithm is taken
  Reduction reduction = Reduction::mean;
};

/// exp(input) - target * input, or input - target * log(input + eps); both broadcast
/// (https://pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html).
Tensor poisson_nll_loss(const Tensor& input, const Tensor& target,
                        const PoissonNllLossFunctionOptions& options = {});

struct HingeEmbeddingLossFunctionOptions {
  double margin = 1;
  Reduction reduction = Reduction::mean;
};

/// input where target is 1, max(0, margin - input) where it is -1; both broadcast
/// (https://pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html).
Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossFunctionOptions& options = {});

struct MarginLossFunctionOptions {
  double margin = 0;
  Reduction reduction = Reduction::mean;
};

/// max(0, margin - target * (input1 - input2)): target 1 wants input1 to be the greater one, -1
/// input2 (https://pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html).
/// @throws ShapeError unless all have the same number of dimensions.
Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                           const MarginLossFunctionOptions& options = {});

/// 1 - cos where target is 1, max(0, cos - margin) where it is -1, for the cosine of the angle
/// between input1 and input2: both (N, D) with target (N), or (D) with a scalar
/// (https://pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html).
/// @throws ShapeError for other shapes.
Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                             const MarginLossFunctionOptions& options = {});

struct TripletMarginLossFunctionOptions {
  double margin = 1;
  double p = 2;       ///< of the norm that measures distances
  double eps = 1e-6;  ///< added to differences
  bool swap = false;  ///< measure to the negative from anchor or positive, whichever is nearer
  Reduction reduction = Reduction::mean;
};

/// max(0, margin + distance(anchor, positive) - distance(anchor, negative)) along the last
/// dimension; examples (N, D) or one (D)
/// (https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html).
/// @throws ShapeError unless all have the same number of dimensions, at least one.
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginLossFunctionOptions& options = {});

}  // namespace lucid::nn::functional
