// Lengths, angles, and the losses made of them.
#include "nn/functional_distance.h"

#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "nn/loss_reduction.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

// max(0, x) whose gradient at 0 is 1, as PyTorch's losses have it.
Tensor hinge(const Tensor& x) {
  return clamp(x, 0, unlimited);
}

}  // namespace

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                         const CosineSimilarityFunctionOptions& options) {
  require_floating_input("cosine_similarity", x1);
  require_floating_input("cosine_similarity", x2);
  const Shape shape = broadcast_shapes("cosine_similarity", x1.shape(), x2.shape());
  const auto dim =
      static_cast<int64_t>(normalize_dim("cosine_similarity", options.dim, shape.size()));
  const auto direction = [&](const Tensor& x) {
    const Tensor full = expand(x, shape);
    return full / clamp(norm(full, 2, dim, true), options.eps, unlimited);
  };
  return sum(direction(x1) * direction(x2), dim);
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                         const PairwiseDistanceFunctionOptions& options) {
  require_broadcastable("pairwise_distance", x1, x2);
  return norm(x1 - x2 + options.eps, options.p, -1, options.keepdim);
}

Tensor normalize(const Tensor& x, const NormalizeFunctionOptions& options) {
  require_floating_input("normalize", x);
  const auto dim = static_cast<int64_t>(normalize_dim("normalize", options.dim, x.shape().size()));
  return x / clamp(norm(x, options.p, dim, true), options.eps, unlimited);
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossFunctionOptions& options) {
  require_broadcastable("hinge_embedding_loss", input, target);
  // A target that is neither 1 nor -1 counts as both, as in PyTorch.
  const Tensor far = where(ne(target, 1), hinge(options.margin - input), 0);
  return reduce_losses(far + where(ne(target, -1), input, 0), options.reduction);
}

Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                           const MarginLossFunctionOptions& options) {
  require_floating_input("margin_ranking_loss", input1);
  if (input1.dim() != input2.dim() || input1.dim() != target.dim()) {
    throw ShapeError(message("margin_ranking_loss: expected input1, input2 and target with the ",
                             "same number of dimensions, got ", input1.shape(), ", ",
                             input2.shape(), " and ", target.shape()));
  }
  const Shape shape = broadcast_shapes("margin_ranking_loss", input1.shape(), input2.shape());
  static_cast<void>(broadcast_shapes("margin_ranking_loss", shape, target.shape()));
  return reduce_losses(hinge(options.margin - target * (input1 - input2)), options.reduction);
}

Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                             const MarginLossFunctionOptions& options) {
  require_floating_input("cosine_embedding_loss", input1);
  const int64_t rank = input1.dim();
  const bool fits =
      input1.shape() == input2.shape() &&
      ((rank == 1 && target.dim() == 0) || (rank == 2 && target.shape() == Shape{input1.shape(0)}));
  if (!fits) {
    throw ShapeError(message("cosine_embedding_loss: expected inputs of shape (N, D) and target ",
                             "(N), or (D) and a scalar, got ", input1.shape(), ", ", input2.shape(),
                             " and ", target.shape()));
  }
  // PyTorch adds this to the squared lengths, as a float.
  constexpr double eps = 1e-12F;
  const Tensor squares = (sum(square(input1), -1) + eps) * (sum(square(input2), -1) + eps);
  const Tensor cosine = sum(input1 * input2, -1) / sqrt(squares);
  const Tensor alike = where(eq(target, 1), 1 - cosine, 0);
  const Tensor apart = where(eq(target, -1), hinge(cosine - options.margin), 0);
  return reduce_losses(alike + apart, options.reduction);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginLossFunctionOptions& options) {
  require_floating_input("triplet_margin_loss", anchor);
  if (anchor.dim() == 0 || anchor.dim() != positive.dim() || anchor.dim() != negative.dim()) {
    throw ShapeError(message("triplet_margin_loss: expected anchor, positive and negative with ",
                             "the same number of dimensions, at least one, got ", anchor.shape(),
                             ", ", positive.shape(), " and ", negative.shape()));
  }
  require_broadcastable("triplet_margin_loss", anchor, positive);
  require_broadcastable("triplet_margin_loss", anchor, negative);
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, {.p = options.p, .eps = options.eps});
  };
  Tensor far = distance(anchor, negative);
  if (options.swap) far = minimum(far, distance(positive, negative));
  return reduce_losses(hinge(options.margin + distance(anchor, positive) - far), options.reduction);
}

}  // namespace lucid::nn::functional
