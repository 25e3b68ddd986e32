// Internal: who watches operations run, namely anomaly mode and profilers.
#pragma once

#include <atomic>
#include <span>

#include "lucid/tensor.h"

namespace lucid::autograd {

class Node;

/// Sees every operation that runs on its thread, parts of others included, as long as it lives: for
/// who wants to know what a model does. The innermost one of its thread is told.
class OperationTrace {
 public:
  OperationTrace() noexcept;
  OperationTrace(const OperationTrace&) = delete;
  OperationTrace& operator=(const OperationTrace&) = delete;
  virtual ~OperationTrace();
  virtual void operation(const char* name, std::span<const Tensor> inputs,
                         const Tensor& output) = 0;

 private:
  OperationTrace* outer_;
};

namespace detail {

/// How many guards and profilers there are on all threads: while there are none, nobody looks
/// further.
inline std::atomic<int> observers{0};
inline bool anybody_observes() noexcept {
  return observers.load(std::memory_order_relaxed) != 0;
}

/// Told what an operation has just computed.
void observe_forward(const char* name, std::span<const Tensor> inputs, const Tensor& output);
/// Told of an operation that never has a gradient, and so is not recorded: only traces hear of it.
void observe_unrecorded(std::span<const Tensor> inputs, const Tensor& output);
/// The result of such an operation, told of where anybody observes.
template <class... Inputs>
Tensor unrecorded(Tensor output, const Inputs&... inputs) {
  if (anybody_observes()) {
    const Tensor all[] = {inputs...};
    observe_unrecorded(all, output);
  }
  return output;
}
/// Told of a node that has just been made for that operation.
void observe_node(Node& node);
/// Told before a node's backward runs, and what it has computed.
void observe_backward_begin(const Node& node);
void observe_backward_end(const Node& node, std::span<const Tensor> input_grads);

// The parts of these that belong to anomaly mode; they do nothing unless it is on.
/// @throws AutogradError if the output is the first that is not finite.
void check_forward_anomaly(const char* name, std::span<const Tensor> inputs, const Tensor& output);
/// The same for the gradients that a node computed.
void check_backward_anomaly(const Node& node, std::span<const Tensor> input_grads);

}  // namespace detail
}  // namespace lucid::autograd
