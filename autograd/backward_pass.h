// Internal: one walk backwards over the tape.
#pragma once

#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "autograd/engine.h"
#include "autograd/node.h"

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

  // Of the nodes behind these tensors only those that lead to a captured one will run.
  void prune(const std::vector<Tensor>& tensors);
  void deliver(GradientRecord* record, Tensor grad);
  void add_to(Tensor& sum, Tensor grad) const;
  void process(Node& node);
  // All of a node's gradients are known: hooks see them, and what is asked for is kept.
  void settle(Node& node, std::vector<Tensor>& grads);
  void settle_leaves();
  void accumulate_leaf(GradientRecord& leaf, Tensor& grad) const;

  bool retain_;
  bool create_graph_;
  bool accumulate_;
  std::vector<IntrusivePtr<Node>> queue_;  // a heap, the latest recorded node on top
  std::unordered_map<Node*, std::vector<Tensor>> pending_;
  std::unordered_map<GradientRecord*, Tensor> leaves_;
  std::vector<GradientRecord*> leaf_order_;  // so that the order never depends on addresses
  std::map<Place, Tensor> captured_;
  std::unordered_set<Node*> useful_;
};

/// What the hooks make of a gradient. `owner` names the tensor in errors.
/// @throws AutogradError if a hook gives another shape or dtype.
void run_gradient_hooks(lucid::detail::HookList<GradHook>& hooks, const char* owner, Tensor& grad);

}  // namespace lucid::autograd
