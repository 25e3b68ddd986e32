// The tape: one node for every recorded operation, linked to what computed its inputs.
#pragma once

#include <cstdint>
#include <span>

#include "lucid/intrusive_ptr.h"
#include "lucid/tensor.h"

namespace lucid::autograd {

class Node;

/// What the tape knows of one tensor. A leaf has no grad_fn and collects its gradient; any other is
/// output number `output_index` of its grad_fn.
class GradientRecord final : public AutogradRecord {
 public:
  GradientRecord() noexcept = default;
  explicit GradientRecord(IntrusivePtr<Node> node, uint32_t output_index = 0) noexcept
      : grad_fn(std::move(node)), output_index(output_index), wanted(true) {}

  bool requires_grad() const noexcept override { return wanted; }

  IntrusivePtr<Node> grad_fn;
  uint32_t output_index = 0;
  bool wanted = false;      ///< requires_grad
  bool views_leaf = false;  ///< shares memory with a leaf that requires a gradient
  Tensor grad;
};

/// The record of a tensor, null if the tape knows nothing of it.
GradientRecord* record_of(const Tensor& tensor) noexcept;
/// The same, made if need be.
GradientRecord& ensure_record(const Tensor& tensor);

/// @throws AutogradError if a recorded operation has overwritten the tensor's memory through
/// another view, so that the tape no longer knows how these values came about.
void check_current(const char* operation, const Tensor& tensor);

/// A recorded operation. Its inputs' records lead on to the nodes that computed them.
class Node : public RefCounted {
 public:
  using Input = IntrusivePtr<GradientRecord>;  ///< null where no gradient is wanted

  explicit Node(const char* name) noexcept;

  const char* name() const noexcept { return name_; }
  /// Counts up with every node made: later nodes never feed earlier ones.
  uint64_t sequence() const noexcept { return sequence_; }
  virtual std::span<const Input> inputs() const noexcept = 0;
  virtual size_t output_count() const noexcept { return 1; }

  /// From the gradients of the outputs (undefined: zero) those of the inputs, one for each of
  /// inputs(), left undefined where there is none.
  virtual void backward(std::span<const Tensor> output_grads, std::span<Tensor> input_grads) = 0;

  /// Drops what was saved for backward().
  virtual void release() noexcept = 0;
  virtual bool released() const noexcept = 0;

 protected:
  /// Chains of nodes own each other: they are freed in a loop, not by recursion.
  void destroy() noexcept override;

 private:
  const char* name_;
  uint64_t sequence_;
};

/// The node whose backward() runs on this thread, for error messages; null outside of a backward
/// pass.
const Node* running_node() noexcept;

class RunningNodeGuard {
 public:
  explicit RunningNodeGuard(const Node* node) noexcept;
  RunningNodeGuard(const RunningNodeGuard&) = delete;
  RunningNodeGuard& operator=(const RunningNodeGuard&) = delete;
  ~RunningNodeGuard();

 private:
  const Node* previous_;
};

/// A tensor kept for the backward pass, which must not have been written to by then.
class Saved {
 public:
  Saved() noexcept = default;
  explicit Saved(const Tensor& tensor)
      : tensor_(tensor), version_(tensor.defined() ? tensor.version() : 0) {}

  /// @throws AutogradError if it was modified in place since it was saved.
  const Tensor& operator*() const;

 private:
  Tensor tensor_;
  uint64_t version_ = 0;
};

}  // namespace lucid::autograd
