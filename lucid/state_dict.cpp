#include "lucid/state_dict.h"

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid {

using detail::message;

StateDict::StateDict(std::initializer_list<value_type> entries) {
  for (const auto& [name, tensor] : entries) insert(name, tensor);
}

const Tensor* StateDict::find(std::string_view name) const {
  const auto found = positions_.find(name);
  return found == positions_.end() ? nullptr : &entries_[found->second].second;
}

const Tensor& StateDict::at(std::string_view name) const {
  const Tensor* tensor = find(name);
  if (!tensor) {
    throw IndexError(message("StateDict: there is no \"", name, "\" among its ", size(),
                             size() == 1 ? " entry" : " entries"));
  }
  return *tensor;
}

void StateDict::insert(std::string name, Tensor tensor) {
  // Room first: if memory runs out, both members stay as they were.
  if (entries_.size() == entries_.capacity()) entries_.reserve(2 * entries_.size() + 8);
  if (!positions_.emplace(name, entries_.size()).second) {
    throw ValueError(message("StateDict: the name \"", name, "\" is there already; use set() to ",
                             "replace its tensor"));
  }
  entries_.emplace_back(std::move(name), std::move(tensor));
}

void StateDict::set(std::string_view name, Tensor tensor) {
  const auto found = positions_.find(name);
  if (found == positions_.end()) {
    insert(std::string(name), std::move(tensor));
  } else {
    entries_[found->second].second = std::move(tensor);
  }
}

bool StateDict::erase(std::string_view name) {
  const auto found = positions_.find(name);
  if (found == positions_.end()) return false;
  const size_t position = found->second;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(position));
  positions_.erase(found);
  for (auto& [key, other] : positions_) other -= other > position ? 1 : 0;
  return true;
}

StateDict strip_prefix(const StateDict& state, std::string_view prefix) {
  StateDict result;
  for (const auto& [name, tensor] : state) {
    if (name.starts_with(prefix)) result.insert(name.substr(prefix.size()), tensor);
  }
  return result;
}

}  // namespace lucid
