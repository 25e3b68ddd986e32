// Modules that hold others, and access to what they hold.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "nn/module.h"

namespace lucid::nn {

class Container;

/// A module with its name, as in {"conv", nn::Conv2d(3, 8, 3)}.
class NamedModule {
 public:
  template <std::derived_from<Module> M>
  requires(!std::same_as<M, Module>) NamedModule(const std::string& name, const M& module);

 private:
  friend class Container;
  std::function<void(Container&)> add_to_;
};

/// What Sequential, ModuleList and ModuleDict share: access by position and by name, and loops:
///
///     for (nn::Module& layer : model) ...
class Container : public Module {
 public:
  class Iterator;

  size_t size() const noexcept { return named_children().size(); }
  bool empty() const noexcept { return size() == 0; }
  bool contains(std::string_view name) const noexcept;

  /// The module at a position; negative ones count from the end. @throws IndexError
  template <std::integral T>
  Module& operator[](T index) const {
    return at_position(static_cast<int64_t>(index));
  }
  /// The module of a name. @throws IndexError
  Module& operator[](std::string_view name) const;
  /// The module at a position, or of a name, as what it is. @throws IndexError; ValueError if it is
  /// something else.
  template <std::derived_from<Module> M, class Key>
  M& at(const Key& key) const {
    Module& module = (*this)[key];
    if (auto* typed = dynamic_cast<M*>(&module)) return *typed;
    if constexpr (std::integral<Key>) {
      throw_wrong_type(std::to_string(key), module);
    } else {
      throw_wrong_type(std::string(key), module);
    }
  }

  /// In order. Modules may be added during a loop.
  Iterator begin() const noexcept;
  Iterator end() const noexcept;

 protected:
  Container() = default;
  void add(std::initializer_list<NamedModule> modules) {
    for (const NamedModule& module : modules) module.add_to_(*this);
  }

 private:
  friend class NamedModule;
  Module& at_position(int64_t index) const;
  [[noreturn]] void throw_wrong_type(const std::string& key, const Module& module) const;
};

template <std::derived_from<Module> M>
requires(!std::same_as<M, Module>) NamedModule::NamedModule(const std::string& name,
                                                            const M& module)
    : add_to_([name, module](Container& to) { to.register_module(name, module); }) {
  Module::check_type(module, typeid(M));
}

class Container::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Module;
  using difference_type = std::ptrdiff_t;
  using pointer = Module*;
  using reference = Module&;

  Iterator() = default;
  Iterator(const Container* container, size_t position) noexcept
      : container_(container), position_(position) {}

  Module& operator*() const { return *container_->named_children()[position_].second; }
  Module* operator->() const { return &**this; }
  Iterator& operator++() noexcept {
    ++position_;
    return *this;
  }
  Iterator operator++(int) noexcept { return {container_, position_++}; }
  friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
    return a.position_ == b.position_;
  }

 private:
  const Container* container_ = nullptr;
  size_t position_ = 0;
};

inline Container::Iterator Container::begin() const noexcept {
  return {this, 0};
}
inline Container::Iterator Container::end() const noexcept {
  return {this, size()};
}

/// Modules in a list, named 0, 1, ...; whoever holds it decides how they are called. As with
/// Sequential, ModuleList{list} is another handle to the list
/// (https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html).
class ModuleList : public Container {
 public:
  ModuleList() = default;
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) > 0) explicit ModuleList(const Modules&... modules) {
    (push_back(modules), ...);
  }

  template <std::derived_from<Module> M>
  ModuleList& push_back(const M& module) {
    register_module(std::to_string(size()), module);
    return *this;
  }
};

/// Modules by name, in the order they were added
/// (https://pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html).
class ModuleDict : public Container {
 public:
  ModuleDict() = default;
  /// @throws ValueError if a name is there twice, is empty or contains a dot; so for insert().
  ModuleDict(std::initializer_list<NamedModule> modules) { add(modules); }

  template <std::derived_from<Module> M>
  ModuleDict& insert(const std::string& name, const M& module) {
    register_module(name, module);
    return *this;
  }
};

}  // namespace lucid::nn
