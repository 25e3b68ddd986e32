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
  // A hook may write to a tensor in place, which takes its record away: the graph stays whole.
  std::vector<IntrusivePtr<GradientRecord>> roots;
  for (const Tensor& tensor : tensors) roots.emplace_back(record_of(tensor));
  for (size_t i = 0; i < tensors.size(); ++i) deliver(roots[i].get(), seeds[i]);
  while (!queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end());
    const Turn turn = queue_.back();
    queue_.pop_back();
    process(take(turn.slot));
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
    const auto leads_on = [this](const Node::Input& input) { return input && wanted(*input); };
    const auto inputs = node->inputs();
    if (std::any_of(inputs.begin(), inputs.end(), leads_on)) useful_.insert(node);
  }
}

bool BackwardPass::wanted(const GradientRecord& record) const {
  return accumulate_ || useful_.contains(record.grad_fn.get()) || captured_.contains(place(record));
}

uint64_t BackwardPass::wanted_inputs(const Node& node) const {
  if (accumulate_) return UINT64_MAX;
  uint64_t result = ~uint64_t{0};
  const auto inputs = node.inputs();
  for (size_t i = 0; i < inputs.size() && i < 64; ++i) {
    if (inputs[i] && !wanted(*inputs[i])) result &= ~(uint64_t{1} << i);
  }
  return result;
}

void BackwardPass::deliver(GradientRecord* record, Tensor grad) {
  Node* node = record->grad_fn.get();
  if (!wanted(*record)) return;
  if (!node) {
    if (record->wanted) deliver_to_leaf(record, std::move(grad));
    return;
  }
  add_to(pending(record->grad_fn).grads()[record->output_index], std::move(grad));
}

void BackwardPass::deliver_to_leaf(GradientRecord* record, Tensor grad) {
  uint32_t slot = leaf_slots_.find(record);
  if (slot == SlotIndex::none) {
    slot = static_cast<uint32_t>(leaves_.size());
    leaves_.push_back({record, {}});
    leaf_slots_.insert(record, slot);
  }
  add_to(leaves_[slot].sum, std::move(grad));
}

BackwardPass::Pending& BackwardPass::pending(const IntrusivePtr<Node>& node) {
  uint32_t slot = node_slots_.find(node.get());
  if (slot != SlotIndex::none) return pending_[slot];
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(pending_.size());
    pending_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  node_slots_.insert(node.get(), slot);
  queue_.push_back({node->sequence(), slot});
  std::push_heap(queue_.begin(), queue_.end());
  Pending& made = pending_[slot];
  made.node = node;
  if (const size_t outputs = node->output_count(); outputs > 1) made.several.resize(outputs);
  return made;
}

BackwardPass::Pending BackwardPass::take(uint32_t slot) {
  Pending result = std::exchange(pending_[slot], {});
  node_slots_.erase(result.node.get());
  free_slots_.push_back(slot);
  return result;
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

void BackwardPass::settle(Node& node, std::span<Tensor> grads) {
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

void BackwardPass::process(Pending pending) {
  Node& node = *pending.node;
  const bool runs = accumulate_ || useful_.contains(&node);
  if (runs) check_not_released(node);
  settle(node, pending.grads());
  if (!runs) return;
  const auto inputs = node.inputs();
  input_grads_.clear();
  input_grads_.resize(inputs.size());
  {
    const RunningNodeGuard running(&node, wanted_inputs(node));
    const bool observed = detail::anybody_observes();
    if (observed) detail::observe_backward_begin(node);
    node.backward(pending.grads(), input_grads_);
    if (observed) detail::observe_backward_end(node, input_grads_);
  }
  if (!retain_) node.release();
  // Now the gradients of the inputs may be all there is of them, and be taken over.
  pending.grad = {};
  pending.several.clear();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i] || !input_grads_[i].defined()) continue;
    check_gradient(node, i, *inputs[i], input_grads_[i]);
    deliver(inputs[i].get(), std::move(input_grads_[i]));
  }
}

void BackwardPass::settle_leaves() {
  // Hooks may throw: no grad() has changed by then.
  for (Leaf& leaf : leaves_) {
    if (leaf.record->extras) run_gradient_hooks(leaf.record->extras->hooks, "a leaf", leaf.sum);
    if (!accumulate_) captured_.at(place(*leaf.record)) = leaf.sum;
  }
  if (!accumulate_) return;
  {
    const std::scoped_lock lock(accumulation_mutex());
    for (Leaf& leaf : leaves_) accumulate_leaf(*leaf.record, leaf.sum);
  }
  for (const Leaf& leaf : leaves_) {
    if (leaf.record->extras) {
      leaf.record->extras->post_accumulate_hooks.for_each(
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
    leaf.grad.impl()->storage->bump_version("backward");
  } else {
    leaf.grad = leaf.grad + grad;
  }
}

}  // namespace lucid::autograd
