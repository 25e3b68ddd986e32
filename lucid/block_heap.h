// Internal: where the caching allocator gets its large blocks from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lucid/allocator.h"

namespace lucid::detail {

/// Blocks cut from regions of address space. A request gets the low end of the free block with the
/// lowest address that has room for it (first fit), and a block that comes back is joined with free
/// neighbours. So where a block goes depends on what is in use alone, not on what was before: steps
/// that ask for the same in the same order get the same places, and touch no others. First fit
/// keeps the highest address within some percent of the most that is in use (Knuth, The Art of
/// Computer Programming 1, 2.5; Johnstone and Wilson, The Memory Fragmentation Problem: Solved?,
/// 1998).
///
/// Not for several threads at a time.
class BlockHeap {
 public:
  /// What a block of this many bytes takes with its head.
  static constexpr int64_t block_bytes(int64_t bytes) noexcept {
    constexpr auto unit = static_cast<int64_t>(memory_alignment);
    return (bytes + unit - 1) / unit * unit + unit;
  }

  struct Block;
  /// Where a block would go.
  struct Place {
    Block* block = nullptr;  ///< null: nowhere
    int64_t untouched = 0;   ///< bytes of it that the system has yet to find memory for
  };
  /// @param bytes of block_bytes(), as everywhere here
  Place find(int64_t bytes) const noexcept;
  /// A block at the place that find() has just given for as many bytes, aligned to
  /// memory_alignment.
  void* take(const Place& place, int64_t bytes) noexcept;
  /// @return how many bytes take() was asked for
  int64_t give_back(void* data) noexcept;

  /// Address space in which find() has a place for so many bytes. @return false if there is none
  bool grow(int64_t bytes) noexcept;

  /// Bytes that were given back, and may still take memory.
  int64_t cached() const noexcept { return cached_; }
  /// Gives their memory to the system.
  void release() noexcept;

 private:
  struct Region {
    Block* first;  ///< at its begin
    Block* end;    ///< a head without a block
    Block* root;   ///< of the tree of free blocks
  };

  Region& region_of(const Block* block) noexcept;

  // Each is as large as all before it, at the least: a few are enough for any memory.
  std::array<Region, 256> regions_{};
  size_t count_ = 0;
  int64_t cached_ = 0;
};

}  // namespace lucid::detail
