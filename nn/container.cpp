#include "nn/container.h"

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

Module& Container::at_position(int64_t index) const {
  const auto count = static_cast<int64_t>(size());
  const int64_t position = index < 0 ? index + count : index;
  if (position < 0 || position >= count) {
    throw IndexError(
        message(type_name(), ": index ", index, " is out of range for ", count, " modules"));
  }
  return *named_children()[static_cast<size_t>(position)].second;
}

Module& Container::operator[](std::string_view name) const {
  std::string names;
  for (const auto& [known, module] : named_children()) {
    if (known == name) return *module;
    names += (names.empty() ? "" : ", ") + known;
  }
  throw IndexError(message(type_name(), ": there is no module \"", name, "\" among [", names, "]"));
}

bool Container::contains(std::string_view name) const noexcept {
  for (const auto& entry : named_children()) {
    if (entry.first == name) return true;
  }
  return false;
}

void Container::throw_wrong_type(const std::string& key, const Module& module) const {
  throw ValueError(message(type_name(), ": the module at ", key, " is a ", module.type_name()));
}

}  // namespace lucid::nn
