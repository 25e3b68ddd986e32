// Internal: whether names that must be unique are, in n log n time whatever they are.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace lucid::detail {

/// A name that two items of the range have, or null. @param name_of gives an item's name by
/// reference.
template <class Range, class Name>
const std::string* find_duplicate(const Range& range, const Name& name_of) {
  std::vector<const std::string*> names;
  names.reserve(range.size());
  for (const auto& item : range) names.push_back(&name_of(item));
  std::sort(names.begin(), names.end(), [](auto* a, auto* b) { return *a < *b; });
  const auto twice =
      std::adjacent_find(names.begin(), names.end(), [](auto* a, auto* b) { return *a == *b; });
  return twice == names.end() ? nullptr : *twice;
}

}  // namespace lucid::detail
