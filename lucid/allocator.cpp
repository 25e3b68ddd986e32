#include "lucid/allocator.h"

#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>

#include "lucid/block_heap.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/poison.h"

namespace lucid {
namespace {

using detail::BlockHeap;

// Small blocks have a list of free ones for each size, which is fast; large ones share a heap,
// where they make room for each other. Of small sizes there are four classes to each power of two:
// at most a fifth of a block is wasted.
constexpr int64_t smallest_block = 64;
constexpr int64_t largest_small_block = 64 << 10;
constexpr int steps_per_octave = 4;
constexpr size_t class_count = 4 * 10 + 1;
constexpr int64_t largest_block = int64_t{1} << 62;

struct SizeClass {
  size_t index;
  int64_t bytes;
};

SizeClass size_class(int64_t bytes) noexcept {
  if (bytes <= smallest_block) return {0, smallest_block};
  const int octave = std::bit_width(static_cast<uint64_t>(bytes - 1)) - 1;
  const int64_t base = int64_t{1} << octave;
  const int64_t step = base / steps_per_octave;
  const int64_t position = (bytes - base + step - 1) / step;  // 1 to 4
  const auto index = static_cast<size_t>((octave - 6) * steps_per_octave + position);
  return {index, base + position * step};
}

bool is_small(int64_t bytes) noexcept {
  return bytes <= largest_small_block;
}

// What a block of so many bytes takes.
int64_t bytes_taken(int64_t bytes) noexcept {
  return is_small(bytes) ? size_class(bytes).bytes : BlockHeap::block_bytes(bytes);
}

// A freed small block holds the link to the next one of its class.
struct FreeBlock {
  FreeBlock* next;
};

class CachingAllocator {
 public:
  void* allocate(int64_t bytes) {
    if (bytes > largest_block) refuse(bytes);
    void* const block = is_small(bytes) ? allocate_small(bytes) : allocate_large(bytes);
    // Only what was asked for is unlocked, so that AddressSanitizer sees a step past its end.
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
    return block;
  }

  void deallocate(void* memory, int64_t bytes) noexcept {
    const std::lock_guard guard(lock_);
    if (!is_small(bytes)) {
      statistics_.in_use -= heap_.give_back(memory);
      return;
    }
    const SizeClass size = size_class(bytes);
    auto* block = static_cast<FreeBlock*>(memory);
    // The link stays readable, or LeakSanitizer could not follow it and would call the cache a
    // leak.
    ASAN_POISON_MEMORY_REGION(memory, size.bytes);
    ASAN_UNPOISON_MEMORY_REGION(memory, sizeof(FreeBlock));
    block->next = free_[size.index];
    free_[size.index] = block;
    statistics_.cached += size.bytes;
    statistics_.in_use -= size.bytes;
  }

  void empty() noexcept {
    const std::lock_guard guard(lock_);
    release_cache();
  }

  MemoryStatistics statistics() noexcept {
    const std::lock_guard guard(lock_);
    MemoryStatistics all = statistics_;
    all.cached += heap_.cached();
    return all;
  }

  void reset_peak() noexcept {
    const std::lock_guard guard(lock_);
    statistics_.peak_in_use = statistics_.in_use;
  }

  void set_limit(int64_t bytes) noexcept {
    const std::lock_guard guard(lock_);
    limit_ = bytes;
  }

 private:
  void* allocate_small(int64_t bytes) {
    const SizeClass size = size_class(bytes);
    {
      const std::lock_guard guard(lock_);
      begin_request();
      if (FreeBlock* block = free_[size.index]) {
        free_[size.index] = block->next;
        ASAN_POISON_MEMORY_REGION(block, size.bytes);
        statistics_.cached -= size.bytes;
        statistics_.in_use += size.bytes;
        note_peak();
        return block;
      }
      ++statistics_.cache_misses;
      reserve(size.bytes, size.bytes);
    }
    void* block = from_system(size.bytes);
    const std::lock_guard guard(lock_);
    if (!block) {
      release_cache();
      block = from_system(size.bytes);
      if (!block) {
        statistics_.in_use -= size.bytes;
        refuse(bytes);
      }
    }
    note_peak();
    ASAN_POISON_MEMORY_REGION(block, size.bytes);
    return block;
  }

  void* allocate_large(int64_t bytes) {
    const int64_t size = BlockHeap::block_bytes(bytes);
    const std::lock_guard guard(lock_);
    begin_request();
    BlockHeap::Place place = heap_.find(size);
    if (reserve(size, place.block ? place.untouched : size)) place = heap_.find(size);
    if (!place.block) {
      if (!heap_.grow(size)) {
        release_cache();
        if (!heap_.grow(size)) {
          statistics_.in_use -= size;
          refuse(bytes);
        }
      }
      place = heap_.find(size);
    }
    if (place.untouched > 0) ++statistics_.cache_misses;
    note_peak();
    return heap_.take(place, size);
  }

  static void* from_system(int64_t bytes) noexcept {
    const size_t rounded =
        (static_cast<size_t>(bytes) + memory_alignment - 1) / memory_alignment * memory_alignment;
    return std::aligned_alloc(memory_alignment, rounded);
  }

  int64_t held() const noexcept { return statistics_.in_use + statistics_.cached + heap_.cached(); }

  void begin_request() noexcept {
    ++statistics_.allocations;
    // A cap set below what is held already: cached blocks are then not there to be used.
    if (limit_ > 0 && held() > limit_) release_cache();
  }

  [[noreturn]] static void refuse(int64_t bytes) {
    throw OutOfMemoryError(detail::message("cannot allocate ", bytes, " bytes: out of memory"));
  }

  // Apart from reserve(), since a request that the system refuses must leave no trace.
  void note_peak() noexcept {
    if (statistics_.in_use > statistics_.peak_in_use) statistics_.peak_in_use = statistics_.in_use;
  }

  // Counts the block before it exists, so that no two threads take the last of the cap.
  // @param fresh bytes of it that are not cached
  // @return whether the cache was emptied for it
  bool reserve(int64_t bytes, int64_t fresh) {
    const bool over = limit_ > 0 && held() + fresh > limit_;
    if (over) {
      release_cache();
      if (statistics_.in_use + bytes > limit_) {
        throw OutOfMemoryError(
            detail::message("cannot allocate ", bytes, " bytes: ", statistics_.in_use,
                            " are in use and set_memory_limit() allows ", limit_));
      }
    }
    statistics_.in_use += bytes;
    return over;
  }

  void release_cache() noexcept {
    for (size_t index = 0; index < class_count; ++index) {
      while (FreeBlock* block = free_[index]) {
        free_[index] = block->next;
        std::free(block);
      }
    }
    statistics_.cached = 0;
    heap_.release();
  }

  std::mutex lock_;
  std::array<FreeBlock*, class_count> free_{};
  BlockHeap heap_;
  MemoryStatistics statistics_{};  // its `cached` of small blocks alone
  int64_t limit_ = 0;
};

// Never destroyed: tensors with static storage duration may outlive any other static object.
CachingAllocator& allocator() noexcept {
  static auto* instance = new CachingAllocator;
  return *instance;
}

std::atomic<detail::AllocationObserver> allocation_observer{nullptr};

}  // namespace

MemoryStatistics memory_statistics() noexcept {
  return allocator().statistics();
}
void reset_peak_memory() noexcept {
  allocator().reset_peak();
}
void empty_cache() noexcept {
  allocator().empty();
}

void set_memory_limit(int64_t bytes) {
  if (bytes < 0) {
    throw ValueError(detail::message("set_memory_limit: expected bytes >= 0, got ", bytes));
  }
  allocator().set_limit(bytes);
}

namespace detail {

void* allocate(int64_t bytes) {
  if (bytes <= 0) return nullptr;
  void* block = allocator().allocate(bytes);
  if (const AllocationObserver observer = allocation_observer.load(std::memory_order_relaxed)) {
    observer(block, memory_statistics().in_use - bytes_taken(bytes));
  }
  return block;
}

void deallocate(void* block, int64_t bytes) noexcept {
  if (block) allocator().deallocate(block, bytes);
}

void set_allocation_observer(AllocationObserver observer) noexcept {
  allocation_observer.store(observer, std::memory_order_relaxed);
}

}  // namespace detail
}  // namespace lucid
