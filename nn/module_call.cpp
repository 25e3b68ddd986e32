// Calling a module: hooks around forward().
#include <algorithm>

#include "autograd/record.h"
#include "lucid/ops/view.h"
#include "nn/module_internal.h"

namespace lucid::nn {
namespace {

template <class Hook>
using Hooks = std::vector<std::weak_ptr<Hook>>;

// Runs on a copy of the list, since a hook may add or remove hooks.
template <class Hook, class... Arguments>
void run_hooks(Hooks<Hook>& hooks, Arguments&&... arguments) {
  const Hooks<Hook> present = hooks;
  for (const auto& entry : present) {
    if (const auto hook = entry.lock()) (*hook)(arguments...);
  }
  std::erase_if(hooks, [](const auto& entry) { return entry.expired(); });
}

template <class Hook>
HookHandle add_hook(Hooks<Hook>& hooks, Hook hook) {
  auto owner = std::make_shared<Hook>(std::move(hook));
  hooks.push_back(owner);
  return HookHandle(std::move(owner));
}

// One call of a module with backward hooks: its input and output go through nodes that see the
// gradients pass.
template <class Hook>
class ObservedCall {
 public:
  explicit ObservedCall(const Hooks<Hook>& hooks) : seen_(std::make_shared<Seen>(hooks)) {}

  Tensor input(const Tensor& x) {
    if (!x.requires_grad()) return x;
    seen_->input_has_gradient = true;
    return autograd::record_view("backward_hook", x, ops::alias(x),
                                 [seen = seen_](const Tensor& grad) {
                                   seen->run(grad);
                                   return grad;
                                 });
  }

  Tensor output(const Tensor& y) {
    if (!y.requires_grad()) return y;
    return autograd::record_view("backward_hook", y, ops::alias(y),
                                 [seen = seen_](const Tensor& grad) {
                                   seen->grad_output = grad;
                                   if (!seen->input_has_gradient) seen->run({});
                                   return grad;
                                 });
  }

 private:
  struct Seen {
    explicit Seen(const Hooks<Hook>& hooks) : hooks(hooks) {}
    void run(const Tensor& grad_input) {
      run_hooks(hooks, grad_input, grad_output);
      grad_output = {};
    }
    Hooks<Hook> hooks;
    Tensor grad_output;
    bool input_has_gradient = false;
  };
  std::shared_ptr<Seen> seen_;
};

}  // namespace

Tensor Module::operator()(const Tensor& x) {
  if (state_->forward_pre_hooks.empty() && state_->forward_hooks.empty() &&
      state_->backward_hooks.empty()) {
    return forward(x);
  }
  // A hook after forward() may be the end of the last handle to this module.
  const std::shared_ptr<State> keep = state_;
  State& state = *keep;
  run_hooks(state.forward_pre_hooks, *this, x);
  std::erase_if(state.backward_hooks, [](const auto& entry) { return entry.expired(); });
  Tensor y;
  if (state.backward_hooks.empty() || !grad_enabled()) {
    y = forward(x);
  } else {
    ObservedCall<BackwardHook> call(state.backward_hooks);
    y = call.output(forward(call.input(x)));
  }
  run_hooks(state.forward_hooks, *this, x, y);
  return y;
}

HookHandle Module::register_forward_pre_hook(ForwardPreHook hook) {
  return add_hook(state_->forward_pre_hooks, std::move(hook));
}

HookHandle Module::register_forward_hook(ForwardHook hook) {
  return add_hook(state_->forward_hooks, std::move(hook));
}

HookHandle Module::register_full_backward_hook(BackwardHook hook) {
  return add_hook(state_->backward_hooks, std::move(hook));
}

}  // namespace lucid::nn
