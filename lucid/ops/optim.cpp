#include "lucid/ops/optim.h"

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"

namespace lucid::ops {
namespace {

template <class T>
T* data_or_null(const Tensor& x) {
  return x.defined() ? x.data<T>() : nullptr;
}

// Runs step(parameter, gradient) row-major, and copies back to a parameter that is not.
template <class Step>
void update(const char* operation, const Tensor& parameter, const Tensor& gradient,
            const Step& step) {
  require_floating(operation, "parameter", parameter);
  require_same_dtype(operation, parameter, "parameter", gradient, "gradient");
  require_shape(operation, "gradient", gradient, parameter.shape());
  if (parameter.is_meta() || parameter.numel() == 0) return;
  const Tensor target = contiguous(parameter);
  step(target, contiguous(gradient));
  if (!target.is_same(parameter)) copy_into(target, parameter);
  parameter.impl()->storage->bump_version(operation);
}

}  // namespace

void sgd_step(const kernels::SgdStep& step, const Tensor& parameter, const Tensor& gradient,
              const Tensor& momentum) {
  update("sgd_step", parameter, gradient, [&](const Tensor& p, const Tensor& g) {
    visit_floating(p.dtype(), [&]<class T>(Tag<T>) {
      kernel_table<T>().sgd_step(p.numel(), step, p.data<T>(), g.data<T>(),
                                 data_or_null<T>(momentum));
    });
  });
}

void adam_step(const kernels::AdamStep& step, const Tensor& parameter, const Tensor& gradient,
               const Tensor& first_moment, const Tensor& second_moment,
               const Tensor& max_second_moment) {
  update("adam_step", parameter, gradient, [&](const Tensor& p, const Tensor& g) {
    visit_floating(p.dtype(), [&]<class T>(Tag<T>) {
      kernel_table<T>().adam_step(p.numel(), step, p.data<T>(), g.data<T>(), first_moment.data<T>(),
                                  second_moment.data<T>(), data_or_null<T>(max_second_moment));
    });
  });
}

}  // namespace lucid::ops
