// The base of every layer and model.
#pragma once

#include <concepts>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "lucid/hook_handle.h"
#include "lucid/state_dict.h"
#include "lucid/tensor.h"
#include "nn/lazy_parameter.h"
#include "nn/parameter.h"

namespace lucid::nn {

using lucid::HookHandle;

class NamedModule;
namespace detail {
class CloneScope;
class Fusion;
class InferencePlanner;
}  // namespace detail

/// What load_state_dict() did not find, and what it did not use.
struct LoadResult {
  std::vector<std::string> missing_keys;
  std::vector<std::string> unexpected_keys;
};

/// A layer, or a model made of layers
/// (https://pytorch.org/docs/stable/generated/torch.nn.Module.html).
///
/// A subclass registers its parameters, buffers and children under names, in its constructor, and
/// overrides forward(). A copy of a module is a handle to the same parameters: keep mutable state
/// in parameters and buffers (members of type Parameter and Buffer), and do not assign another
/// module to a member that is registered, as its parameters would not be. nn::clone copies a module
/// with all it holds.
class Module {
 public:
  Module();
  /// Another handle to the same module.
  Module(const Module& other);
  Module& operator=(const Module&) = default;
  virtual ~Module() = default;

  /// The computation. Call the module itself instead, which also runs hooks.
  /// @throws NotImplementedError unless overridden.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x);

  /// All parameters, the module's own first, then its children's. Uninitialised ones are listed
  /// too; what several modules share is listed once, here and below.
  std::vector<Parameter> parameters() const;
  /// True if a parameter or buffer still waits for its shape.
  bool has_uninitialized() const;
  /// With names like "0.weight".
  std::vector<std::pair<std::string, Parameter>> named_parameters() const;
  std::vector<std::pair<std::string, Tensor>> named_buffers() const;
  /// Without those of the children.
  const std::vector<std::pair<std::string, Parameter>>& own_parameters() const noexcept;
  const std::vector<std::pair<std::string, Tensor>>& own_buffers() const noexcept;
  /// The module itself as "", then every module below it with its path.
  std::vector<std::pair<std::string, Module*>> named_modules();
  /// Direct children only.
  const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& named_children()
      const noexcept;

  /// Calls function on every module below this one, and then on this one.
  Module& apply(const std::function<void(Module&)>& function);
  /// Training or evaluation mode, for this module and all below it: Dropout and BatchNorm2d differ.
  Module& train(bool mode = true);
  Module& eval() { return train(false); }
  bool is_training() const noexcept;
  Module& requires_grad_(bool requires_grad = true);
  /// Converts floating-point parameters, their gradients, and buffers in place, so that all handles
  /// stay valid; what is uninitialised gets its values in that type later. Views of them that were
  /// taken before keep the old memory. Make optimisers afterwards: their state keeps the old type.
  /// @throws DTypeError unless dtype is floating-point; OutOfMemoryError, and nothing has changed.
  Module& to(DType dtype);
  /// Forgets all gradients.
  void zero_grad();

  /// Every parameter and buffer under its name, sharing memory with the module
  /// (https://pytorch.org/tutorials/beginner/saving_loading_models.html). Uninitialised ones are
  /// included.
  StateDict state_dict() const;
  /// Copies the values in, converted to the module's types; lazy layers get their shapes from them,
  /// and those that the dict has as uninitialised stay so. On the meta device there is no place for
  /// values: only shapes are taken.
  /// @param strict missing and unexpected keys are errors too.
  /// @throws ValueError that lists everything that does not fit; then nothing has changed.
  LoadResult load_state_dict(const StateDict& state, bool strict = true);
  /// The first half of load_state_dict: checks everything and gives lazy layers their shapes, which
  /// they lose again if the result is dropped without being called.
  /// @param result if not null, receives the missing and unexpected keys
  [[nodiscard]] CommitLoad prepare_load(const StateDict& state, bool strict = true,
                                        LoadResult* result = nullptr);

  /// The class name, without its namespace.
  std::string type_name() const;
  /// What stands between the brackets when the module is printed.
  virtual std::string extra_repr() const { return ""; }
  /// PyTorch's notation, children indented below their parent.
  std::string str() const;

  // Hooks run when the module is called, for as long as their handles live; clones have none.
  using ForwardPreHook = std::function<void(Module&, const Tensor& input)>;
  /// Runs before every forward() of this module, which it must not destroy.
  [[nodiscard]] HookHandle register_forward_pre_hook(ForwardPreHook hook);
  using ForwardHook = std::function<void(Module&, const Tensor& input, const Tensor& output)>;
  /// Runs after every forward() of this module.
  [[nodiscard]] HookHandle register_forward_hook(ForwardHook hook);
  using BackwardHook = std::function<void(const Tensor& grad_input, const Tensor& grad_output)>;
  /// Runs in every backward pass through a call of this module, once its gradients are known.
  /// grad_input is undefined if the input needs none. Unlike PyTorch's hooks, these observe only.
  [[nodiscard]] HookHandle register_full_backward_hook(BackwardHook hook);

  /// The sizes that lazy parameters of this module wait for, read off an input of forward(). A
  /// layer with parameters from nn::lazy_parameter overrides it, and throws ShapeError for an input
  /// that cannot be right.
  virtual LazySizes infer_sizes(const Tensor& x) const;
  /// Multiplications that are each followed by an addition, for one call with such shapes; what
  /// nn::summary counts. A layer that has none need not override it. A double, since products of
  /// sizes may exceed 63 bits.
  virtual double multiply_adds(const Shape& input, const Shape& output) const;

 protected:
  /// @throws ValueError if the name is empty, contains a dot, or is taken. So for the two below.
  Parameter register_parameter(const std::string& name, Parameter parameter);
  /// Part of the state, but not trained.
  Buffer register_buffer(const std::string& name, const Tensor& buffer);
  /// Give the module as what it is: its copies and clones are of the static type.
  /// @throws ValueError also if M is a base of the module's own type
  template <std::derived_from<Module> M>
  requires(!std::same_as<M, Module>) M register_module(const std::string& name, const M& module) {
    check_type(module, typeid(M));
    add_child(name, std::make_shared<M>(module), [](const Module& original) {
      return std::static_pointer_cast<Module>(std::make_shared<M>(static_cast<const M&>(original)));
    });
    return module;
  }

  /// Gives the module's own uninitialised parameters and buffers shapes and first values.
  /// @throws ValueError if a size is missing, OutOfMemoryError; then nothing is initialised.
  void initialize(const LazySizes& sizes);
  /// True if no own parameter or buffer waits for its shape.
  bool is_initialized() const noexcept;

 private:
  struct State;
  friend class detail::CloneScope;
  friend class detail::Fusion;
  friend class detail::InferencePlanner;
  friend class NamedModule;
  /// Makes another handle of the child's own type.
  using CopyChild = std::shared_ptr<Module> (*)(const Module&);

  void add_child(const std::string& name, std::shared_ptr<Module> child, CopyChild copy);
  static void check_type(const Module& module, const std::type_info& given_as);

  std::shared_ptr<State> state_;
};

/// Writes module.str().
std::ostream& operator<<(std::ostream& out, const Module& module);

}  // namespace lucid::nn
