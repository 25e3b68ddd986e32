// Modules one after the other.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>

#include "nn/container.h"

namespace lucid::nn {

/// Calls its modules in order, each on the output of the one before; an empty one gives its input
/// back (https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html). Children are named 0,
/// 1, ... unless they are given names:
///
///     nn::Sequential model{{"conv", nn::LazyConv2d(8, 3)}, {"relu", nn::ReLU()}};
///
/// One exception, which C++ makes: Sequential{sequential}, with nothing else, is a copy, and so
/// another handle to the same. To put a single one into another use a name or push_back().
class Sequential : public Container {
 public:
  Sequential() = default;
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) > 0) explicit Sequential(const Modules&... modules) {
    (push_back(modules), ...);
  }
  Sequential(std::initializer_list<NamedModule> modules) { add(modules); }

  /// Adds a module at the end, under its position as its name or under the one given.
  /// @throws ValueError if the name is taken.
  template <std::derived_from<Module> M>
  Sequential& push_back(const M& module) {
    register_module(std::to_string(size()), module);
    return *this;
  }
  template <std::derived_from<Module> M>
  Sequential& push_back(const std::string& name, const M& module) {
    register_module(name, module);
    return *this;
  }

  Tensor forward(const Tensor& x) override;
};

}  // namespace lucid::nn
