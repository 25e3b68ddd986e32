// Internal: what a profiler writes down.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::autograd::detail {

/// The calls on one thread, one after the other.
class ProfilerLog {
 public:
  using Clock = std::chrono::steady_clock;

  struct Event {
    uint32_t name;  ///< index into names()
    bool is_backward;
    Clock::time_point begin;
    Clock::time_point end;
    int64_t bytes;
    int64_t flops;  ///< 0: unknown
  };

  /// What comes next begins here at the earliest.
  void mark() noexcept;
  /// The thread was given a block.
  void allocated(const void* block, int64_t in_use_before) noexcept;
  /// True the first time.
  bool stop() noexcept { return !stopped_.exchange(true); }
  bool stopped() const noexcept { return stopped_; }

  /// An operation has just ended.
  void forward(const char* name, std::span<const Tensor> inputs, int64_t flops);
  /// A gradient has, which began with mark().
  void backward(const char* name, int64_t flops);

  /// Of the operation that was computed last, for the node that is made for it next.
  int64_t flops_to_record = 0;

  Clock::time_point start() const noexcept { return start_; }
  const std::vector<Event>& events() const noexcept { return events_; }
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  // A moment, and how many bytes were in use then.
  struct Moment {
    Clock::time_point time;
    int64_t in_use;
  };
  struct Allocation {
    const void* block;
    Moment moment;
  };

  static Moment now() noexcept;
  Moment begin_after(std::span<const Tensor> inputs, const Moment& end) const noexcept;
  void add(const char* name, bool is_backward, const Moment& begin, const Moment& end,
           int64_t flops);

  std::atomic<bool> stopped_{false};
  Moment last_ = now();
  Clock::time_point start_ = last_.time;
  std::vector<Allocation> allocations_;  // since last_
  std::vector<Event> events_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

/// The log of the profiler on this thread, or null; held, since its owner may be elsewhere.
std::shared_ptr<ProfilerLog> current_profile() noexcept;

}  // namespace lucid::autograd::detail
