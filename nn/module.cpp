#include "nn/module.h"

#include <algorithm>
#include <unordered_set>

#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/clone.h"
#include "nn/module_internal.h"

namespace lucid::nn {

using detail::join;
using lucid::detail::message;

namespace {

// Calls visit(path, module) for the module and everything below it, parents first.
template <class Visit>
void walk(const Module& module, const std::string& path, const Visit& visit) {
  visit(path, module);
  for (const auto& [name, child] : module.named_children()) walk(*child, join(path, name), visit);
}

}  // namespace

Module::Module() : state_(std::make_shared<State>()) {}

Module::Module(const Module& other) : state_(detail::CloneScope::state_for_copy(other)) {}

std::string Module::State::path() const {
  const auto above = parent.lock();
  return above ? join(above->path(), name) : "";
}

Tensor Module::forward(const Tensor&) {
  throw NotImplementedError(message(type_name(), ": forward() is not implemented"));
}

std::vector<std::pair<std::string, Parameter>> Module::named_parameters() const {
  std::vector<std::pair<std::string, Parameter>> result;
  std::unordered_set<const TensorImpl*> seen;
  walk(*this, "", [&](const std::string& path, const Module& module) {
    for (const auto& [name, parameter] : module.state_->parameters) {
      if (seen.insert(parameter.impl()).second) result.emplace_back(join(path, name), parameter);
    }
  });
  return result;
}

std::vector<Parameter> Module::parameters() const {
  std::vector<Parameter> result;
  for (auto& entry : named_parameters()) result.push_back(std::move(entry.second));
  return result;
}

std::vector<std::pair<std::string, Tensor>> Module::named_buffers() const {
  std::vector<std::pair<std::string, Tensor>> result;
  std::unordered_set<const TensorImpl*> seen;
  walk(*this, "", [&](const std::string& path, const Module& module) {
    for (const auto& [name, buffer] : module.state_->buffers) {
      if (seen.insert(buffer.impl()).second) result.emplace_back(join(path, name), buffer);
    }
  });
  return result;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> result;
  std::unordered_set<const State*> seen;
  walk(*this, "", [&](const std::string& path, const Module& module) {
    if (!seen.insert(module.state_.get()).second) return;
    // Everything below a module that is not const was registered as not const.
    result.emplace_back(path, const_cast<Module*>(&module));
  });
  return result;
}

const std::vector<std::pair<std::string, Parameter>>& Module::own_parameters() const noexcept {
  return state_->parameters;
}

const std::vector<std::pair<std::string, Tensor>>& Module::own_buffers() const noexcept {
  return state_->buffers;
}

const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& Module::named_children()
    const noexcept {
  return state_->children;
}

Module& Module::apply(const std::function<void(Module&)>& function) {
  for (const auto& entry : state_->children) entry.second->apply(function);
  function(*this);
  return *this;
}

Module& Module::train(bool mode) {
  return apply([mode](Module& module) { module.state_->training = mode; });
}

bool Module::is_training() const noexcept {
  return state_->training;
}

bool Module::has_uninitialized() const {
  bool found = false;
  walk(*this, "", [&](const std::string&, const Module& module) {
    found = found || !module.is_initialized();
  });
  return found;
}

Module& Module::requires_grad_(bool requires_grad) {
  for (const Parameter& parameter : parameters()) parameter.requires_grad_(requires_grad);
  return *this;
}

void Module::zero_grad() {
  for (const Parameter& parameter : parameters()) parameter.set_grad({});
}

double Module::multiply_adds(const Shape&, const Shape&) const {
  return 0;
}

namespace {

template <class State>
void check_name(const State& state, const char* kind, const std::string& name) {
  const auto taken = [&name](const auto& entries) {
    return std::any_of(entries.begin(), entries.end(),
                       [&name](const auto& entry) { return entry.first == name; });
  };
  if (name.empty() || name.find('.') != std::string::npos) {
    throw ValueError(message(kind, ": expected a name without dots, got \"", name, "\""));
  }
  if (taken(state.parameters) || taken(state.buffers) || taken(state.children)) {
    throw ValueError(message(kind, ": the name \"", name, "\" is taken"));
  }
}

// Lets errors say which parameter has no values yet.
template <class State>
void name_uninitialized(const Tensor& tensor, const std::shared_ptr<State>& state,
                        const std::string& name) {
  detail::LazyRecord* record = detail::lazy_record(tensor);
  if (!record) return;
  record->path_of_owner = [owner = std::weak_ptr<State>(state), name] {
    const auto module = owner.lock();
    return module ? join(module->path(), name) : name;
  };
}

}  // namespace

Parameter Module::register_parameter(const std::string& name, Parameter parameter) {
  check_name(*state_, "register_parameter", name);
  if (!parameter.defined()) {
    throw ValueError(message("register_parameter: \"", name, "\" is undefined"));
  }
  state_->parameters.emplace_back(name, parameter);
  name_uninitialized(parameter, state_, name);
  return parameter;
}

Buffer Module::register_buffer(const std::string& name, const Tensor& buffer) {
  check_name(*state_, "register_buffer", name);
  if (!buffer.defined()) throw ValueError(message("register_buffer: \"", name, "\" is undefined"));
  state_->buffers.emplace_back(name, buffer);
  name_uninitialized(buffer, state_, name);
  return Buffer(buffer);
}

void Module::check_type(const Module& module, const std::type_info& given_as) {
  if (typeid(module) == given_as) return;
  throw ValueError(message("register_module: the module is a ", module.type_name(),
                           ", but was given as one of its base classes; give it as what it is"));
}

void Module::add_child(const std::string& name, std::shared_ptr<Module> child, CopyChild copy) {
  check_name(*state_, "register_module", name);
  for (const auto& [path, module] : child->named_modules()) {
    if (module->state_ == state_) {
      throw ValueError(
          message("register_module: \"", name, "\" is, or contains, the module itself"));
    }
  }
  State& below = *child->state_;
  state_->copy_child.push_back(copy);
  state_->children.emplace_back(name, std::move(child));
  below.parent = state_;
  below.name = name;
}

}  // namespace lucid::nn
