// Losses.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/functional.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

void require_floating(const char* operation, const Tensor& input) {
  if (!input.is_floating_point()) {
    throw DTypeError(
        message(operation, ": expected input to be float32 or float64, got ", input.dtype()));
  }
}

Tensor reduce(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::none:
      return losses;
    case Reduction::mean:
      return mean(losses);
    case Reduction::sum:
      break;
  }
  return sum(losses);
}

// The dimension of (N, C, ...) or (C) that holds the classes.
int64_t class_dim(const char* operation, const Tensor& input) {
  if (input.dim() == 0) {
    throw ShapeError(
        message(operation, ": expected input of shape (N, C, ...) or (C), got a scalar"));
  }
  return input.dim() == 1 ? 0 : 1;
}

void check_classes(const char* operation, const Tensor& input, const Tensor& target) {
  if (target.dtype() != int64) {
    throw DTypeError(
        message(operation, ": expected int64 classes as target, got ", target.dtype()));
  }
  Shape expected = input.shape();
  const int64_t dim = class_dim(operation, input);
  expected.erase(static_cast<size_t>(dim));
  if (target.shape() != expected) {
    throw ShapeError(message(operation, ": expected target of shape ", expected,
                             " for input of shape ", input.shape(), ", got ", target.shape()));
  }
  if (target.is_meta()) return;
  const int64_t classes = input.shape(dim);
  for (const int64_t label : target.to_vector<int64_t>()) {
    if (label < 0 || label >= classes) {
      throw IndexError(message(operation, ": target class ", label, " is out of range for ",
                               classes, " classes"));
    }
  }
}

Tensor negative_log_likelihood(const char* operation, const Tensor& input, const Tensor& target,
                               const LossOptions& options) {
  require_floating(operation, input);
  check_classes(operation, input, target);
  const int64_t dim = class_dim(operation, input);
  return reduce(neg(squeeze(gather(input, dim, unsqueeze(target, dim)), dim)), options.reduction);
}

}  // namespace

Tensor nll_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  return negative_log_likelihood("nll_loss", input, target, options);
}

Tensor cross_entropy(const Tensor& input, const Tensor& target, const LossOptions& options) {
  require_floating("cross_entropy", input);
  const int64_t dim = class_dim("cross_entropy", input);
  return negative_log_likelihood("cross_entropy", log_softmax(input, dim), target, options);
}

Tensor mse_loss(const Tensor& input, const Tensor& target, const LossOptions& options) {
  if (input.shape() != target.shape()) {
    throw ShapeError(message("mse_loss: expected input and target of one shape, got ",
                             input.shape(), " and ", target.shape()));
  }
  require_floating("mse_loss", input);
  return reduce(square(input - target), options.reduction);
}

}  // namespace lucid::nn::functional
