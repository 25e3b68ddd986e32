// Calling a module: hooks around forward().
#include <optional>

#include "autograd/anomaly.h"
#include "autograd/record.h"
#include "lucid/ops/view.h"
#include "nn/module_internal.h"

namespace lucid::nn {

using lucid::detail::HookList;

namespace {

// One call of a module with backward hooks: its input and output go through nodes that see the
// gradients pass.
template <class Hook>
class ObservedCall {
 public:
  explicit ObservedCall(const HookList<Hook>& hooks) : seen_(std::make_shared<Seen>(hooks)) {}

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
    explicit Seen(const HookList<Hook>& hooks) : hooks(hooks) {}
    void run(const Tensor& grad_input) {
      hooks.for_each([&](const Hook& hook) { hook(grad_input, grad_output); });
      grad_output = {};
    }
    HookList<Hook> hooks;
    Tensor grad_output;
    bool input_has_gradient = false;
  };
  std::shared_ptr<Seen> seen_;
};

}  // namespace

Tensor Module::operator()(const Tensor& x) {
  std::optional<autograd::OriginGuard> origin;
  if (autograd::anomaly_enabled()) {
    const std::string path = state_->path();
    origin.emplace(path.empty() ? type_name() : path + " (" + type_name() + ")");
  }
  if (state_->plan) return state_->plan->run(x);
  if (state_->forward_pre_hooks.empty() && state_->forward_hooks.empty() &&
      state_->backward_hooks.empty()) {
    return forward(x);
  }
  // A hook after forward() may be the end of the last handle to this module.
  const std::shared_ptr<State> keep = state_;
  State& state = *keep;
  state.forward_pre_hooks.for_each([&](const ForwardPreHook& hook) { hook(*this, x); });
  state.backward_hooks.drop_removed();
  Tensor y;
  if (state.backward_hooks.empty() || !grad_enabled()) {
    y = forward(x);
  } else {
    ObservedCall<BackwardHook> call(state.backward_hooks);
    y = call.output(forward(call.input(x)));
  }
  state.forward_hooks.for_each([&](const ForwardHook& hook) { hook(*this, x, y); });
  return y;
}

HookHandle Module::register_forward_pre_hook(ForwardPreHook hook) {
  return state_->forward_pre_hooks.add(std::move(hook));
}

HookHandle Module::register_forward_hook(ForwardHook hook) {
  return state_->forward_hooks.add(std::move(hook));
}

HookHandle Module::register_full_backward_hook(BackwardHook hook) {
  return state_->backward_hooks.add(std::move(hook));
}

}  // namespace lucid::nn
