// Losses of two tensors of one shape, or that broadcast: differences, probabilities and counts.
#include <limits>
#include <numbers>

#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/loss.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "nn/loss_reduction.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

// delta * smooth_l1_loss with beta = delta. The gradient is that of a limited difference, right
// also where the difference is 0 or infinite.
Tensor huber(const Tensor& difference, double delta) {
  const Tensor limited = clamp(difference, -delta, delta);
  return limited * (difference - limited * 0.5);
}

// @throws ShapeError unless the argument broadcasts to the shape of the losses.
void require_weight(const char* operation, const char* argument, const Tensor& weight,
                    const Shape& losses) {
  if (broadcast_shapes(operation, losses, weight.shape()) == losses) return;
  throw ShapeError(message(operation, ": expected ", argument, " that broadcasts to ", losses,
                           ", got ", weight.shape()));
}

Tensor weighted(const char* operation, const Tensor& losses, const Tensor& weight) {
  if (!weight.defined()) return losses;
  require_weight(operation, "weight", weight, losses.shape());
  return losses * weight;
}

// log(target!), where target > 1.
Tensor stirling(const Tensor& target) {
  const Tensor large = gt(target, 1);
  const Tensor n = where(large, target, 1);
  const Tensor value = n * log(n) - n + log(n * (2 * std::numbers::pi)) * 0.5;
  return where(large, value, 0);
}

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  require_broadcastable("mse_loss", input, target);
  return reduce_losses(square(input - target), options.reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  require_broadcastable("l1_loss", input, target);
  return reduce_losses(abs(input - target), options.reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossFunctionOptions& options) {
  require_broadcastable("smooth_l1_loss", input, target);
  if (!(options.beta >= 0)) {
    throw ValueError(message("smooth_l1_loss: expected beta >= 0, got ", options.beta));
  }
  if (options.beta == 0) return l1_loss(input, target, {.reduction = options.reduction});
  return reduce_losses(huber(input - target, options.beta) / options.beta, options.reduction);
}

Tensor huber_loss(const Tensor& input, const Tensor& target,
                  const HuberLossFunctionOptions& options) {
  require_broadcastable("huber_loss", input, target);
  if (!(options.delta > 0)) {
    throw ValueError(message("huber_loss: expected delta > 0, got ", options.delta));
  }
  return reduce_losses(huber(input - target, options.delta), options.reduction);
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BinaryCrossEntropyFunctionOptions& options) {
  require_pair("binary_cross_entropy", input, target);
  const Tensor losses = lucid::binary_cross_entropy(input, target);
  return reduce_losses(weighted("binary_cross_entropy", losses, options.weight), options.reduction);
}

Tensor binary_cross_entropy_with_logits(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyWithLogitsFunctionOptions& options) {
  constexpr const char* name = "binary_cross_entropy_with_logits";
  require_pair(name, input, target);
  Tensor positive = neg(logsigmoid(input));
  if (options.pos_weight.defined()) {
    require_weight(name, "pos_weight", options.pos_weight, input.shape());
    positive = positive * ((options.pos_weight - 1) * target + 1);
  }
  const Tensor losses = (1 - target) * input + positive;
  return reduce_losses(weighted(name, losses, options.weight), options.reduction);
}

Tensor kl_div(const Tensor& input, const Tensor& target, const KlDivFunctionOptions& options) {
  require_broadcastable("kl_div", input, target);
  Tensor losses;
  if (options.log_target) {
    losses = exp(target) * (target - input);
  } else {
    // 0 * log(0) is 0.
    losses = target * log(where(eq(target, 0), 1, target)) - target * input;
  }
  switch (options.reduction) {
    case KlDivReduction::none:
      return losses;
    case KlDivReduction::mean:
      return mean(losses);
    case KlDivReduction::sum:
      return sum(losses);
    case KlDivReduction::batchmean:
      break;
  }
  if (input.dim() == 0) throw ShapeError("kl_div: batchmean of a scalar, which has no batch");
  return sum(losses) / input.shape(0);
}

Tensor poisson_nll_loss(const Tensor& input, const Tensor& target,
                        const PoissonNllLossFunctionOptions& options) {
  require_broadcastable("poisson_nll_loss", input, target);
  Tensor losses =
      options.log_input ? exp(input) - target * input : input - target * log(input + options.eps);
  if (options.full) losses = losses + stirling(target);
  return reduce_losses(losses, options.reduction);
}

}  // namespace lucid::nn::functional
