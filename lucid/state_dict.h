// Named tensors in order: what a model's weights are called on disk and in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lucid/tensor.h"

namespace lucid {

/// Tensors by name, in the order of insertion; every name is there once. The tensors are handles:
/// a copy of the dict refers to the same values. Uninitialized tensors (of a lazy module that has
/// not seen an input) may be in it.
class StateDict {
 public:
  using value_type = std::pair<std::string, Tensor>;
  using const_iterator = std::vector<value_type>::const_iterator;

  StateDict() = default;
  /// @throws ValueError if a name is there twice.
  StateDict(std::initializer_list<value_type> entries);

  size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  const_iterator begin() const noexcept { return entries_.begin(); }
  const_iterator end() const noexcept { return entries_.end(); }

  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The tensor of that name, or null; valid until the dict changes.
  const Tensor* find(std::string_view name) const;
  /// @throws IndexError if there is none of that name.
  const Tensor& at(std::string_view name) const;

  /// Adds an entry at the end. @throws ValueError if the name is taken.
  void insert(std::string name, Tensor tensor);
  /// Adds an entry at the end, or replaces the tensor of that name in its place.
  void set(std::string_view name, Tensor tensor);
  /// Removes an entry, in time that grows with the size. Returns whether it was there.
  bool erase(std::string_view name);

 private:
  std::vector<value_type> entries_;
  // A tree, since names come from files: no choice of names makes it slow, as it can a hash table.
  std::map<std::string, size_t, std::less<>> positions_;
};

/// The entries whose names start with `prefix`, without it; others are left out:
/// strip_prefix(load("run.safetensors"), "model.") are the weights in a checkpoint.
StateDict strip_prefix(const StateDict& state, std::string_view prefix);

/// The second half of a load that has been checked: everything that can fail has happened, and
/// calling it, once, puts the values in place. To drop it uncalled is to change nothing. That lets
/// several parts of a checkpoint be loaded together, or none of them.
using CommitLoad = std::function<void()>;

}  // namespace lucid
