// Losses of classes.
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/math.h"
#include "autograd/functions/shape.h"
#include "nn/loss_reduction.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

// The dimension of (N, C, ...) or (C) that holds the classes.
int64_t class_dim(const char* operation, const Tensor& input) {
  if (input.dim() == 0) {
    throw ShapeError(
        message(operation, ": expected input of shape (N, C, ...) or (C), got a scalar"));
  }
  return input.dim() == 1 ? 0 : 1;
}

void check_weight(const char* operation, const Tensor& weight, int64_t classes) {
  if (weight.defined() && weight.shape() != Shape{classes}) {
    throw ShapeError(message(operation, ": expected weight of shape ", Shape{classes},
                             ", one for each class, got ", weight.shape()));
  }
}

// weight (C) as it multiplies input.
Tensor along_classes(const Tensor& weight, const Tensor& input, int64_t dim) {
  Shape shape = Shape::filled(input.shape().size(), 1);
  shape[static_cast<size_t>(dim)] = weight.numel();
  return reshape(weight, shape);
}

struct Classes {
  Tensor index;  // 0 in place of those that are ignored
  Tensor kept;   // which are not ignored; undefined if none is
};

Classes check_classes(const char* operation, const Tensor& input, const Tensor& given,
                      int64_t ignore_index) {
  if (given.dtype() != int64 && given.dtype() != uint8) {
    throw DTypeError(message(operation, ": expected int64 or uint8 classes as target, got ",
                             given.dtype(), " of shape ", given.shape(), " for input of shape ",
                             input.shape()));
  }
  const Tensor target = given.to(int64);
  Shape expected = input.shape();
  const int64_t dim = class_dim(operation, input);
  expected.erase(static_cast<size_t>(dim));
  if (target.shape() != expected) {
    throw ShapeError(message(operation, ": expected target of shape ", expected,
                             " for input of shape ", input.shape(), ", got ", target.shape()));
  }
  if (target.is_meta()) return {target, {}};
  const int64_t classes = input.shape(dim);
  bool ignored = false;
  for (const int64_t label : target.to_vector<int64_t>()) {
    if (label == ignore_index) {
      ignored = true;
    } else if (label < 0 || label >= classes) {
      throw IndexError(message(operation, ": target class ", label, " is out of range for ",
                               classes, " classes"));
    }
  }
  if (!ignored) return {target, {}};
  const Tensor kept = ne(target, ignore_index);
  return {where(kept, target, 0), kept};
}

// For log-probabilities and classes.
Tensor negative_log_likelihood(const char* operation, const Tensor& input, const Tensor& target,
                               const CrossEntropyFunctionOptions& options) {
  const int64_t dim = class_dim(operation, input);
  const int64_t class_count = input.shape(dim);
  const Classes classes = check_classes(operation, input, target, options.ignore_index);
  const Tensor& weight = options.weight;
  const double smoothing = options.label_smoothing;
  check_weight(operation, weight, class_count);
  // Without classes all targets are ignored.
  Tensor losses = class_count == 0
                      ? sum(input, dim)
                      : neg(squeeze(gather(input, dim, unsqueeze(classes.index, dim)), dim));
  Tensor counts;  // what each target counts in the mean, 1 if undefined
  if (weight.defined() && class_count > 0) {
    counts = reshape(index_select(weight, 0, reshape(classes.index, {-1})), target.shape());
    losses = losses * counts;
  }
  if (smoothing > 0) {
    const Tensor each = weight.defined() ? input * along_classes(weight, input, dim) : input;
    losses =
        losses * (1 - smoothing) - sum(each, dim) * (smoothing / static_cast<double>(class_count));
  }
  if (classes.kept.defined()) {
    losses = where(classes.kept, losses, 0);
    counts = counts.defined() ? where(classes.kept, counts, 0) : classes.kept.to(input.dtype());
  }
  if (options.reduction != Reduction::mean || !counts.defined()) {
    return reduce_losses(losses, options.reduction);
  }
  return sum(losses) / sum(counts);
}

// For log-probabilities and probabilities of all classes.
Tensor cross_entropy_of_probabilities(const Tensor& input, const Tensor& target,
                                      const CrossEntropyFunctionOptions& options) {
  if (options.ignore_index >= 0) {
    throw ValueError(message("cross_entropy: ignore_index ", options.ignore_index,
                             " has no meaning for a target of probabilities (", target.dtype(),
                             "), expected classes (int64)"));
  }
  const int64_t dim = class_dim("cross_entropy", input);
  check_weight("cross_entropy", options.weight, input.shape(dim));
  const double smoothing = options.label_smoothing;
  const Tensor smooth =
      smoothing > 0 ? target * (1 - smoothing) + smoothing / static_cast<double>(input.shape(dim))
                    : target;
  Tensor each = input * smooth;
  if (options.weight.defined()) each = each * along_classes(options.weight, input, dim);
  return reduce_losses(neg(sum(each, dim)), options.reduction);
}

}  // namespace

Tensor nll_loss(const Tensor& input, const Tensor& target, const NllLossFunctionOptions& options) {
  require_floating_input("nll_loss", input);
  return negative_log_likelihood("nll_loss", input, target,
                                 {.weight = options.weight,
                                  .ignore_index = options.ignore_index,
                                  .reduction = options.reduction});
}

Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyFunctionOptions& options) {
  require_floating_input("cross_entropy", input);
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1)) {
    throw ValueError(message("cross_entropy: expected label_smoothing in [0, 1], got ",
                             options.label_smoothing));
  }
  const Tensor log_probabilities = log_softmax(input, class_dim("cross_entropy", input));
  if (target.is_floating_point() && target.shape() == input.shape()) {
    return cross_entropy_of_probabilities(log_probabilities, target, options);
  }
  return negative_log_likelihood("cross_entropy", log_probabilities, target, options);
}

}  // namespace lucid::nn::functional
