// What a module holds: as a state dict, from a state dict, and in another type.
#include <algorithm>
#include <map>
#include <memory>
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
  Tensor tensor;
  Module* owner;
};

// Parameters of a module come before its buffers, and both before its children, as in PyTorch. What
// modules share has a slot for each of its names.
void collect_slots(Module& module, const std::string& prefix, std::vector<Slot>& slots) {
  for (const auto& [name, parameter] : module.own_parameters()) {
    slots.push_back({prefix + name, parameter, &module});
  }
  for (const auto& [name, buffer] : module.own_buffers()) {
    slots.push_back({prefix + name, buffer, &module});
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

// The sizes that the values in a state dict give to lazy modules.
using FoundSizes = std::map<Module*, LazySizes>;

// Why `value` cannot become the uninitialised tensor of the slot; empty if it can.
std::string lazy_mismatch(const Slot& slot, const Tensor& value, LazySizes& sizes) {
  const bool floating = slot.tensor.is_floating_point();
  if (value.is_floating_point() != floating) {
    return message("expected ", floating ? "float32 or float64" : name(slot.tensor.dtype()),
                   ", got ", value.dtype());
  }
  const detail::LazyRecord* record = detail::lazy_record(slot.tensor);
  if (!record || !record->plan.shape) return "";
  if (record->plan.shape->match(value.shape(), sizes)) return "";
  return message("expected shape ", record->plan.shape->str(sizes), ", got ", value.shape());
}

// Why `value` does not fit the slot; empty if it does.
std::string mismatch(const Slot& slot, const Tensor& value, FoundSizes& sizes) {
  const bool lazy = !is_initialized(slot.tensor);
  if (!value.defined()) return "the value given is undefined";
  if (!is_initialized(value)) return lazy ? "" : "the value given is uninitialized";
  if (value.is_meta()) return "the value given is a meta tensor without values";
  if (lazy) return lazy_mismatch(slot, value, sizes[slot.owner]);
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

// The value for a slot, null if there is none: that of a module that is lazy itself is none.
const Tensor* value_for(const Slot& slot, const StateDict& state) {
  const Tensor* value = state.find(slot.path);
  return value && is_initialized(*value) ? value : nullptr;
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
    state.insert(slot.path, nn::is_initialized(slot.tensor) ? slot.tensor.detach() : slot.tensor);
  }
  return state;
}

namespace {

// Every reason not to load, for values that are there.
std::vector<std::string> find_mismatches(const std::vector<Slot>& slots, const StateDict& state,
                                         FoundSizes& sizes) {
  std::vector<std::string> problems;
  std::map<const TensorImpl*, Shape> planned;  // of uninitialised tensors
  for (const Slot& slot : slots) {
    const Tensor* value = state.find(slot.path);
    if (!value) continue;
    std::string problem = mismatch(slot, *value, sizes);
    if (problem.empty() && !is_initialized(slot.tensor) && is_initialized(*value)) {
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

// The values in the types of their slots, as tensors that no slot shares memory with.
std::vector<Tensor> staged_values(const std::vector<Slot>& slots, const StateDict& state) {
  std::set<const Storage*> written;
  for (const Slot& slot : slots) written.insert(slot.tensor.impl()->storage.get());
  std::vector<Tensor> staged;
  for (const Slot& slot : slots) {
    const Tensor* value = value_for(slot, state);
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
  std::vector<std::pair<Tensor, Tensor>> values;         // each with its place
  std::vector<std::pair<Tensor, RandomStream>> streams;  // of what stays lazy
};

// Gives the lazy tensors that there are values for their shapes. Returns which ones.
std::set<const TensorImpl*> take_shapes(const std::vector<Slot>& slots, const StateDict& state) {
  std::set<const TensorImpl*> taken;
  for (const Slot& slot : slots) {
    const Tensor* value = value_for(slot, state);
    if (!value || is_initialized(slot.tensor)) continue;
    taken.insert(slot.tensor.impl());
    detail::allocate_in_place(
        slot.tensor, value->shape(),
        detail::dtype_when_initialized(slot.tensor, *slot.owner, value->dtype()),
        slot.tensor.device());
  }
  return taken;
}

// What is lazy in the dict as well brings the random numbers that were set aside for it.
std::vector<std::pair<Tensor, RandomStream>> streams_for(const std::vector<Slot>& slots,
                                                         const StateDict& state) {
  std::vector<std::pair<Tensor, RandomStream>> streams;
  for (const Slot& slot : slots) {
    const Tensor* value = state.find(slot.path);
    if (!value || is_initialized(*value) || is_initialized(slot.tensor)) continue;
    if (const auto stream = value->impl()->uninitialized->stream()) {
      streams.emplace_back(slot.tensor, *stream);
    }
  }
  return streams;
}

// True if these are all the sizes that the module's own tensors still wait for.
bool completes(const LazySizes& sizes, const Module& module) {
  const auto fits = [&sizes](const auto& entry) {
    const detail::LazyRecord* record = detail::lazy_record(entry.second);
    return !record || !record->plan.shape || record->plan.shape->is_known(sizes);
  };
  return std::all_of(module.own_parameters().begin(), module.own_parameters().end(), fits) &&
         std::all_of(module.own_buffers().begin(), module.own_buffers().end(), fits);
}

void commit(StagedLoad& staged) {
  const NoGradGuard guard;
  for (const auto& [tensor, value] : staged.values) tensor.copy_(value);
  for (const auto& [tensor, stream] : staged.streams) {
    detail::LazyRecord* record = detail::lazy_record(tensor);
    if (record && record->stream()) record->plan.first_values.set_stream(stream);
  }
  staged.transaction.commit();
}

}  // namespace

CommitLoad Module::prepare_load(const StateDict& state, bool strict, LoadResult* result) {
  std::vector<Slot> slots = slots_of(*this);
  LoadResult keys = compare_keys(slots, state);
  FoundSizes found;
  std::vector<std::string> problems = find_mismatches(slots, state, found);
  if (strict) {
    for (const auto& key : keys.missing_keys) problems.push_back(key + ": missing");
    for (const auto& key : keys.unexpected_keys) problems.push_back(key + ": unexpected");
  }
  if (!problems.empty()) throw ValueError(report(type_name(), problems));
  // Everything that can fail comes before the first value is overwritten.
  auto staged = std::make_shared<StagedLoad>(*this);
  const std::set<const TensorImpl*> taken = take_shapes(slots, state);
  for (const auto& [module, sizes] : found) {
    if (completes(sizes, *module)) module->initialize(sizes);
  }
  const std::vector<Tensor> values = staged_values(slots, state);
  const NoGradGuard guard;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (!values[i].defined()) continue;
    if (taken.contains(slots[i].tensor.impl())) {
      slots[i].tensor.copy_(values[i]);  // nobody is to see it unset; dropping takes all of it away
    } else {
      staged->values.emplace_back(slots[i].tensor, values[i]);
    }
  }
  staged->streams = streams_for(slots, state);
  if (result) *result = std::move(keys);
  return [staged] { commit(*staged); };
}

LoadResult Module::load_state_dict(const StateDict& state, bool strict) {
  LoadResult result;
  prepare_load(state, strict, &result)();
  return result;
}

namespace {

// A tensor of a module, and what it holds from now on.
struct Conversion {
  Tensor tensor, values, grad;

  void commit() const {
    TensorImpl& impl = *tensor.impl();
    const TensorImpl& from = *values.impl();
    if (from.storage && impl.storage) from.storage->replace(*impl.storage);
    impl.strides = from.strides;
    impl.offset = from.offset;
    impl.contiguous = from.contiguous;
    impl.dtype = from.dtype;
    impl.storage = from.storage;
    if (impl.autograd) impl.autograd->describe(impl);
    if (grad.defined()) tensor.set_grad(grad);
  }
};

}  // namespace

Module& Module::to(DType dtype) {
  if (!lucid::is_floating_point(dtype)) {
    throw DTypeError(message(type_name(), ".to: expected float32 or float64, got ", dtype));
  }
  const NoGradGuard guard;
  std::vector<Conversion> conversions;
  std::vector<Tensor> uninitialized;
  const auto plan = [&](const Tensor& tensor) {
    if (!nn::is_initialized(tensor)) {
      if (tensor.is_floating_point()) uninitialized.push_back(tensor);
    } else if (tensor.is_floating_point() && tensor.dtype() != dtype) {
      const Tensor grad = tensor.grad();
      conversions.push_back(
          {tensor, tensor.detach().to(dtype), grad.defined() ? grad.detach().to(dtype) : grad});
    }
  };
  for (const auto& entry : named_parameters()) plan(entry.second);
  for (const auto& entry : named_buffers()) plan(entry.second);
  for (const Conversion& conversion : conversions) conversion.commit();
  for (const Tensor& tensor : uninitialized) {
    tensor.impl()->dtype = dtype;
    if (detail::LazyRecord* record = detail::lazy_record(tensor)) record->plan.dtype_is_set = true;
  }
  return *this;
}

}  // namespace lucid::nn
