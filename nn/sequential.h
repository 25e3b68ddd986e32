// Modules one after the other.
#pragma once

#include <concepts>
#include <memory>
#include <string>

#include "nn/module.h"

namespace lucid::nn {

/// Calls its modules in order, each on the output of the one before; an empty one gives its input
/// back (https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html). Children are named 0,
/// 1, ...
class Sequential : public Module {
 public:
  Sequential() = default;
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) > 0) explicit Sequential(Modules... modules) {
    (push_back(std::move(modules)), ...);
  }

  template <std::derived_from<Module> M>
  Sequential& push_back(M module) {
    add_child(std::to_string(size()), std::make_shared<M>(std::move(module)));
    return *this;
  }

  Tensor forward(const Tensor& x) override;

  size_t size() const noexcept { return named_children().size(); }
  bool empty() const noexcept { return size() == 0; }
  /// @throws IndexError
  Module& operator[](size_t index) const;
  /// The module at a position as what it is. @throws IndexError; ValueError if it is something
  /// else.
  template <std::derived_from<Module> M>
  M& at(size_t index) const {
    if (auto* module = dynamic_cast<M*>(&(*this)[index])) return *module;
    throw_wrong_type(index);
  }

 private:
  [[noreturn]] void throw_wrong_type(size_t index) const;
};

}  // namespace lucid::nn
