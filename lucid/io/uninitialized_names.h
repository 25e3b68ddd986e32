// Internal: the parts of a state dict that have no values yet, in the metadata of its file.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lucid/random.h"
#include "lucid/serialize.h"

namespace lucid::detail {

/// Names of tensors without values, with the random numbers set aside for those that will get such.
using UninitializedNames = std::map<std::string, std::optional<RandomStream>>;

/// Adds them to what the file carries, if there are any: a line of text each.
/// @throws ValueError if the metadata has something under the key that is kept for them.
void add_uninitialized_names(Metadata& metadata, const UninitializedNames& names);

/// Takes them out again. @throws IOError if what stands there is not such lines.
UninitializedNames take_uninitialized_names(Metadata& metadata);

/// A tensor that waits for its shape and values under that name.
Tensor uninitialized_tensor(const std::string& name, const std::optional<RandomStream>& stream);

}  // namespace lucid::detail
