// State dicts: what goes into them, and how they are checked and read back.
#include <map>
#include <set>
#include <string_view>

#include "autograd/grad_mode.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/lazy.h"
#include "nn/module.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

// A parameter or buffer together with the module that owns it.
struct Slot {
  std::string path;
  std::string name;
  Tensor tensor;
  Module* owner;
  std::string prefix;
};

// Parameters of a module come before its buffers, and both before its children, as in PyTorch. What
// modules share has a slot for each of its names.
void collect_slots(Module& module, const std::string& prefix, std::vector<Slot>& slots) {
  for (const auto& [name, parameter] : module.own_parameters()) {
    slots.push_back({prefix + name, name, parameter, &module, prefix});
  }
  for (const auto& [name, buffer] : module.own_buffers()) {
    slots.push_back({prefix + name, name, buffer, &module, prefix});
  }
  for (const auto& [name, child] : module.named_children()) {
    collect_slots(*child, prefix + name + ".", slots);
  }
}

std::vector<Slot> slots_of(Module& root) {
  std::vector<Slot> slots;
  collect_slots(root, "", slots);
  return slots;
}

// What the state dict has for the module that owns the slot, under the module's own names.
StateDict values_beside(const Slot& slot, const StateDict& state) {
  StateDict values;
  const auto add = [&](const std::string& name) {
    if (const Tensor* value = state.find(slot.prefix + name)) values.insert(name, *value);
  };
  for (const auto& entry : slot.owner->own_parameters()) add(entry.first);
  for (const auto& entry : slot.owner->own_buffers()) add(entry.first);
  return values;
}

// Why `value` does not fit the slot; empty if it does.
std::string mismatch(const Slot& slot, const Tensor& value, const StateDict& state) {
  if (!value.defined() || !is_initialized(value)) return "the value given is uninitialized";
  if (value.is_meta()) return "the value given is a meta tensor without values";
  if (!is_initialized(slot.tensor)) {
    return slot.owner->refuse_lazy_value(slot.name, value, values_beside(slot, state));
  }
  for (size_t i = 0; i < slot.tensor.shape().size(); ++i) {
    if (slot.tensor.strides()[i] == 0 && slot.tensor.shape()[i] > 1) {
      return "it is expanded: several of its elements share one place in memory";
    }
  }
  if (value.shape() != slot.tensor.shape()) {
    return message("expected shape ", slot.tensor.shape(), ", got ", value.shape());
  }
  if (value.is_floating_point() && !slot.tensor.is_floating_point()) {
    return message("expected ", slot.tensor.dtype(), ", got ", value.dtype());
  }
  return "";
}

std::string report(const std::string& type, const std::vector<std::string>& problems) {
  std::string text = "load_state_dict of " + type + " failed, nothing was changed:";
  for (const std::string& problem : problems) text += "\n  " + problem;
  return text;
}

}  // namespace

StateDict Module::state_dict() const {
  StateDict state;
  for (const Slot& slot : slots_of(const_cast<Module&>(*this))) {
    state.insert(slot.path, is_initialized(slot.tensor) ? slot.tensor.detach() : slot.tensor);
  }
  return state;
}

namespace {

// Every reason not to load, for values that are there.
std::vector<std::string> find_mismatches(const std::vector<Slot>& slots, const StateDict& state) {
  std::vector<std::string> problems;
  std::map<const TensorImpl*, Shape> planned;  // of uninitialised tensors
  for (const Slot& slot : slots) {
    const Tensor* value = state.find(slot.path);
    if (!value) continue;
    std::string problem = mismatch(slot, *value, state);
    if (problem.empty() && !is_initialized(slot.tensor)) {
      const Shape& shape = planned.emplace(slot.tensor.impl(), value->shape()).first->second;
      if (shape != value->shape()) {
        problem =
            message("expected shape ", shape, " as under its other name, got ", value->shape());
      }
    }
    if (!problem.empty()) problems.push_back(slot.path + ": " + problem);
  }
  return problems;
}

LoadResult compare_keys(const std::vector<Slot>& slots, const StateDict& state) {
  LoadResult result;
  std::set<std::string_view> known;
  for (const Slot& slot : slots) {
    known.insert(slot.path);
    if (!state.contains(slot.path)) result.missing_keys.push_back(slot.path);
  }
  for (const auto& entry : state) {
    if (!known.contains(entry.first)) result.unexpected_keys.push_back(entry.first);
  }
  return result;
}

// The type for an uninitialised tensor: the one set, or the one its module has got already.
DType lazy_type(const Module& owner, const Tensor& value) {
  if (const auto type = owner.lazy_dtype()) return *type;
  for (const auto& entry : owner.own_parameters()) {
    if (entry.second.is_initialized()) return entry.second.dtype();
  }
  for (const auto& entry : owner.own_buffers()) {
    if (is_initialized(entry.second) && entry.second.is_floating_point())
      return entry.second.dtype();
  }
  return value.dtype();
}

// The values in the types of their slots, as tensors that no slot shares memory with.
std::vector<Tensor> staged_values(const std::vector<Slot>& slots, const StateDict& state) {
  std::set<const Storage*> written;
  for (const Slot& slot : slots) written.insert(slot.tensor.impl()->storage.get());
  std::vector<Tensor> staged;
  for (const Slot& slot : slots) {
    const Tensor* value = state.find(slot.path);
    if (!value || slot.tensor.device() != cpu) {
      staged.emplace_back();
      continue;
    }
    Tensor converted = value->detach().to(slot.tensor.dtype());
    const bool shared = written.contains(converted.impl()->storage.get());
    staged.push_back(shared ? converted.clone() : std::move(converted));
  }
  return staged;
}

// What stands between a load that was checked and one that is done.
struct StagedLoad {
  explicit StagedLoad(const Module& root) : transaction(root) {}

  LazyTransaction transaction;
  std::vector<Slot> slots;
  std::vector<Tensor> values;  // one for each slot, undefined where there is none
};

// Everything that can fail comes before the first value is overwritten.
std::shared_ptr<StagedLoad> stage(const Module& root, std::vector<Slot> slots,
                                  const StateDict& state) {
  auto staged = std::make_shared<StagedLoad>(root);
  std::vector<Module*> completed;
  for (const Slot& slot : slots) {
    const Tensor* value = state.find(slot.path);
    if (!value || is_initialized(slot.tensor)) continue;
    materialize(slot.tensor, value->shape(), lazy_type(*slot.owner, *value),
                slot.tensor.impl()->device);
    completed.push_back(slot.owner);
  }
  for (Module* module : completed) module->finish_lazy_load();
  staged->values = staged_values(slots, state);
  staged->slots = std::move(slots);
  return staged;
}

void commit(StagedLoad& staged) {
  const NoGradGuard guard;
  for (size_t i = 0; i < staged.slots.size(); ++i) {
    if (staged.values[i].defined()) staged.slots[i].tensor.copy_(staged.values[i]);
  }
  staged.transaction.commit();
}

}  // namespace

CommitLoad Module::prepare_load(const StateDict& state, bool strict, LoadResult* result) {
  std::vector<Slot> slots = slots_of(*this);
  LoadResult keys = compare_keys(slots, state);
  std::vector<std::string> problems = find_mismatches(slots, state);
  if (strict) {
    for (const auto& key : keys.missing_keys) problems.push_back(key + ": missing");
    for (const auto& key : keys.unexpected_keys) problems.push_back(key + ": unexpected");
  }
  if (!problems.empty()) throw ValueError(report(type_name(), problems));
  if (result) *result = std::move(keys);
  return [staged = stage(*this, std::move(slots), state)] { commit(*staged); };
}

LoadResult Module::load_state_dict(const StateDict& state, bool strict) {
  LoadResult result;
  prepare_load(state, strict, &result)();
  return result;
}

}  // namespace lucid::nn
