#include "autograd/functions/dropout.h"

#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid {

using ops::message;

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  ops::require_floating("dropout", "x", x);
  if (!(p >= 0 && p <= 1)) throw ValueError(message("dropout: expected p in [0, 1], got ", p));
  if (!training || p == 0) return x;
  if (x.is_meta()) return x * 0;
  const TensorOptions options{.dtype = x.dtype()};
  const Tensor kept = ops::to(ge(rand(x.shape(), generator, options), p), x.dtype());
  // With p = 1 nothing is kept, and 1 / (1 - p) would turn the zeros into NaN.
  return p == 1 ? x * kept : x * (kept * (1 / (1 - p)));
}

}  // namespace lucid
