#include "autograd/observer.h"

#include "autograd/node.h"
#include "autograd/profiler_log.h"

namespace lucid::autograd::detail {

void observe_forward(const char* name, std::span<const Tensor> inputs, const Tensor& output) {
  // What a gradient is made of belongs to that gradient.
  if (const auto log = current_profile(); log && !running_node()) log->forward(name);
  check_forward_anomaly(name, inputs, output);
}

void observe_backward_begin(const Node&) {
  if (const auto log = current_profile()) log->mark();
}

void observe_backward_end(const Node& node, std::span<const Tensor> input_grads) {
  if (const auto log = current_profile()) log->backward(node.name());
  check_backward_anomaly(node, input_grads);
}

}  // namespace lucid::autograd::detail
