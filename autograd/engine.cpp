#include "autograd/engine.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "autograd/functions/arithmetic.h"
#include "autograd/grad_mode.h"
#include "autograd/node.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"

namespace lucid::autograd {

using lucid::detail::message;

namespace {

// Nobody else sees these values, so they may be taken over or added to.
bool exclusive(const Tensor& tensor) {
  const TensorImpl& impl = *tensor.impl();
  return impl.use_count() == 1 && impl.contiguous && impl.storage && impl.storage->use_count() == 1;
}

bool can_add_in_place(const Tensor& sum, const Tensor& term) {
  return sum.is_contiguous() && term.is_contiguous() && sum.dtype() == term.dtype() &&
         sum.is_floating_point() && sum.shape() == term.shape();
}

class BackwardPass {
 public:
  explicit BackwardPass(BackwardOptions options, bool accumulate)
      : retain_(options.retain_graph || options.create_graph),
        create_graph_(options.create_graph),
        accumulate_(accumulate) {}

  // The gradient that arrives at this record is kept in captured().
  void capture(const GradientRecord& record) { captured_.emplace(place(record), Tensor()); }
  const Tensor& captured(const GradientRecord& record) const { return captured_.at(place(record)); }

  void run(const std::vector<Tensor>& tensors, const std::vector<Tensor>& seeds) {
    const GradModeGuard guard(create_graph_);
    if (!accumulate_) prune(tensors);
    for (size_t i = 0; i < tensors.size(); ++i) deliver(record_of(tensors[i]), seeds[i]);
    while (!queue_.empty()) {
      std::pop_heap(queue_.begin(), queue_.end(), runs_later);
      const IntrusivePtr<Node> node = std::move(queue_.back());
      queue_.pop_back();
      process(*node);
    }
    if (accumulate_) {
      for (GradientRecord* leaf : leaf_order_) accumulate_leaf(*leaf, leaves_.at(leaf));
    }
  }

 private:
  // What a record stands for: several may belong to one output of a node.
  using Place = std::pair<const void*, uint32_t>;
  static Place place(const GradientRecord& record) {
    if (record.grad_fn) return {record.grad_fn.get(), record.output_index};
    return {&record, 0};
  }

  // Of the nodes behind these tensors only those that lead to a captured one will run.
  void prune(const std::vector<Tensor>& tensors) {
    std::vector<Node*> nodes;
    std::unordered_set<Node*> seen;
    const auto visit = [&](Node* node) {
      if (node && seen.insert(node).second) nodes.push_back(node);
    };
    for (const Tensor& tensor : tensors) visit(record_of(tensor)->grad_fn.get());
    for (size_t i = 0; i < nodes.size(); ++i) {
      for (const Node::Input& input : nodes[i]->inputs())
        visit(input ? input->grad_fn.get() : nullptr);
    }
    // In recording order a node's inputs have been decided before it.
    std::sort(nodes.begin(), nodes.end(),
              [](const Node* a, const Node* b) { return a->sequence() < b->sequence(); });
    for (Node* node : nodes) {
      const auto leads_on = [this](const Node::Input& input) {
        return input &&
               (captured_.contains(place(*input)) || useful_.contains(input->grad_fn.get()));
      };
      const auto inputs = node->inputs();
      if (std::any_of(inputs.begin(), inputs.end(), leads_on)) useful_.insert(node);
    }
  }

  static bool runs_later(const IntrusivePtr<Node>& a, const IntrusivePtr<Node>& b) {
    return a->sequence() < b->sequence();
  }

  void deliver(GradientRecord* record, Tensor grad) {
    if (!captured_.empty()) {
      if (const auto wanted = captured_.find(place(*record)); wanted != captured_.end()) {
        add_to(wanted->second, grad);
      }
    }
    Node* node = record->grad_fn.get();
    if (!accumulate_ && !useful_.contains(node)) return;
    if (!node) {
      if (!record->wanted) return;
      Tensor& sum = leaves_[record];
      if (!sum.defined()) leaf_order_.push_back(record);
      add_to(sum, std::move(grad));
      return;
    }
    std::vector<Tensor>& grads = pending_[node];
    if (grads.empty()) {
      grads.resize(node->output_count());
      queue_.push_back(record->grad_fn);
      std::push_heap(queue_.begin(), queue_.end(), runs_later);
    }
    add_to(grads[record->output_index], std::move(grad));
  }

  void add_to(Tensor& sum, Tensor grad) const {
    if (!sum.defined()) {
      sum = std::move(grad);
    } else if (!create_graph_ && exclusive(sum) && can_add_in_place(sum, grad)) {
      ops::axpy(sum, 1, grad);
    } else {
      sum = sum + grad;
    }
  }

  void process(Node& node) {
    if (node.released()) {
      throw AutogradError(
          message(node.name(),
                  ": backward through a graph that an earlier backward pass has freed; call the "
                  "earlier one with retain_graph = true, or compute the result again"));
    }
    std::vector<Tensor> grads = std::move(pending_.at(&node));
    pending_.erase(&node);
    const auto inputs = node.inputs();
    std::vector<Tensor> input_grads(inputs.size());
    {
      const RunningNodeGuard running(&node);
      node.backward(grads, input_grads);
    }
    if (!retain_) node.release();
    grads.clear();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] && input_grads[i].defined()) {
        deliver(inputs[i].get(), std::move(input_grads[i]));
      }
    }
  }

  void accumulate_leaf(GradientRecord& leaf, Tensor& grad) const {
    if (!leaf.grad.defined()) {
      // A gradient somebody else sees must not become the place others are added to.
      leaf.grad = exclusive(grad) ? std::move(grad)
                  : create_graph_ ? grad.clone()
                                  : ops::clone(grad);
    } else if (!create_graph_ && can_add_in_place(leaf.grad, grad)) {
      ops::axpy(leaf.grad, 1, grad);
      leaf.grad.impl()->storage->bump_version();
    } else {
      leaf.grad = leaf.grad + grad;
    }
  }

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

// The gradients to start from, one for each tensor.
std::vector<Tensor> checked_seeds(const char* operation, const std::vector<Tensor>& tensors,
                                  const std::vector<Tensor>& grads) {
  std::vector<Tensor> seeds;
  if (!grads.empty() && grads.size() != tensors.size()) {
    throw ValueError(message(operation, ": expected one gradient for each of ", tensors.size(),
                             " tensors, got ", grads.size()));
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = tensors[i];
    const GradientRecord* record = record_of(tensor);
    const Shape& shape = tensor.shape();
    if (!record || !record->requires_grad()) {
      throw AutogradError(message(
          operation, ": the tensor of shape ", shape,
          " does not require a gradient: nothing it was computed from does, or a NoGradGuard was "
          "alive"));
    }
    check_current(operation, tensor);
    Tensor grad = i < grads.size() ? grads[i] : Tensor();
    if (!grad.defined()) {
      if (tensor.numel() != 1) {
        throw ShapeError(
            message(operation, ": a tensor of shape ", shape,
                    " is no single number; pass the gradient to start from, or reduce it "
                    "with sum() or mean()"));
      }
      grad = ones(shape, {.dtype = tensor.dtype(), .device = tensor.device()});
    }
    if (grad.shape() != shape || grad.dtype() != tensor.dtype()) {
      throw ShapeError(message(operation, ": expected a gradient of shape ", shape, " and dtype ",
                               tensor.dtype(), ", got ", grad.shape(), " and ", grad.dtype()));
    }
    seeds.push_back(std::move(grad));
  }
  return seeds;
}

}  // namespace

void backward(const std::vector<Tensor>& tensors, const std::vector<Tensor>& grad_tensors,
              BackwardOptions options) {
  BackwardPass(options, true).run(tensors, checked_seeds("backward", tensors, grad_tensors));
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs, GradOptions options) {
  BackwardPass pass({options.retain_graph, options.create_graph}, false);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const GradientRecord* record = record_of(inputs[i]);
    if (!record || !record->requires_grad()) {
      throw AutogradError(message("grad: input ", i, " does not require a gradient"));
    }
    pass.capture(*record);
  }
  pass.run(outputs, checked_seeds("grad", outputs, grad_outputs));
  std::vector<Tensor> result;
  for (size_t i = 0; i < inputs.size(); ++i) {
    result.push_back(pass.captured(*record_of(inputs[i])));
    if (!result.back().defined() && !options.allow_unused) {
      throw AutogradError(
          message("grad: input ", i,
                  " has no influence on the outputs; pass allow_unused = true to get "
                  "an undefined gradient for it"));
    }
  }
  return result;
}

}  // namespace lucid::autograd
