#include "autograd/slot_index.h"

#include <utility>

namespace lucid::autograd {

size_t SlotIndex::home(const void* key) const noexcept {
  // Objects lie at multiples of 16 or more: multiplying spreads the bits that differ.
  const uint64_t mixed = reinterpret_cast<uintptr_t>(key) * 0x9E3779B97F4A7C15U;
  return static_cast<size_t>(mixed >> 32) & (entries_.size() - 1);
}

uint32_t SlotIndex::find(const void* key) const noexcept {
  if (count_ == 0) return none;
  for (size_t place = home(key); entries_[place].key; place = next(place)) {
    if (entries_[place].key == key) return entries_[place].slot;
  }
  return none;
}

void SlotIndex::insert(const void* key, uint32_t slot) {
  if (2 * (count_ + 1) > entries_.size()) grow();
  size_t place = home(key);
  while (entries_[place].key) place = next(place);
  entries_[place] = {key, slot};
  ++count_;
}

void SlotIndex::erase(const void* key) noexcept {
  size_t hole = home(key);
  while (entries_[hole].key != key) hole = next(hole);
  // Whatever could only be found by way of the hole moves into it.
  for (size_t place = next(hole); entries_[place].key; place = next(place)) {
    const size_t wanted = home(entries_[place].key);
    const bool stays =
        hole < place ? hole < wanted && wanted <= place : hole < wanted || wanted <= place;
    if (stays) continue;
    entries_[hole] = entries_[place];
    hole = place;
  }
  entries_[hole].key = nullptr;
  --count_;
}

void SlotIndex::grow() {
  std::vector<Entry> old(entries_.empty() ? 16 : 2 * entries_.size());
  std::swap(old, entries_);
  count_ = 0;
  for (const Entry& entry : old) {
    if (entry.key) insert(entry.key, entry.slot);
  }
}

}  // namespace lucid::autograd
