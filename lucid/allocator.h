// Memory for tensors and kernel scratch: freed blocks are kept and handed out again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lucid {

/// Bytes held by the caching allocator, all threads together.
struct MemoryStatistics {
  int64_t in_use;        ///< handed out now
  int64_t peak_in_use;   ///< the most that was handed out since the start or reset_peak_memory()
  int64_t cached;        ///< freed by their owners and kept for the next one
  int64_t allocations;   ///< requests so far
  int64_t cache_misses;  ///< requests that had to ask the system
};

MemoryStatistics memory_statistics() noexcept;

/// Makes peak_in_use start again from what is in use now.
void reset_peak_memory() noexcept;

/// Gives cached blocks back to the system.
void empty_cache() noexcept;

/// Caps in_use + cached. 0 means no cap. A request above it raises OutOfMemoryError, after the
/// cache has been emptied. @throws ValueError if bytes is negative.
void set_memory_limit(int64_t bytes);

/// Blocks are aligned to this many bytes: a cache line, and the widest vector register.
inline constexpr size_t memory_alignment = 64;

namespace detail {

/// A block of at least `bytes` bytes, uninitialised; null for 0 bytes.
/// @throws OutOfMemoryError
void* allocate(int64_t bytes);
void deallocate(void* block, int64_t bytes) noexcept;

/// Told on its own thread of each block that a thread is given, and how many bytes were in use
/// before.
using AllocationObserver = void (*)(const void* block, int64_t in_use_before) noexcept;
/// Makes it the one of all threads; null: nobody is told, which costs a relaxed load.
void set_allocation_observer(AllocationObserver observer) noexcept;

class Arena;

/// Scratch memory for one kernel call, from the arena of this thread if there is one.
class Scratch {
 public:
  explicit Scratch(int64_t bytes);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  template <class T>
  T* as() const noexcept {
    return static_cast<T*>(data_);
  }

 private:
  int64_t bytes_;
  void* data_;
  Arena* arena_ = nullptr;
  uint32_t place_ = 0;
};

}  // namespace detail
}  // namespace lucid
