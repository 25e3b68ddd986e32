// Internal: one walk backwards over the tape.
#pragma once

#include <map>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "autograd/engine.h"
#include "autograd/node.h"
#include "autograd/slot_index.h"

namespace lucid::autograd {

class BackwardPass {
 public:
  /// @param accumulate gradients go to grad() of the leaves, not only to what is captured
  BackwardPass(BackwardOptions options, bool accumulate)
      : retain_(options.retain_graph || options.create_graph),
        create_graph_(options.create_graph),
        accumulate_(accumulate) {}

  /// The gradient that arrives at this record is kept in captured().
  void capture(const GradientRecord& record) { captured_.emplace(place(record), Tensor()); }
  const Tensor& captured(const GradientRecord& record) const { return captured_.at(place(record)); }

  void run(const std::vector<Tensor>& tensors, const std::vector<Tensor>& seeds);

 private:
  // What a record stands for: several may belong to one output of a node.
  using Place = std::pair<const void*, uint32_t>;
  static Place place(const GradientRecord& record) {
    if (record.grad_fn) return {record.grad_fn.get(), record.output_index};
    return {&record, 0};
  }

  // A node some of whose gradients have arrived. Nearly all have one output: no list is made then.
  struct Pending {
    IntrusivePtr<Node> node;
    Tensor grad;
    std::vector<Tensor> several;

    std::span<Tensor> grads() noexcept {
      return several.empty() ? std::span<Tensor>(&grad, 1) : std::span<Tensor>(several);
    }
  };
  struct Leaf {
    GradientRecord* record;
    Tensor sum;
  };
  struct Turn {
    uint64_t sequence;
    uint32_t slot;  // in pending_
    friend bool operator<(const Turn& a, const Turn& b) noexcept { return a.sequence < b.sequence; }
  };

  // Of the nodes behind these tensors only those that lead to a captured one will run.
  void prune(const std::vector<Tensor>& tensors);
  void deliver(GradientRecord* record, Tensor grad);
  void deliver_to_leaf(GradientRecord* record, Tensor grad);
  Pending& pending(const IntrusivePtr<Node>& node);
  Pending take(uint32_t slot);
  // Whether the gradient of this record ends up anywhere.
  bool wanted(const GradientRecord& record) const;
  uint64_t wanted_inputs(const Node& node) const;
  void add_to(Tensor& sum, Tensor grad) const;
  void process(Pending pending);
  // All of a node's gradients are known: hooks see them, and what is asked for is kept.
  void settle(Node& node, std::span<Tensor> grads);
  void settle_leaves();
  void accumulate_leaf(GradientRecord& leaf, Tensor& grad) const;

  bool retain_;
  bool create_graph_;
  bool accumulate_;
  std::vector<Turn> queue_;  // a heap, the latest recorded node on top
  std::vector<Pending> pending_;
  std::vector<uint32_t> free_slots_;  // of pending_
  SlotIndex node_slots_;
  std::vector<Leaf> leaves_;  // in the order of arrival, which never depends on addresses
  SlotIndex leaf_slots_;
  std::vector<Tensor> input_grads_;  // of the node that runs
  std::map<Place, Tensor> captured_;
  std::unordered_set<Node*> useful_;
};

/// What the hooks make of a gradient. `owner` names the tensor in errors.
/// @throws AutogradError if a hook gives another shape or dtype.
void run_gradient_hooks(lucid::detail::HookList<GradHook>& hooks, const char* owner, Tensor& grad);

}  // namespace lucid::autograd
