#include "nn/module.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <typeinfo>
#include <unordered_set>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

struct Module::State {
  std::vector<std::pair<std::string, Parameter>> parameters;
  std::vector<std::pair<std::string, Tensor>> buffers;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children;
  std::vector<std::weak_ptr<ForwardHook>> forward_hooks;
  bool training = true;

  void check_name(const char* kind, const std::string& name) const {
    const auto taken = [&name](const auto& entries) {
      return std::any_of(entries.begin(), entries.end(),
                         [&name](const auto& entry) { return entry.first == name; });
    };
    if (name.empty() || name.find('.') != std::string::npos) {
      throw ValueError(message(kind, ": expected a name without dots, got \"", name, "\""));
    }
    if (taken(parameters) || taken(buffers) || taken(children)) {
      throw ValueError(message(kind, ": the name \"", name, "\" is taken"));
    }
  }
};

namespace {

std::string join(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

// Calls visit(path, module) for the module and everything below it, parents first.
template <class Visit>
void walk(const Module& module, const std::string& path, const Visit& visit) {
  visit(path, module);
  for (const auto& [name, child] : module.named_children()) walk(*child, join(path, name), visit);
}

// What follows the last "::" that is not between brackets: template arguments and the functions
// that local classes live in may contain some of their own.
std::string without_scope(const std::string& name) {
  size_t start = 0;
  int depth = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if (std::strchr("<({", name[i])) ++depth;
    if (std::strchr(">)}", name[i])) --depth;
    if (depth == 0 && name.compare(i, 2, "::") == 0) start = i + 2;
  }
  return name.substr(start);
}

std::string indented(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result;
}

}  // namespace

Module::Module() : state_(std::make_shared<State>()) {}

Tensor Module::forward(const Tensor&) {
  throw NotImplementedError(message(type_name(), ": forward() is not implemented"));
}

Tensor Module::operator()(const Tensor& x) {
  Tensor output = forward(x);
  if (!state_->forward_hooks.empty()) {
    // A hook may add or remove hooks, so it must not run on the list itself.
    const auto hooks = state_->forward_hooks;
    for (const auto& entry : hooks) {
      if (const auto hook = entry.lock()) (*hook)(*this, x, output);
    }
    std::erase_if(state_->forward_hooks, [](const auto& entry) { return entry.expired(); });
  }
  return output;
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

Module& Module::requires_grad_(bool requires_grad) {
  for (const Parameter& parameter : parameters()) parameter.requires_grad_(requires_grad);
  return *this;
}

void Module::zero_grad() {
  for (const Parameter& parameter : parameters()) parameter.set_grad({});
}

std::string Module::type_name() const {
  int status = 0;
  char* const demangled = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : typeid(*this).name();
  std::free(demangled);
  return without_scope(name);
}

std::string Module::str() const {
  std::string inside = extra_repr();
  if (state_->children.empty() && inside.find('\n') == std::string::npos) {
    return type_name() + "(" + inside + ")";
  }
  for (const auto& [name, child] : state_->children) {
    inside += (inside.empty() ? "(" : "\n(") + name + "): " + child->str();
  }
  return type_name() + "(\n  " + indented(inside) + "\n)";
}

HookHandle Module::register_forward_hook(ForwardHook hook) {
  auto owner = std::make_shared<ForwardHook>(std::move(hook));
  state_->forward_hooks.push_back(owner);
  return HookHandle(std::move(owner));
}

std::string Module::refuse_lazy_value(const std::string&, const Tensor&, const StateDict&) const {
  return "";
}

Parameter Module::register_parameter(const std::string& name, Parameter parameter) {
  state_->check_name("register_parameter", name);
  if (!parameter.defined()) {
    throw ValueError(message("register_parameter: \"", name, "\" is undefined"));
  }
  state_->parameters.emplace_back(name, parameter);
  return parameter;
}

Tensor Module::register_buffer(const std::string& name, Tensor buffer) {
  state_->check_name("register_buffer", name);
  if (!buffer.defined()) throw ValueError(message("register_buffer: \"", name, "\" is undefined"));
  state_->buffers.emplace_back(name, buffer);
  return buffer;
}

void Module::add_child(const std::string& name, std::shared_ptr<Module> child) {
  state_->check_name("register_module", name);
  for (const auto& [path, module] : child->named_modules()) {
    if (module->state_ == state_) {
      throw ValueError(
          message("register_module: \"", name, "\" is, or contains, the module itself"));
    }
  }
  state_->children.emplace_back(name, std::move(child));
}

std::ostream& operator<<(std::ostream& out, const Module& module) {
  return out << module.str();
}

}  // namespace lucid::nn
