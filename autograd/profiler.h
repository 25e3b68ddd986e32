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
/// An operation allocates before it computes. So its time in the forward pass begins with the first
/// memory that lucid gives the thread after the operation before it has ended and after its own
/// inputs have been made, and ends when its result is there. The program's own work in between is
/// not in it, unless it makes other tensors first: so do operations without a gradient, such as
/// comparisons and argmax, which are not recorded by themselves. A view allocates nothing and takes
/// no time, nor does an operation that only hands on its input. An operation made of others appears
/// as those. In the backward pass it is the time its gradient took, without operations that
/// checkpoint() runs again, which are counted by themselves.
///
/// FLOPs are counted as in PyTorch: two for each multiply-add of convolutions, matrix products and
/// linear layers, one for each element of a sum, difference, product or quotient, none for what
/// else there is. A gradient is counted if the profiler was there in the forward pass too: each of
/// the two operands' costs as much as the operation itself, if it was computed, that of a bias, sum
/// or difference nothing.
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
    int64_t forward_flops = 0;  ///< 0: unknown, or none; so for the next
    int64_t backward_flops = 0;
  };
  /// One for each operation, those that took longest first.
  std::vector<Row> rows() const;
  /// The rows as text, with millions of FLOPs and billions in a second; "-" where not known.
  std::string table() const;
  /// Writes every call as an event with begin, duration, bytes and FLOPs, for chrome://tracing or
  /// https://ui.perfetto.dev
  /// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
  /// @throws IOError if the file cannot be written; then what was there is still there.
  void save_chrome_trace(const std::string& path) const;

 private:
  std::shared_ptr<autograd::detail::ProfilerLog> log_;
};

}  // namespace lucid
