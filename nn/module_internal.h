// Internal: what all handles to one module share.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lucid/hook_list.h"
#include "nn/layer_plan.h"
#include "nn/module.h"

namespace lucid::nn {

struct Module::State {
  std::vector<std::pair<std::string, Parameter>> parameters;
  std::vector<std::pair<std::string, Tensor>> buffers;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children;
  std::vector<CopyChild> copy_child;  ///< one for each of the children

  lucid::detail::HookList<ForwardPreHook> forward_pre_hooks;
  lucid::detail::HookList<ForwardHook> forward_hooks;
  lucid::detail::HookList<BackwardHook> backward_hooks;

  bool training = true;

  /// What calls run instead of forward() in a model that was optimised for inference, or null.
  std::unique_ptr<const detail::LayerPlan> plan;

  /// The module that this one was last registered in, and the name it has there: enough to say
  /// where a parameter is.
  std::weak_ptr<const State> parent;
  std::string name;

  /// "features.3", "" for a module that is in no other.
  std::string path() const;
};

namespace detail {

/// "prefix.name", or the name alone.
inline std::string join(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

}  // namespace detail
}  // namespace lucid::nn
