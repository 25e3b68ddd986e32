#include "lucid/ops/loss.h"

#include <algorithm>
#include <cmath>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

// Logarithms are costly: few elements are worth a thread.
constexpr int64_t grain = 4096;

template <class T>
void require_probabilities(const Tensor& x) {
  const T* const values = x.data<T>();
  for (int64_t i = 0; i < x.numel(); ++i) {
    if (values[i] < 0 || values[i] > 1) {
      throw ValueError(
          message("binary_cross_entropy: expected input between 0 and 1, got ", values[i]));
    }
  }
}

}  // namespace

Tensor binary_cross_entropy(const Tensor& x, const Tensor& target) {
  require_floating("binary_cross_entropy", "input", x);
  require_same_dtype("binary_cross_entropy", x, "input", target, "target");
  require_shape("binary_cross_entropy", "target", target, x.shape());
  Tensor result = allocate(x.shape(), x.dtype(), common_device({&x, &target}));
  if (result.is_meta() || x.numel() == 0) return result;
  const Tensor from = contiguous(x), labels = contiguous(target);
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    require_probabilities<T>(from);
    const T* const p = from.data<T>();
    const T* const t = labels.data<T>();
    T* const y = result.data<T>();
    parallel_for(x.numel(), grain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        // In this order a NaN stays one.
        const T positive = std::max(std::log(p[i]), T(-100));
        const T negative = std::max(std::log1p(-p[i]), T(-100));
        y[i] = (t[i] - 1) * negative - t[i] * positive;
      }
    });
  });
  return result;
}

}  // namespace lucid::ops
