// Internal: memory for the small objects that every operation makes and drops.
#pragma once

#include <cstddef>

namespace lucid::detail {

/// Uninitialised memory for an object, from a list of those that this thread freed before. What is
/// larger than a few hundred bytes comes from the system. @param bytes at least 1
/// @throws std::bad_alloc
void* pool_allocate(std::size_t bytes);
/// Any thread may free what another one allocated. @param bytes as they were asked for
void pool_deallocate(void* object, std::size_t bytes) noexcept;

}  // namespace lucid::detail
