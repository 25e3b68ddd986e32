#include "nn/clone.h"

#include <unordered_map>
#include <unordered_set>

#include "autograd/grad_mode.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/lazy_parameter.h"
#include "nn/module_internal.h"

namespace lucid::nn::detail {

namespace {
thread_local CloneScope* running_scope = nullptr;
}  // namespace

// From the originals to their clones. A clone may be copied too, before the scope ends; it is its
// own clone.
struct CloneScope::Clones {
  std::unordered_map<const Module::State*, std::shared_ptr<Module::State>> states;
  std::unordered_map<const TensorImpl*, Tensor> tensors;
};

CloneScope::CloneScope(const Module& module, const std::type_info& copied_as)
    : clones_(std::make_unique<Clones>()), outer_(running_scope) {
  if (typeid(module) != copied_as) {
    throw ValueError(lucid::detail::message(
        "clone: the module is a ", module.type_name(),
        ", but was given as one of its base classes; give it as what it is"));
  }
  running_scope = this;
}

CloneScope::~CloneScope() {
  running_scope = outer_;
}

std::shared_ptr<Module::State> CloneScope::state_for_copy(const Module& module) {
  return running_scope ? running_scope->clone_state(module) : module.state_;
}

Tensor CloneScope::tensor_for_copy(const Tensor& tensor) {
  return running_scope && tensor.defined() ? running_scope->clone_tensor(tensor) : tensor;
}

std::shared_ptr<Module::State> CloneScope::clone_state(const Module& module) {
  const Module::State& original = *module.state_;
  if (const auto found = clones_->states.find(&original); found != clones_->states.end()) {
    return found->second;
  }
  auto copy = std::make_shared<Module::State>();
  clones_->states.emplace(&original, copy);
  clones_->states.emplace(copy.get(), copy);
  copy->training = original.training;
  // What is registered is copied by the same rule as the members: as parts of the clone.
  Module owner;
  owner.state_ = copy;
  for (const auto& [name, parameter] : original.parameters) {
    owner.register_parameter(name, Parameter(parameter));
  }
  for (const auto& [name, buffer] : original.buffers) {
    owner.register_buffer(name, clone_tensor(buffer));
  }
  for (size_t i = 0; i < original.children.size(); ++i) {
    const auto& [name, child] = original.children[i];
    owner.add_child(name, original.copy_child[i](*child), original.copy_child[i]);
  }
  return copy;
}

Tensor CloneScope::clone_tensor(const Tensor& tensor) {
  if (const auto found = clones_->tensors.find(tensor.impl()); found != clones_->tensors.end()) {
    return found->second;
  }
  Tensor copy;
  if (const LazyRecord* record = lazy_record(tensor)) {
    copy = make_uninitialized(record->plan, tensor.impl()->dtype, tensor.impl()->device);
  } else {
    const NoGradGuard guard;
    copy = tensor.detach().clone();
  }
  if (tensor.requires_grad()) copy.requires_grad_();
  clones_->tensors.emplace(tensor.impl(), copy);
  clones_->tensors.emplace(copy.impl(), copy);
  return copy;
}

Tensor handle_for_copy(const Tensor& tensor) {
  return CloneScope::tensor_for_copy(tensor);
}

}  // namespace lucid::nn::detail
