// The base of every layer and model.
#pragma once

#include <concepts>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lucid/state_dict.h"
#include "lucid/tensor.h"
#include "nn/parameter.h"

namespace lucid::nn {

/// Takes a hook away again when it goes out of scope, or with remove().
class HookHandle {
 public:
  HookHandle() noexcept = default;
  explicit HookHandle(std::shared_ptr<void> hook) noexcept : hook_(std::move(hook)) {}
  HookHandle(HookHandle&&) noexcept = default;
  HookHandle& operator=(HookHandle&&) noexcept = default;

  void remove() noexcept { hook_.reset(); }

 private:
  std::shared_ptr<void> hook_;
};

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
/// in parameters and buffers, and do not assign another module to a member that is registered, as
/// its parameters would not be.
class Module {
 public:
  Module();
  Module(const Module&) = default;
  Module& operator=(const Module&) = default;
  virtual ~Module() = default;

  /// The computation. Call the module itself instead, which also runs hooks.
  /// @throws NotImplementedError unless overridden.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x);

  /// All parameters, the module's own first, then its children's. Uninitialised ones are listed
  /// too; what several modules share is listed once, here and below.
  std::vector<Parameter> parameters() const;
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
  /// Forgets all gradients.
  void zero_grad();

  /// Every parameter and buffer under its name, sharing memory with the module
  /// (https://pytorch.org/tutorials/beginner/saving_loading_models.html). Uninitialised ones are
  /// included.
  StateDict state_dict() const;
  /// Copies the values in, converted to the module's types; lazy layers get their shapes from them.
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

  /// Runs after every forward() of this module with its input and output, for as long as the handle
  /// lives.
  using ForwardHook = std::function<void(Module&, const Tensor& input, const Tensor& output)>;
  [[nodiscard]] HookHandle register_forward_hook(ForwardHook hook);

  // What a lazy layer overrides to get its shapes from a state dict:

  /// Why `value` cannot become the uninitialised parameter or buffer `name`; empty if it can.
  /// @param values all that the state dict has for this module, under the module's own names.
  virtual std::string refuse_lazy_value(const std::string& name, const Tensor& value,
                                        const StateDict& values) const;
  /// The type that uninitialised parameters get, or nothing if it is that of the first value.
  virtual std::optional<DType> lazy_dtype() const { return std::nullopt; }
  /// Called when what is in the dict has its shape, and before any value is copied; gives
  /// parameters that were not in the dict their shapes and first values.
  virtual void finish_lazy_load() {}

 protected:
  /// @throws ValueError if the name is empty, contains a dot, or is taken. So for the two below.
  Parameter register_parameter(const std::string& name, Parameter parameter);
  /// Part of the state, but not trained.
  Tensor register_buffer(const std::string& name, Tensor buffer);
  template <std::derived_from<Module> M>
  M register_module(const std::string& name, M module) {
    add_child(name, std::make_shared<M>(module));
    return module;
  }
  void add_child(const std::string& name, std::shared_ptr<Module> child);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Writes module.str().
std::ostream& operator<<(std::ostream& out, const Module& module);

}  // namespace lucid::nn
