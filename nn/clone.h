// Deep copies of modules.
#pragma once

#include <memory>
#include <typeinfo>

#include "nn/module.h"

namespace lucid::nn {

namespace detail {

/// As long as it lives, copying the given module, or anything it holds, on this thread makes the
/// copy a part of its clone instead of another handle.
class CloneScope {
 public:
  /// @throws ValueError unless `copied_as` is the module's own type.
  CloneScope(const Module& module, const std::type_info& copied_as);
  CloneScope(const CloneScope&) = delete;
  CloneScope& operator=(const CloneScope&) = delete;
  ~CloneScope();

  /// What a copy of a module refers to: the same, or its clone.
  static std::shared_ptr<Module::State> state_for_copy(const Module& module);
  /// So for the parameters and buffers that members of modules hold.
  static Tensor tensor_for_copy(const Tensor& tensor);

 private:
  struct Clones;
  std::shared_ptr<Module::State> clone_state(const Module& module);
  Tensor clone_tensor(const Tensor& tensor);

  std::unique_ptr<Clones> clones_;
  CloneScope* outer_;
};

}  // namespace detail

/// A module of the same type with parameters, buffers and modules of its own, equal to those of the
/// original; a lazy one stays lazy, and will get the same first values. Works for modules of one's
/// own as they are, if their members that hold modules, parameters and buffers are handles
/// (nn::Module and what derives from it, Parameter, Buffer) or standard containers of them: what
/// is behind a pointer, or in a plain Tensor, stays shared.
///
/// Gradients and hooks are not copied. What the original held twice, the clone holds twice, but
/// parameters that are views of one memory get memory of their own each.
/// @throws ValueError if M is not the module's own type but a base of it: clone(model.at<M>(i)) has
/// the right one.
template <std::derived_from<Module> M>
M clone(const M& module) {
  const detail::CloneScope scope(module, typeid(M));
  return M(module);
}

}  // namespace lucid::nn
