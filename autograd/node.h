// The tape: one node for every recorded operation, linked to what computed its inputs.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lucid/hook_list.h"
#include "lucid/intrusive_ptr.h"
#include "lucid/tensor.h"

namespace lucid::autograd {

class Node;

/// What most tensors do without: hooks on a leaf, and the gradient that retain_grad() asked for.
struct RecordExtras {
  lucid::detail::HookList<GradHook> hooks;
  lucid::detail::HookList<std::function<void()>> post_accumulate_hooks;
  std::shared_ptr<Tensor> retained_grad;  ///< null unless asked for
};

/// What the tape knows of one tensor. A leaf has no grad_fn and collects its gradient; any other is
/// output number `output_index` of its grad_fn.
class GradientRecord final : public AutogradRecord {
 public:
  GradientRecord() noexcept = default;
  GradientRecord(IntrusivePtr<Node> node, uint32_t output_index, const TensorImpl& impl) noexcept
      : grad_fn(std::move(node)),
        output_index(output_index),
        wanted(true),
        described(true),
        dtype(impl.dtype),
        shape(impl.shape) {}

  bool requires_grad() const noexcept override { return wanted; }
  void describe(const TensorImpl& impl) noexcept override;
  RecordExtras& ensure_extras();
  /// Where grad() is kept.
  Tensor& grad_place() noexcept {
    return extras && extras->retained_grad ? *extras->retained_grad : grad;
  }

  IntrusivePtr<Node> grad_fn;
  uint32_t output_index = 0;
  bool wanted = false;      ///< requires_grad
  bool views_leaf = false;  ///< shares memory with a leaf that requires a gradient
  bool described = false;   ///< shape and dtype are known: not for what is uninitialised
  DType dtype = DType::float32;
  Shape shape;
  Tensor grad;
  std::unique_ptr<RecordExtras> extras;
};

/// The record of a tensor, null if the tape knows nothing of it.
inline GradientRecord* record_of(const Tensor& tensor) noexcept {
  return tensor.defined() ? static_cast<GradientRecord*>(tensor.impl()->autograd.get()) : nullptr;
}
/// The same, made if need be.
GradientRecord& ensure_record(const Tensor& tensor);

/// @throws AutogradError if a recorded operation has overwritten the tensor's memory through
/// another view, so that the tape no longer knows how these values came about.
void check_current(const char* operation, const Tensor& tensor);

/// What most nodes do without.
struct NodeNotes {
  /// Hooks on one output's gradient; a tensor that retains its gradient owns the place for it.
  struct Output {
    uint32_t index;
    lucid::detail::HookList<GradHook> hooks;
    std::weak_ptr<Tensor> retained_grad;
  };
  std::deque<Output> outputs;  ///< a hook may add others while it runs
  std::string origin;          ///< the module that recorded it, in anomaly mode
  int64_t forward_flops = 0;   ///< if a profiler saw it; 0: unknown

  Output& output(uint32_t index);
};

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

  NodeNotes* notes() const noexcept { return notes_.get(); }
  NodeNotes& ensure_notes();

 protected:
  /// Chains of nodes own each other: they are freed in a loop, not by recursion.
  void destroy() noexcept override;

 private:
  const char* name_;
  union {
    uint64_t sequence_;
    Node* next_doomed_;  // of nodes that wait to be deleted
  };
  std::unique_ptr<NodeNotes> notes_;
};

/// The node whose backward() runs on this thread, for error messages; null outside of a backward
/// pass.
const Node* running_node() noexcept;

/// Which of its inputs the pass wants gradients for, one bit each; those after the 64th always.
/// backward() leaves a leaf with all it can give, grad() asks for less.
uint64_t wanted_inputs() noexcept;

class RunningNodeGuard {
 public:
  explicit RunningNodeGuard(const Node* node, uint64_t wanted_inputs = UINT64_MAX) noexcept;
  RunningNodeGuard(const RunningNodeGuard&) = delete;
  RunningNodeGuard& operator=(const RunningNodeGuard&) = delete;
  ~RunningNodeGuard();

 private:
  const Node* previous_;
  uint64_t previous_wanted_;
};

/// Stands for a saved tensor that is not kept, and can bring it back.
class Packed : public RefCounted {
 public:
  /// The tensor, with its place on the tape if grad_enabled().
  virtual Tensor unpack() = 0;
};

/// Decides on a thread, while it is there, what becomes of the tensors that are saved.
class SavedTensorHook {
 public:
  /// Null to keep the tensor.
  virtual IntrusivePtr<Packed> pack(const Tensor& tensor) = 0;

 protected:
  ~SavedTensorHook() = default;
};

/// Makes a hook (null: none) the one of this thread for its lifetime.
class SavedTensorHookGuard {
 public:
  explicit SavedTensorHookGuard(SavedTensorHook* hook) noexcept;
  SavedTensorHookGuard(const SavedTensorHookGuard&) = delete;
  SavedTensorHookGuard& operator=(const SavedTensorHookGuard&) = delete;
  ~SavedTensorHookGuard();

 private:
  SavedTensorHook* previous_;
};

/// Whether there is one on this thread.
bool saved_tensors_are_hooked() noexcept;

/// The error of a tensor that was saved in one version and is another by now.
/// @param writer null if that is not known
[[noreturn]] void fail_modified(const Shape& shape, const char* writer, uint64_t version,
                                uint64_t expected);

/// A tensor kept for the backward pass, which must not have been written to by then. Made while
/// nothing is recorded it keeps nothing.
class Saved {
 public:
  Saved() noexcept = default;
  explicit Saved(const Tensor& tensor);
  // Not inline: every operation that saves has a node of its own type with these in it.
  Saved(const Saved&);
  Saved(Saved&&) noexcept;
  Saved& operator=(Saved) noexcept;
  ~Saved();

  /// @throws AutogradError if it was modified in place since it was saved.
  const Tensor& operator*() const;

 private:
  void unpack() const;

  mutable Tensor tensor_;
  mutable uint64_t version_ : 63 = 0;
  mutable uint64_t with_graph_ : 1 = 0;  ///< what was unpacked has its place on the tape
  IntrusivePtr<Packed> packed_;          ///< null if tensor_ was kept
};

}  // namespace lucid::autograd
