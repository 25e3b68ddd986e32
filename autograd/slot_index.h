// Internal: finds the place that a backward pass gave to a node or a leaf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lucid::autograd {

/// A hash table from addresses to numbers that allocates nothing for a single entry, unlike
/// std::unordered_map: a pass puts every node in and takes it out again. Open addressing with
/// linear probing (Knuth, The Art of Computer Programming, vol. 3, section 6.4, algorithms L, R).
class SlotIndex {
 public:
  static constexpr uint32_t none = UINT32_MAX;

  uint32_t find(const void* key) const noexcept;
  /// The key must not be there yet.
  void insert(const void* key, uint32_t slot);
  /// The key must be there.
  void erase(const void* key) noexcept;

 private:
  struct Entry {
    const void* key = nullptr;
    uint32_t slot = 0;
  };

  size_t home(const void* key) const noexcept;
  size_t next(size_t place) const noexcept { return (place + 1) & (entries_.size() - 1); }
  void grow();

  std::vector<Entry> entries_;  // a power of two of them, at most half in use
  size_t count_ = 0;
};

}  // namespace lucid::autograd
