#include "autograd/backward_pass.h"

#include <algorithm>
#include <mutex>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "autograd/observer.h"
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

bool runs_later(const IntrusivePtr<Node>& a, const IntrusivePtr<Node>& b) {
  return a->sequence() < b->sequence();
}

// A gradient has its tensor's shape; its type is converted, as in PyTorch.
void check_gradient(const Node& node, size_t i, const GradientRecord& input, Tensor& grad) {
  if (!input.described) return;
  if (grad.shape() != input.shape) {
    throw AutogradError(message(node.name(), ": backward gave a gradient of shape ", grad.shape(),
                                " for input ", i, ", which has shape ", input.shape));
  }
  if (grad.dtype() != input.dtype) grad = grad.to(input.dtype);
}

void check_not_released(const Node& node) {
  if (!node.released()) return;
  throw AutogradError(
      message(node.name(),
              ": backward through a graph that an earlier backward pass has freed; call the "
              "earlier one with retain_graph = true, or compute the result again"));
}

// Leaves that several threads' graphs share are added to by one of them at a time.
std::mutex& accumulation_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

void run_gradient_hooks(lucid::detail::HookList<GradHook>& hooks, const char* owner, Tensor& grad) {
  hooks.for_each([&](const GradHook& hook) {
    Tensor replacement = hook(grad);
    if (!replacement.defined()) return;
    if (replacement.shape() != grad.shape() || replacement.dtype() != grad.dtype()) {
      throw AutogradError(message(
          "register_hook: a hook on ", owner, " returned a gradient of shape ", replacement.shape(),
          " and dtype ", replacement.dtype(), ", expected ", grad.shape(), " and ", grad.dtype()));
    }
    grad = std::move(replacement);
  });
}

void BackwardPass::run(const std::vector<Tensor>& tensors, const std::vector<Tensor>& seeds) {
  const GradModeGuard guard(create_graph_);
  if (!accumulate_) prune(tensors);
  for (size_t i = 0; i < tensors.size(); ++i) deliver(record_of(tensors[i]), seeds[i]);
  while (!queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end(), runs_later);
    const IntrusivePtr<Node> node = std::move(queue_.back());
    queue_.pop_back();
    process(*node);
  }
  settle_leaves();
}

void BackwardPass::prune(const std::vector<Tensor>& tensors) {
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
      return input && (captured_.contains(place(*input)) || useful_.contains(input->grad_fn.get()));
    };
    const auto inputs = node->inputs();
    if (std::any_of(inputs.begin(), inputs.end(), leads_on)) useful_.insert(node);
  }
}

void BackwardPass::deliver(GradientRecord* record, Tensor grad) {
  Node* node = record->grad_fn.get();
  if (!accumulate_ && !useful_.contains(node) && !captured_.contains(place(*record))) return;
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

void BackwardPass::add_to(Tensor& sum, Tensor grad) const {
  if (!sum.defined()) {
    sum = std::move(grad);
  } else if (!create_graph_ && exclusive(sum) && can_add_in_place(sum, grad)) {
    ops::axpy(sum, 1, grad);
  } else {
    sum = sum + grad;
  }
}

void BackwardPass::settle(Node& node, std::vector<Tensor>& grads) {
  if (NodeNotes* notes = node.notes()) {
    for (size_t k = 0; k < notes->outputs.size(); ++k) {  // hooks may add to the list
      NodeNotes::Output& output = notes->outputs[k];
      Tensor& grad = grads[output.index];
      if (!grad.defined()) continue;
      run_gradient_hooks(output.hooks, node.name(), grad);
      const std::shared_ptr<Tensor> kept = accumulate_ ? output.retained_grad.lock() : nullptr;
      if (!kept) continue;
      *kept = kept->defined() ? *kept + grad : exclusive(grad) ? grad : grad.clone();
    }
  }
  if (captured_.empty()) return;
  for (uint32_t i = 0; i < grads.size(); ++i) {
    const auto wanted = captured_.find({&node, i});
    if (wanted != captured_.end()) wanted->second = grads[i];
  }
}

void BackwardPass::process(Node& node) {
  std::vector<Tensor> grads = std::move(pending_.at(&node));
  pending_.erase(&node);
  const bool runs = accumulate_ || useful_.contains(&node);
  if (runs) check_not_released(node);
  settle(node, grads);
  if (!runs) return;
  const auto inputs = node.inputs();
  std::vector<Tensor> input_grads(inputs.size());
  {
    const RunningNodeGuard running(&node);
    const bool observed = detail::anybody_observes();
    if (observed) detail::observe_backward_begin(node);
    node.backward(grads, input_grads);
    if (observed) detail::observe_backward_end(node, input_grads);
  }
  if (!retain_) node.release();
  grads.clear();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i] || !input_grads[i].defined()) continue;
    check_gradient(node, i, *inputs[i], input_grads[i]);
    deliver(inputs[i].get(), std::move(input_grads[i]));
  }
}

void BackwardPass::settle_leaves() {
  // Hooks may throw: no grad() has changed by then.
  for (GradientRecord* leaf : leaf_order_) {
    Tensor& grad = leaves_.at(leaf);
    if (leaf->extras) run_gradient_hooks(leaf->extras->hooks, "a leaf", grad);
    if (!accumulate_) captured_.at(place(*leaf)) = grad;
  }
  if (!accumulate_) return;
  {
    const std::scoped_lock lock(accumulation_mutex());
    for (GradientRecord* leaf : leaf_order_) accumulate_leaf(*leaf, leaves_.at(leaf));
  }
  for (GradientRecord* leaf : leaf_order_) {
    if (leaf->extras) {
      leaf->extras->post_accumulate_hooks.for_each(
          [](const std::function<void()>& hook) { hook(); });
    }
  }
}

void BackwardPass::accumulate_leaf(GradientRecord& leaf, Tensor& grad) const {
  if (!leaf.grad.defined()) {
    // A gradient somebody else sees must not become the place others are added to.
    leaf.grad = exclusive(grad) ? std::move(grad) : create_graph_ ? grad.clone() : ops::clone(grad);
  } else if (!create_graph_ && can_add_in_place(leaf.grad, grad)) {
    ops::axpy(leaf.grad, 1, grad);
    leaf.grad.impl()->storage->bump_version();
  } else {
    leaf.grad = leaf.grad + grad;
  }
}

}  // namespace lucid::autograd
