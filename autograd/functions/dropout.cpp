#include "autograd/functions/dropout.h"

#include <cmath>
#include <utility>

#include "autograd/functions/arithmetic.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/dropout.h"
#include "lucid/ops/pointwise.h"

namespace lucid {

using ops::message;

namespace {

// Numbers of any type may pass as they are or be dropped altogether; only then nothing is scaled.
void check(const char* operation, const Tensor& x, double p, bool training) {
  ops::require_defined(operation, "x", x);
  if (!(p >= 0 && p <= 1)) throw ValueError(message(operation, ": expected p in [0, 1], got ", p));
  if (training && p > 0 && p < 1) ops::require_floating(operation, "x", x);
}

// `value` with probability 1 - p, else 0.
Tensor kept(const Tensor& x, const Shape& shape, double p, double value, Generator& generator) {
  Tensor mask = rand(shape, generator, {.dtype = x.dtype()});
  ops::threshold(mask, p, value);
  return mask;
}

// All of x dropped; NaN stays NaN, as in PyTorch.
Tensor dropped(const Tensor& x) {
  return x * zeros({}, {.dtype = x.dtype(), .device = x.device()});
}

// Draws a number for each index of `shape`, which is broadcast to x.
Tensor drop(const Tensor& x, const Shape& shape, double p, bool training, Generator& generator) {
  if (!training || p == 0) return x;
  // 1 / (1 - p) would turn zeros into NaN.
  if (x.is_meta() || p == 1) return dropped(x);
  if (shape != x.shape()) return x * kept(x, shape, p, 1 / (1 - p), generator);
  ops::Dropped result = ops::dropout(x, p, RandomStream::from(generator));
  return autograd::record(
      "dropout", {x}, std::move(result.values),
      [mask = autograd::Saved(result.mask)](const Tensor& grad, const autograd::Needs&)
          -> autograd::Gradients<1> { return {grad * *mask}; });
}

// @param batched the number of dimensions of a batch, one more than of an example
Tensor drop_channels(const char* operation, const Tensor& x, int64_t batched, double p,
                     bool training, Generator& generator) {
  check(operation, x, p, training);
  if (x.dim() != batched && x.dim() != batched - 1) {
    throw ShapeError(message(operation, ": expected x of ", batched, " dimensions, or ",
                             batched - 1, ", got ", x.shape()));
  }
  // (N, C, L) is an image without a batch in shape, but not in PyTorch.
  const bool has_batch = x.dim() == batched || batched == 4;
  Shape shape = x.shape();
  for (size_t i = has_batch ? 2 : 1; i < shape.size(); ++i) shape[i] = 1;
  return drop(x, shape, p, training, generator);
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  check("dropout", x, p, training);
  return drop(x, x.shape(), p, training, generator);
}

Tensor dropout1d(const Tensor& x, double p, bool training, Generator& generator) {
  return drop_channels("dropout1d", x, 3, p, training, generator);
}

Tensor dropout2d(const Tensor& x, double p, bool training, Generator& generator) {
  return drop_channels("dropout2d", x, 4, p, training, generator);
}

Tensor dropout3d(const Tensor& x, double p, bool training, Generator& generator) {
  return drop_channels("dropout3d", x, 5, p, training, generator);
}

Tensor alpha_dropout(const Tensor& x, double p, bool training, Generator& generator) {
  check("alpha_dropout", x, p, training);
  if (!training || p == 0) return x;
  if (x.is_meta() || p == 1) return dropped(x);
  // scale * alpha of SELU, the negative of its least value.
  constexpr double least = 1.7580993408473766;
  const double a = 1 / std::sqrt((least * least * p + 1) * (1 - p));
  const Tensor mask = kept(x, x.shape(), p, 1, generator);
  return x * (mask * a) + (mask - (1 - p)) * (least * a);
}

}  // namespace lucid
