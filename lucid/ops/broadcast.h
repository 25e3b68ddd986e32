// Internal: the loop over two operands that broadcast.
#pragma once

#include <concepts>

#include "lucid/kernels/shapes.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {

inline constexpr int64_t pointwise_grain = 16384;

/// y[i] = function(x[i])
template <class T, class R, class F>
void map(int64_t n, const T* x, R* y, const F& function) {
  parallel_for(n, pointwise_grain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = function(x[i]);
  });
}

/// y[i] = function(a[i], b[i]), where either operand may be a single value.
template <class T, class R, class F>
void pairwise(int64_t n, const T* a, const T* b, R* y, kernels::Operands operands,
              const F& function) {
  const int64_t a_step = operands == kernels::Operands::left_scalar ? 0 : 1;
  const int64_t b_step = operands == kernels::Operands::right_scalar ? 0 : 1;
  parallel_for(n, pointwise_grain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = function(a[i * a_step], b[i * b_step]);
  });
}

/// The innermost run of a broadcast: `count` elements in which each operand is either contiguous or
/// one value, repeated over `outer` dimensions.
struct BroadcastPlan {
  bool usable = false;
  int64_t count = 1;
  kernels::Operands operands = kernels::Operands::both_full;
  Shape outer;
  Strides a_strides, b_strides;
};

/// Short runs are not worth a kernel call each; the plan is then not usable.
BroadcastPlan plan_broadcast(const Shape& shape, const Tensor& a, const Tensor& b);

/// Calls visit(a offset, b offset, run number) for every run of a plan.
template <class Visit>
void for_each_run(const BroadcastPlan& plan, const Visit& visit) {
  Shape position = Shape::filled(plan.outer.size(), 0);
  const int64_t runs = plan.outer.numel();
  for (int64_t run = 0; run < runs; ++run) {
    int64_t a_offset = 0;
    int64_t b_offset = 0;
    for (size_t d = 0; d < position.size(); ++d) {
      a_offset += position[d] * plan.a_strides[d];
      b_offset += position[d] * plan.b_strides[d];
    }
    visit(a_offset, b_offset, run);
    for (size_t d = position.size(); d-- > 0 && ++position[d] == plan.outer[d];) position[d] = 0;
  }
}

/// Runs kernel(n, a, b, out, operands) over two operands of one type that broadcast.
template <class Kernel>
Tensor broadcast(const char* operation, const Tensor& a, const Tensor& b, DType result_dtype,
                 const Kernel& kernel) {
  const bool same = a.shape() == b.shape();
  const Shape mixed = same ? Shape() : broadcast_shapes(operation, a.shape(), b.shape());
  const Shape& shape = same ? a.shape() : mixed;
  Tensor result = allocate(shape, result_dtype, common_device({&a, &b}));
  if (result.is_meta() || result.numel() == 0) return result;
  const auto run = [&]<class T>(Tag<T>) {
    const auto into = [&] {
      using Result = std::conditional_t<
          std::is_invocable_v<Kernel, int64_t, const T*, const T*, T*, kernels::Operands>, T, bool>;
      return result.data<Result>();
    }();
    if (same && a.is_contiguous() && b.is_contiguous()) {
      kernel(result.numel(), a.data<T>(), b.data<T>(), into, kernels::Operands::both_full);
      return;
    }
    if (const BroadcastPlan plan = plan_broadcast(shape, a, b); plan.usable) {
      for_each_run(plan, [&](int64_t a_offset, int64_t b_offset, int64_t index) {
        kernel(plan.count, a.data<T>() + a_offset, b.data<T>() + b_offset,
               into + index * plan.count, plan.operands);
      });
      return;
    }
    const Tensor left = contiguous(expand(a, shape));
    const Tensor right = contiguous(expand(b, shape));
    kernel(result.numel(), left.data<T>(), right.data<T>(), into, kernels::Operands::both_full);
  };
  visit_dtype(a.dtype(), run);
  return result;
}

}  // namespace lucid::ops
