// Internal: the parts of a state dict that have no values yet, in the metadata of its file.
#pragma once

#include <set>
#include <string>

#include "lucid/serialize.h"

namespace lucid::detail {

/// Adds the names to what the file carries, if there are any.
/// @throws ValueError if the metadata has something under the key that is kept for them.
void add_uninitialized_names(Metadata& metadata, const std::set<std::string>& names);

/// The names, taken out again. @throws IOError if what stands there is no list of names.
std::set<std::string> take_uninitialized_names(Metadata& metadata);

/// A tensor that waits for its shape and values under that name.
Tensor uninitialized_tensor(const std::string& name);

}  // namespace lucid::detail
