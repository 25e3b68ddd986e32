#include "lucid/ops/dropout.h"

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid::ops {

Dropped dropout(const Tensor& x, double p, const RandomStream& stream) {
  Dropped result{allocate(x.shape(), x.dtype(), x.device()),
                 allocate(x.shape(), x.dtype(), x.device())};
  if (x.numel() == 0) return result;
  const Tensor input = contiguous(x);
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    kernel_table<T>().dropout(x.numel(), stream.seed, stream.position, static_cast<T>(p),
                              static_cast<T>(1 / (1 - p)), input.data<T>(), result.mask.data<T>(),
                              result.values.data<T>());
  });
  return result;
}

}  // namespace lucid::ops
