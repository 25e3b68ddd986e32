// Internal: what a profiler writes down.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lucid/allocator.h"

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
  };

  /// What comes next begins here.
  void mark() noexcept {
    in_use_ = memory_statistics().in_use;
    last_ = Clock::now();
  }
  /// True the first time.
  bool stop() noexcept { return !stopped_.exchange(true); }
  bool stopped() const noexcept { return stopped_; }

  void forward(const char* name) { add(name, false); }
  void backward(const char* name) { add(name, true); }

  Clock::time_point start() const noexcept { return start_; }
  const std::vector<Event>& events() const noexcept { return events_; }
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  void add(const char* name, bool is_backward) {
    const Clock::time_point now = Clock::now();
    const auto [at, is_new] = numbers_.emplace(name, static_cast<uint32_t>(names_.size()));
    if (is_new) names_.emplace_back(name);
    events_.push_back({at->second, is_backward, last_, now, memory_statistics().in_use - in_use_});
    mark();
  }

  std::atomic<bool> stopped_{false};
  int64_t in_use_ = memory_statistics().in_use;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::vector<Event> events_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

/// The log of the profiler on this thread, or null; held, since its owner may be elsewhere.
std::shared_ptr<ProfilerLog> current_profile() noexcept;

}  // namespace lucid::autograd::detail
