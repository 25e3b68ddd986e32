#include "lucid/ops/broadcast.h"

namespace lucid::ops {

BroadcastPlan plan_broadcast(const Shape& shape, const Tensor& a, const Tensor& b) {
  constexpr int64_t shortest_run = 8;
  const Strides a_strides = expanded_strides(a, shape);
  const Strides b_strides = expanded_strides(b, shape);
  BroadcastPlan plan;
  // Grow the run from the right for as long as both operands go on the way they began: one element
  // after the other, or the same one again.
  size_t d = shape.size();
  int64_t a_step = -1;
  int64_t b_step = -1;
  for (; d > 0; --d) {
    if (shape[d - 1] == 1) continue;
    const int64_t a_stride = a_strides[d - 1];
    const int64_t b_stride = b_strides[d - 1];
    if (a_step < 0) {
      if (a_stride > 1 || b_stride > 1) break;
      a_step = a_stride;
      b_step = b_stride;
    } else if (a_stride != a_step * plan.count || b_stride != b_step * plan.count) {
      break;
    }
    plan.count *= shape[d - 1];
  }
  const bool both_repeat = a_step == 0 && b_step == 0;
  plan.usable = plan.count >= shortest_run && !both_repeat;
  if (a_step == 0) plan.operands = kernels::Operands::left_scalar;
  if (b_step == 0) plan.operands = kernels::Operands::right_scalar;
  for (size_t i = 0; i < d; ++i) {
    plan.outer.push_back(shape[i]);
    plan.a_strides.push_back(a_strides[i]);
    plan.b_strides.push_back(b_strides[i]);
  }
  return plan;
}

}  // namespace lucid::ops
