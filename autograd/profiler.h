// Where the time of a program goes, operation by operation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lucid {

namespace autograd::detail {
class ProfilerLog;
}

/// Measures the operations that its thread runs while it lives, or until stop()
/// (https://pytorch.org/docs/stable/profiler.html). One at a time on a thread; while there is none,
/// operations are not slowed down.
///
/// The time of an operation in the forward pass is what has passed since the one before ended, so
/// that the program's own work is counted with the operation that follows it; an operation made of
/// others appears as those. In the backward pass it is the time its gradient took.
class Profiler {
 public:
  /// @throws ValueError if this thread has one already.
  Profiler();
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;
  ~Profiler();

  /// Ends the measurement. Another thread may, but not while the one that is measured computes.
  void stop() noexcept;

  struct Row {
    std::string name;
    int64_t calls = 0;
    double forward_seconds = 0;
    int64_t backward_calls = 0;
    double backward_seconds = 0;
    int64_t bytes = 0;  ///< by which memory in use grew during the calls, forward and backward
  };
  /// One for each operation, those that took longest first.
  std::vector<Row> rows() const;
  /// The rows as text.
  std::string table() const;
  /// Writes every call as an event, for chrome://tracing or https://ui.perfetto.dev
  /// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
  /// @throws IOError if the file cannot be written; then what was there is still there.
  void save_chrome_trace(const std::string& path) const;

 private:
  std::shared_ptr<autograd::detail::ProfilerLog> log_;
};

}  // namespace lucid
