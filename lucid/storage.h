// The memory behind one tensor and all its views.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "lucid/intrusive_ptr.h"

namespace lucid {

/// Knows of writes to memory that may be gone by the time somebody asks.
class WriteWatch final : public RefCounted {
 public:
  void note(const char* writer) noexcept {
    last_writer_.store(writer, std::memory_order_relaxed);
    writes_.fetch_add(1, std::memory_order_relaxed);
  }
  uint64_t writes() const noexcept { return writes_.load(std::memory_order_relaxed); }
  const char* last_writer() const noexcept { return last_writer_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> writes_{0};
  std::atomic<const char*> last_writer_{nullptr};
};

/// A block of bytes with a version: every in-place write through any tensor on it counts one up,
/// which is how the tape notices that a value it saved has changed. Threads may write to parts that
/// do not overlap at the same time.
class Storage : public RefCounted {
 public:
  using Deleter = void (*)(void* data, void* context);

  /// Uninitialised memory from the caching allocator, or the arena of this thread if there is one.
  /// @throws OutOfMemoryError
  explicit Storage(int64_t bytes);
  /// Memory owned by somebody else; the deleter (may be null) is called once with the last
  /// reference gone.
  Storage(void* data, int64_t bytes, Deleter deleter, void* context) noexcept;
  ~Storage() override;

  void* data() const noexcept { return data_; }
  int64_t bytes() const noexcept { return bytes_; }
  /// False if the memory is somebody else's.
  bool owned() const noexcept { return owned_; }

  uint64_t version() const noexcept { return version_.load(std::memory_order_relaxed); }
  /// @param writer the operation, for error messages: a string literal
  void bump_version(const char* writer) noexcept {
    last_writer_.store(writer, std::memory_order_relaxed);
    version_.fetch_add(1, std::memory_order_relaxed);
    if (watch_) watch_->note(writer);
  }
  /// Has the watch told of every write from now on; before others know of the storage.
  void set_watch(IntrusivePtr<WriteWatch> watch) noexcept { watch_ = std::move(watch); }
  const WriteWatch* watch() const noexcept { return watch_.get(); }
  /// Who bumped the version last, null if that is not known.
  const char* last_writer() const noexcept { return last_writer_.load(std::memory_order_relaxed); }
  /// For memory that takes the place of other memory in a tensor: to the tape that is a write.
  void replace(const Storage& previous) noexcept {
    version_.store(previous.version() + 1, std::memory_order_relaxed);
  }

  /// Marks the latest write as one the tape recorded. Tensors that saw this memory before it was
  /// written do not know the gradient of what is in it now.
  void mark_recorded_write() noexcept {
    recorded_write_.store(version(), std::memory_order_relaxed);
  }
  uint64_t recorded_write() const noexcept {
    return recorded_write_.load(std::memory_order_relaxed);
  }

 private:
  void* data_;
  int64_t bytes_;
  std::atomic<uint64_t> version_{0};
  std::atomic<uint64_t> recorded_write_{0};
  std::atomic<const char*> last_writer_{nullptr};
  IntrusivePtr<WriteWatch> watch_;
  Deleter deleter_ = nullptr;
  void* context_ =
      nullptr;  ///< of the deleter; of owned memory: the arena that it is from, or null
  bool owned_ = false;
  uint32_t place_ = 0;  ///< in the arena
};

}  // namespace lucid
