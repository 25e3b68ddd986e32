#include "autograd/observer.h"

#include <utility>

#include "autograd/anomaly.h"
#include "autograd/flops.h"
#include "autograd/node.h"
#include "autograd/profiler_log.h"

namespace lucid::autograd {
namespace {
thread_local OperationTrace* running_trace = nullptr;
}  // namespace

OperationTrace::OperationTrace() noexcept : outer_(std::exchange(running_trace, this)) {
  detail::observers.fetch_add(1, std::memory_order_relaxed);
}

OperationTrace::~OperationTrace() {
  detail::observers.fetch_sub(1, std::memory_order_relaxed);
  running_trace = outer_;
}

namespace detail {

void observe_forward(const char* name, std::span<const Tensor> inputs, const Tensor& output) {
  if (running_trace) running_trace->operation(name, inputs, output);
  const auto log = current_profile();
  // What a gradient is made of belongs to that gradient.
  const bool logged = log && !running_node();
  if (log) log->flops_to_record = forward_flops(name, inputs, output);
  if (logged) log->forward(name, inputs, log->flops_to_record);
  check_forward_anomaly(name, inputs, output);
  if (logged && anomaly_enabled()) log->mark();
}

void observe_unrecorded(std::span<const Tensor> inputs, const Tensor& output) {
  if (running_trace) running_trace->operation("", inputs, output);
}

void observe_node(Node& node) {
  if (anomaly_enabled()) node.ensure_notes().origin = current_origin();
  const auto log = current_profile();
  if (log && log->flops_to_record > 0) {
    node.ensure_notes().forward_flops = std::exchange(log->flops_to_record, 0);
  }
}

void observe_backward_begin(const Node&) {
  if (const auto log = current_profile()) log->mark();
}

void observe_backward_end(const Node& node, std::span<const Tensor> input_grads) {
  if (const auto log = current_profile()) {
    const int64_t flops = node.notes() ? node.notes()->forward_flops : 0;
    log->backward(node.name(), backward_flops(node.name(), flops, input_grads));
  }
  check_backward_anomaly(node, input_grads);
}

}  // namespace detail
}  // namespace lucid::autograd
