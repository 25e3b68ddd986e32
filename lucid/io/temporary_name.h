// Internal: the names under which files are written before they take their place.
#pragma once

#include <string>

namespace lucid::detail {

/// The folder that a path lies in.
std::string folder_of(const std::string& path);

/// A new name beside `target`, unique among the processes of this machine, and most likely among
/// machines that share the folder.
std::string temporary_name(const std::string& target);

/// Removes the files with such a name for this very target whose writer is dead, which shows in
/// that nobody holds their lock. What cannot be looked at stays.
void remove_stale_temporaries(const std::string& target) noexcept;

}  // namespace lucid::detail
