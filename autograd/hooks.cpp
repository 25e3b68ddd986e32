// The methods of Tensor that watch gradients.
#include "autograd/node.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid {

using autograd::GradientRecord;
using detail::message;

namespace {

GradientRecord& watched(const char* name, const Tensor& tensor) {
  if (!tensor.defined()) throw UninitializedError(message(name, ": the tensor is undefined"));
  GradientRecord* record = autograd::record_of(tensor);
  if (!record || !record->requires_grad()) {
    throw AutogradError(message(name,
                                ": the tensor does not require a gradient; call "
                                "requires_grad_() first, or compute it from one that does"));
  }
  return *record;
}

}  // namespace

void Tensor::retain_grad() const {
  GradientRecord& record = watched("retain_grad", *this);
  if (!record.grad_fn) return;
  std::shared_ptr<Tensor>& place = record.ensure_extras().retained_grad;
  if (place) return;
  autograd::NodeNotes::Output& output = record.grad_fn->ensure_notes().output(record.output_index);
  place = std::make_shared<Tensor>(record.grad);
  output.retained_grad = place;
}

HookHandle Tensor::register_hook(GradHook hook) const {
  GradientRecord& record = watched("register_hook", *this);
  if (!hook) throw ValueError("register_hook: the hook is empty");
  if (!record.grad_fn) return record.ensure_extras().hooks.add(std::move(hook));
  return record.grad_fn->ensure_notes().output(record.output_index).hooks.add(std::move(hook));
}

HookHandle Tensor::register_post_accumulate_grad_hook(
    std::function<void(const Tensor& leaf)> hook) const {
  GradientRecord& record = watched("register_post_accumulate_grad_hook", *this);
  if (!hook) throw ValueError("register_post_accumulate_grad_hook: the hook is empty");
  if (record.grad_fn) {
    throw AutogradError(message("register_post_accumulate_grad_hook: the tensor was computed by ",
                                record.grad_fn->name(),
                                ", only a leaf accumulates; use register_hook()"));
  }
  // The record must not own its tensor, but a hook that is there to see it may.
  return record.ensure_extras().post_accumulate_hooks.add(
      [leaf = *this, hook = std::move(hook)] { hook(leaf); });
}

}  // namespace lucid
