#include "lucid/block_heap.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "lucid/poison.h"

namespace lucid::detail {
namespace {

constexpr int64_t huge_page = int64_t{2} << 20;
constexpr int64_t largest_page = 64 << 10;  // of any system, but for huge ones
constexpr int64_t usual_region = int64_t{1} << 30;
constexpr int64_t least_region = int64_t{64} << 20;

int64_t round_up(int64_t value, int64_t to) noexcept {
  return (value + to - 1) / to * to;
}

}  // namespace

// The head of a block, before its memory. A free block is a node in the tree of its region, a treap
// (Seidel and Aragon, 1996) in the order of addresses.
struct alignas(memory_alignment) BlockHeap::Block {
  std::byte guard[16];  // poisoned: what runs over the end of the block before is seen
  int64_t bytes;        // with the head
  int64_t touched;      // of a free block: bytes from its begin on that may take memory; else -1
  Block* before;        // the neighbour below, null for the first
  Block* left;          // of a free block, as the rest
  Block* right;
  int64_t most;  // the largest block in this part of the tree

  bool free() const noexcept { return touched >= 0; }
  std::byte* begin() noexcept { return reinterpret_cast<std::byte*>(this); }
  std::byte* data() noexcept { return begin() + sizeof(Block); }
  Block* after() noexcept { return reinterpret_cast<Block*>(begin() + bytes); }

  uint64_t priority() const noexcept {
    // SplitMix64 (Steele, Lea and Flood, 2014).
    uint64_t mixed = reinterpret_cast<uintptr_t>(this);
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return mixed ^ mixed >> 31;
  }
  void update() noexcept {
    most = std::max({bytes, left ? left->most : int64_t{0}, right ? right->most : int64_t{0}});
  }
};

namespace {

using Block = BlockHeap::Block;

void poison(Block* block) noexcept {
  ASAN_POISON_MEMORY_REGION(block->data(), block->bytes - static_cast<int64_t>(sizeof(Block)));
}

Block* make_head(void* place, int64_t bytes, int64_t touched, Block* before) noexcept {
  ASAN_UNPOISON_MEMORY_REGION(place, sizeof(Block));
  auto* const block = new (place) Block;
  block->bytes = bytes;
  block->touched = touched;
  block->before = before;
  ASAN_POISON_MEMORY_REGION(block->guard, sizeof(block->guard));
  return block;
}

// Of two trees, the blocks of the first all lower.
Block* merged(Block* low, Block* high) noexcept {
  if (!low || !high) return low ? low : high;
  Block* const root = low->priority() > high->priority() ? low : high;
  if (root == low) {
    low->right = merged(low->right, high);
  } else {
    high->left = merged(low, high->left);
  }
  root->update();
  return root;
}

// What is below `at`, and the rest.
std::pair<Block*, Block*> split(Block* tree, const Block* at) noexcept {
  if (!tree) return {nullptr, nullptr};
  if (tree < at) {
    const auto [low, high] = split(tree->right, at);
    tree->right = low;
    tree->update();
    return {tree, high};
  }
  const auto [low, high] = split(tree->left, at);
  tree->left = high;
  tree->update();
  return {low, tree};
}

void insert(Block*& tree, Block* block) noexcept {
  block->left = block->right = nullptr;
  block->update();
  const auto [low, high] = split(tree, block);
  tree = merged(merged(low, block), high);
}

void erase(Block*& tree, Block* block) noexcept {
  if (tree == block) {
    tree = merged(block->left, block->right);
    return;
  }
  erase(block < tree ? tree->left : tree->right, block);
  tree->update();
}

Block* first_fit(Block* tree, int64_t bytes) noexcept {
  if (!tree || tree->most < bytes) return nullptr;
  while (true) {
    if (tree->left && tree->left->most >= bytes) {
      tree = tree->left;
    } else if (tree->bytes >= bytes) {
      return tree;
    } else {
      tree = tree->right;
    }
  }
}

}  // namespace

BlockHeap::Region& BlockHeap::region_of(const Block* block) noexcept {
  return *std::find_if(regions_.begin(), regions_.begin() + count_, [block](const Region& region) {
    return region.first <= block && block < region.end;
  });
}

BlockHeap::Place BlockHeap::find(int64_t bytes) const noexcept {
  for (size_t i = 0; i < count_; ++i) {
    if (Block* const block = first_fit(regions_[i].root, bytes)) {
      return {block, std::max<int64_t>(bytes - block->touched, 0)};
    }
  }
  return {};
}

void* BlockHeap::take(const Place& place, int64_t bytes) noexcept {
  Block* const block = place.block;
  Region& region = region_of(block);
  erase(region.root, block);
  const int64_t touched = bytes - place.untouched;
  if (const int64_t rest = block->bytes - bytes; rest > 0) {
    Block* const next = make_head(block->begin() + bytes, rest, block->touched - touched, block);
    next->after()->before = next;
    block->bytes = bytes;
    insert(region.root, next);
  }
  cached_ -= touched;
  block->touched = -1;
  return block->data();
}

int64_t BlockHeap::give_back(void* data) noexcept {
  auto* block = reinterpret_cast<Block*>(static_cast<std::byte*>(data) - sizeof(Block));
  Region& region = region_of(block);
  const int64_t given = block->bytes;
  block->touched = given;
  cached_ += given;
  // Makes one block of two neighbours, neither of them in the tree.
  const auto join = [this](Block* low, Block* high) {
    if (high->touched > 0 && low->touched < low->bytes) {
      // What is in between counts as touched from now on.
      cached_ += low->bytes - low->touched;
      low->touched = low->bytes;
    }
    low->touched += high->touched;
    low->bytes += high->bytes;
    low->after()->before = low;
    return low;
  };
  if (Block* const after = block->after(); after->free()) {
    erase(region.root, after);
    join(block, after);
  }
  if (Block* const before = block->before; before && before->free()) {
    erase(region.root, before);
    block = join(before, block);
  }
  insert(region.root, block);
  poison(block);
  return given;
}

bool BlockHeap::grow(int64_t bytes) noexcept {
  if (count_ == regions_.size()) return false;
  int64_t all = 0;
  for (size_t i = 0; i < count_; ++i) {
    all += regions_[i].end->begin() - regions_[i].first->begin();
  }
  // Address space is free where nobody limits it; else there may be less.
  const int64_t needed = round_up(bytes, huge_page);
  for (const int64_t wanted : {std::max(usual_region, all), least_region, needed}) {
    const int64_t size = std::max(wanted, needed);
    void* const mapped = mmap(nullptr, static_cast<size_t>(size + largest_page + huge_page),
                              PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) continue;
    const auto address = reinterpret_cast<uintptr_t>(mapped);
    const auto skipped = static_cast<int64_t>(-address % static_cast<uintptr_t>(huge_page));
    std::byte* const begin = static_cast<std::byte*>(mapped) + skipped;
    if (skipped > 0) munmap(mapped, static_cast<size_t>(skipped));
    if (skipped < huge_page)
      munmap(begin + size + largest_page, static_cast<size_t>(huge_page - skipped));
    // A first touch costs a page fault for every page: 512 times fewer with huge ones. The head at
    // the end has a small one.
    madvise(begin, static_cast<size_t>(size), MADV_HUGEPAGE);
    Region& region = regions_[count_++];
    region.first = make_head(begin, size, 0, nullptr);
    region.end = make_head(begin + size, largest_page, -1, region.first);
    region.root = nullptr;
    insert(region.root, region.first);
    poison(region.first);
    return true;
  }
  return false;
}

void BlockHeap::release() noexcept {
  static const int64_t page = sysconf(_SC_PAGESIZE);
  for (size_t i = 0; i < count_;) {
    Region& region = regions_[i];
    if (region.first->free() && region.first->after() == region.end) {
      // Its address space as well, which may be limited.
      std::byte* const begin = region.first->begin();
      const auto size = static_cast<size_t>(region.end->after()->begin() - begin);
      ASAN_UNPOISON_MEMORY_REGION(begin, size);
      munmap(begin, size);
      std::move(regions_.begin() + i + 1, regions_.begin() + count_, regions_.begin() + i);
      --count_;
      continue;
    }
    for (Block* block = region.first; block != region.end; block = block->after()) {
      if (!block->free() || block->touched == 0) continue;
      const auto address = reinterpret_cast<uintptr_t>(block->begin());
      const auto first = round_up(static_cast<int64_t>(address) + sizeof(Block), page);
      const auto last = static_cast<int64_t>(address + block->touched) / page * page;
      if (first < last) {
        madvise(reinterpret_cast<void*>(first), static_cast<size_t>(last - first), MADV_DONTNEED);
      }
      block->touched = 0;
    }
    ++i;
  }
  cached_ = 0;
}

}  // namespace lucid::detail
