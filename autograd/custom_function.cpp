#include "autograd/custom_function.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>

#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::autograd {

using lucid::detail::message;

namespace detail {

// What one call keeps. `values` until forward() is through, `saved` from then on.
struct CustomCall {
  struct Kept {
    Saved tensor;
    std::optional<uint32_t> output;  // one that the call itself computed
  };

  std::string name;
  std::vector<char> needs;
  bool in_forward = true;
  bool materialize = true;
  bool once = false;
  std::vector<Tensor> values;
  std::vector<Tensor> non_differentiable;
  std::vector<Kept> saved;
  Node* node = nullptr;
};

std::string function_name(const char* mangled) {
  int status = 0;
  char* const demangled = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : mangled;
  std::free(demangled);
  const size_t arguments = name.find('<');
  const size_t scope = name.rfind("::", arguments);
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

}  // namespace detail

namespace {

using detail::CustomCall;
using Tensors = std::vector<Tensor>;

// What an output was, to make zeros of.
struct OutputKind {
  Shape shape;
  DType dtype;
  Device device;
};

// Comes before Node among the bases, which points into the name.
struct CallOwner {
  explicit CallOwner(std::unique_ptr<CustomCall> c) : call(std::move(c)) {}
  std::unique_ptr<CustomCall> call;
};

// An error that waits where a second derivative would pass.
Tensor guarded(const std::string& name, const Tensor& grad, const Tensors& sources) {
  return record("once_differentiable", sources, grad, [name](const Tensor&) -> std::vector<Tensor> {
    throw AutogradError(
        message(name,
                ": its backward can be differentiated only once, as it said with "
                "set_once_differentiable(); write it with public operations instead"));
  });
}

class CustomNode final : private CallOwner, public Node {
 public:
  CustomNode(std::unique_ptr<CustomCall> call, const Tensors& inputs, const Tensors& outputs,
             CustomBackward backward)
      : CallOwner(std::move(call)),
        Node(CallOwner::call->name.c_str()),
        backward_(std::move(backward)) {
    for (const Tensor& input : inputs) {
      GradientRecord* record = record_of(input);
      inputs_.emplace_back(record && record->requires_grad() ? record : nullptr);
    }
    for (const Tensor& output : outputs) {
      kinds_.push_back({output.shape(), output.dtype(), output.device()});
    }
    call_().node = this;
  }

  std::span<const Input> inputs() const noexcept override { return inputs_; }
  size_t output_count() const noexcept override { return kinds_.size(); }

  void backward(std::span<const Tensor> output_grads, std::span<Tensor> input_grads) override {
    Tensors grads(output_grads.begin(), output_grads.end());
    for (size_t i = 0; call_().materialize && i < grads.size(); ++i) {
      if (grads[i].defined()) continue;
      grads[i] = zeros(kinds_[i].shape, {.dtype = kinds_[i].dtype, .device = kinds_[i].device});
    }
    Tensors result = run(grads);
    if (result.size() != input_grads.size()) {
      throw AutogradError(message(name(), ": backward returned ", result.size(),
                                  " gradients, expected ", input_grads.size(),
                                  ", one for each input"));
    }
    std::move(result.begin(), result.end(), input_grads.begin());
  }

  void release() noexcept override {
    released_ = true;
    call_().saved.clear();
    [[maybe_unused]] const CustomBackward dropped = std::move(backward_);
    backward_ = nullptr;
  }
  bool released() const noexcept override { return released_; }

 private:
  CustomCall& call_() const noexcept { return *CallOwner::call; }

  Tensors run(const Tensors& grads) {
    FunctionContext context(call_());
    if (!call_().once || !grad_enabled()) return backward_(context, grads);
    Tensors sources;
    for (const Tensor& grad : grads) {
      if (grad.defined()) sources.push_back(grad);
    }
    for (const Tensor& tensor : context.saved_tensors()) {
      if (tensor.defined()) sources.push_back(tensor);
    }
    Tensors result;
    {
      const NoGradGuard guard;
      result = backward_(context, grads);
    }
    for (Tensor& grad : result) {
      if (grad.defined()) grad = guarded(call_().name, grad.detach(), sources);
    }
    return result;
  }

  std::vector<Input> inputs_;
  std::vector<OutputKind> kinds_;
  CustomBackward backward_;
  bool released_ = false;
};

std::optional<uint32_t> position_of(const Tensor& tensor, const Tensors& in) {
  for (uint32_t i = 0; i < in.size(); ++i) {
    if (tensor.is_same(in[i])) return i;
  }
  return std::nullopt;
}

// What forward() returned, as tensors that the tape may claim: not an input, and not one that
// something else computed.
Tensors own_outputs(const CustomCall& call, const Tensors& inputs, const Tensors& outputs) {
  Tensors result;
  for (const Tensor& output : outputs) {
    if (!output.defined()) {
      throw AutogradError(message(call.name, ": forward returned an undefined tensor"));
    }
    const bool foreign =
        record_of(output) || position_of(output, inputs) || position_of(output, result);
    result.push_back(foreign ? ops::alias(output) : output);
  }
  return result;
}

bool shares_leaf(const Tensor& output, const Tensors& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
    if (!input.defined() || input.impl()->storage != output.impl()->storage) return false;
    const GradientRecord* record = record_of(input);
    return record && record->requires_grad() && (record->views_leaf || !record->grad_fn);
  });
}

void keep(CustomCall& call, const Tensors& returned, const Tensors& outputs) {
  for (const Tensor& value : call.values) {
    const auto output = value.defined() ? position_of(value, returned) : std::nullopt;
    // An alias without a record: a node that owned its own output would never be freed.
    call.saved.push_back({output ? Saved(ops::alias(outputs[*output])) : Saved(value), output});
  }
  call.values.clear();
}

}  // namespace

void FunctionContext::save_for_backward(std::vector<Tensor> tensors) {
  call_.values = std::move(tensors);
}

std::vector<Tensor> FunctionContext::saved_tensors() const {
  if (call_.in_forward) {
    throw AutogradError(message(call_.name, ": saved_tensors() is for backward"));
  }
  Tensors result;
  for (const CustomCall::Kept& kept : call_.saved) {
    const Tensor& tensor = *kept.tensor;
    const bool attached = kept.output && grad_enabled();
    result.push_back(attached ? ops::alias(tensor) : tensor);
    if (attached && tensor.is_floating_point()) {
      detail::set_grad_fn(result.back(), IntrusivePtr<Node>(call_.node), *kept.output);
    }
  }
  return result;
}

bool FunctionContext::needs_input_grad(size_t i) const {
  if (i >= call_.needs.size()) {
    throw IndexError(message(call_.name, ": needs_input_grad: there are ", call_.needs.size(),
                             " inputs, asked for number ", i));
  }
  return call_.needs[i] != 0;
}

void FunctionContext::mark_non_differentiable(std::vector<Tensor> outputs) {
  call_.non_differentiable = std::move(outputs);
}

void FunctionContext::set_materialize_grads(bool materialize) {
  call_.materialize = materialize;
}

void FunctionContext::set_once_differentiable(bool once) {
  call_.once = once;
}

std::vector<Tensor> apply_custom(std::string name, const std::vector<Tensor>& inputs,
                                 const CustomForward& forward, CustomBackward backward) {
  auto call = std::make_unique<CustomCall>();
  call->name = std::move(name);
  const bool recorded = detail::must_record(std::span<const Tensor>(inputs), call->name.c_str());
  for (const Tensor& input : inputs) {
    call->needs.push_back(recorded && input.defined() && input.requires_grad());
  }
  Tensors returned;
  {
    const NoGradGuard guard;
    FunctionContext context(*call);
    returned = forward(context);
  }
  call->in_forward = false;
  Tensors outputs = own_outputs(*call, inputs, returned);
  if (detail::anybody_observes() && !outputs.empty()) {
    detail::observe_forward(call->name.c_str(), inputs, outputs[0]);
    for (size_t i = 1; i < outputs.size(); ++i) {
      detail::check_forward_anomaly(call->name.c_str(), inputs, outputs[i]);
    }
  }
  if (!recorded) return outputs;
  keep(*call, returned, outputs);
  const Tensors unmarked = std::exchange(call->non_differentiable, {});
  const IntrusivePtr<Node> node(
      new CustomNode(std::move(call), inputs, outputs, std::move(backward)));
  for (uint32_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].is_floating_point() || position_of(returned[i], unmarked)) continue;
    detail::set_grad_fn(outputs[i], node, i);
    record_of(outputs[i])->views_leaf = shares_leaf(outputs[i], inputs);
  }
  return outputs;
}

}  // namespace lucid::autograd
