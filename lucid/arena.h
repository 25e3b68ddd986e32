// Internal: memory for a computation that asks for the same blocks in the same order every time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace lucid::detail {

/// Watches one run of a computation, plans where each of its blocks goes in one piece of memory,
/// with blocks that are never needed at the same time in the same place, and hands out these places
/// in all later runs: no lock, no search, and the least memory to keep in the caches.
///
/// A run may still do anything. What it asks for out of order comes from the caching allocator, as
/// does a block whose place is taken because another one lives longer than in the run that was
/// watched; what outlived that run, such as its result, comes from there every time.
///
/// One thread runs at a time; any thread may give blocks back, also after the run.
class Arena {
 public:
  /// What somebody holds of an arena: it is deleted with the last of its owner and its blocks.
  struct Drop {
    void operator()(Arena* arena) const noexcept { arena->drop(); }
  };
  using Owner = std::unique_ptr<Arena, Drop>;
  static Owner make() { return Owner(new Arena); }

  /// True if nothing in the one piece of memory is left of the last run.
  bool idle() const noexcept { return live_.load(std::memory_order_acquire) == 0; }
  /// Bytes of the one piece, 0 before a run was watched.
  int64_t bytes() const noexcept { return bytes_; }

  /// As long as it lives, blocks on this thread come from the arena.
  class Run {
   public:
    /// @param arena idle, or null: then blocks come from the allocator
    explicit Run(Arena* arena);
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run();

   private:
    Arena* arena_;
    Arena* outer_;
  };
  /// That of this thread, null without.
  static Arena* current() noexcept;

  /// A block of a run. @throws OutOfMemoryError
  struct Block {
    void* data;
    Arena* arena;    ///< to be given back to, or null: to the allocator
    uint32_t place;  ///< to be said when it is given back
  };
  Block take(int64_t bytes);
  void give_back(void* data, int64_t bytes, uint32_t place) noexcept;

 private:
  struct Request {
    int64_t bytes;
    void* data;           // while it is watched
    int64_t begin, end;   // when it was taken and given back; end < 0 if the run ended before
    int64_t offset = -1;  // -1: from the allocator
    uint32_t first_rival = 0, rivals = 0;  // of rivals_: earlier blocks in the same memory
  };

  Arena() = default;
  ~Arena();
  void drop() noexcept;
  void begin_run();
  void end_run() noexcept;
  Block watched(int64_t bytes);
  void plan();
  void forget() noexcept;

  std::atomic<int64_t> holders_{1};  // the owner, and every block
  std::atomic<int64_t> live_{0};     // blocks in memory_
  std::atomic<bool> watching_{true};
  bool strayed_ = false;   // this run did not ask for what was planned
  std::atomic_flag lock_;  // of requests_ while watching
  std::vector<Request> requests_;
  std::vector<uint32_t> rivals_;
  std::unique_ptr<std::atomic<bool>[]> taken_;  // for each request
  size_t next_ = 0;
  int64_t clock_ = 0;
  void* memory_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace lucid::detail
