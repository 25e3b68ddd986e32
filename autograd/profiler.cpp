#include "autograd/profiler.h"

#include <algorithm>
#include <cstdio>
#include <mutex>

#include "autograd/observer.h"
#include "autograd/profiler_log.h"
#include "lucid/allocator.h"
#include "lucid/error.h"
#include "lucid/io/atomic_file.h"

namespace lucid {

using autograd::detail::ProfilerLog;

namespace {

thread_local std::weak_ptr<ProfilerLog> current;

double seconds(ProfilerLog::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char line[256];
  const int length = std::snprintf(line, sizeof line, format, values...);
  return {line, static_cast<size_t>(std::clamp<int>(length, 0, sizeof line - 1))};
}

// Billions in a second; 0 where one of them is not known.
double rate(int64_t flops, double duration) {
  return duration > 0 ? static_cast<double>(flops) / duration * 1e-9 : 0;
}

// In a column of its own.
std::string or_dash(double value, int width) {
  return value > 0 ? formatted(" %*.1f", width, value) : formatted(" %*s", width, "-");
}

// With three decimals, and a point between whatever the locale says.
std::string microseconds(ProfilerLog::Clock::duration duration) {
  const auto nanoseconds = static_cast<long long>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
  return formatted("%lld.%03lld", nanoseconds / 1000, nanoseconds % 1000);
}

std::string json_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result + '"';
}

std::string pass(int64_t calls, double duration, int64_t flops) {
  return formatted(" %9lld %13.1f", static_cast<long long>(calls), duration * 1e6) +
         or_dash(static_cast<double>(flops) * 1e-6, 10) + or_dash(rate(flops, duration), 8);
}

std::string line(const Profiler::Row& row) {
  return formatted("%-24s", row.name.c_str()) +
         pass(row.calls, row.forward_seconds, row.forward_flops) +
         pass(row.backward_calls, row.backward_seconds, row.backward_flops) +
         formatted(" %13.1f\n", static_cast<double>(row.bytes) / 1024);
}

// Whole numbers, as a locale may have a comma for the point.
std::string trace_arguments(const ProfilerLog::Event& event) {
  std::string text = formatted(", \"args\": {\"bytes\": %lld", static_cast<long long>(event.bytes));
  if (event.flops > 0) {
    text += formatted(", \"flops\": %lld", static_cast<long long>(event.flops));
    const double mflops = rate(event.flops, seconds(event.end - event.begin)) * 1e3;
    text += formatted(", \"MFLOP/s\": %lld", static_cast<long long>(mflops));
  }
  return text + "}";
}

void observe_allocation(const void* block, int64_t in_use_before) noexcept {
  if (const auto log = autograd::detail::current_profile()) log->allocated(block, in_use_before);
}

// There is one profiler more, or less, on all threads.
void count_profilers(int change) noexcept {
  static std::mutex mutex;
  static int count = 0;
  const std::scoped_lock lock(mutex);
  count += change;
  detail::set_allocation_observer(count > 0 ? observe_allocation : nullptr);
  autograd::detail::observers.fetch_add(change, std::memory_order_relaxed);
}

}  // namespace

std::shared_ptr<ProfilerLog> autograd::detail::current_profile() noexcept {
  std::shared_ptr<ProfilerLog> log = current.lock();
  if (log && log->stopped()) log.reset();
  return log;
}

Profiler::Profiler() {
  if (autograd::detail::current_profile()) {
    throw ValueError("Profiler: this thread has one already; stop() it first");
  }
  log_ = std::make_shared<ProfilerLog>();
  current = log_;
  count_profilers(1);
}

Profiler::~Profiler() {
  stop();
}

void Profiler::stop() noexcept {
  if (log_->stop()) count_profilers(-1);
}

std::vector<Profiler::Row> Profiler::rows() const {
  std::vector<Row> result(log_->names().size());
  for (size_t i = 0; i < result.size(); ++i) result[i].name = log_->names()[i];
  for (const ProfilerLog::Event& event : log_->events()) {
    Row& row = result[event.name];
    ++(event.is_backward ? row.backward_calls : row.calls);
    (event.is_backward ? row.backward_seconds : row.forward_seconds) +=
        seconds(event.end - event.begin);
    (event.is_backward ? row.backward_flops : row.forward_flops) += event.flops;
    row.bytes += event.bytes;
  }
  std::stable_sort(result.begin(), result.end(), [](const Row& a, const Row& b) {
    return a.forward_seconds + a.backward_seconds > b.forward_seconds + b.backward_seconds;
  });
  return result;
}

std::string Profiler::table() const {
  std::string text = formatted("%-24s %9s %13s %10s %8s %9s %13s %10s %8s %13s\n", "operation",
                               "calls", "forward (us)", "MFLOP", "GFLOP/s", "backward",
                               "backward (us)", "MFLOP", "GFLOP/s", "memory (KiB)");
  Row total{.name = "all"};
  for (const Row& row : rows()) {
    text += line(row);
    total.calls += row.calls;
    total.forward_seconds += row.forward_seconds;
    total.forward_flops += row.forward_flops;
    total.backward_calls += row.backward_calls;
    total.backward_seconds += row.backward_seconds;
    total.backward_flops += row.backward_flops;
    total.bytes += row.bytes;
  }
  return text + line(total);
}

void Profiler::save_chrome_trace(const std::string& path) const {
  std::string text = "{\"traceEvents\": [";
  bool first = true;
  for (const ProfilerLog::Event& event : log_->events()) {
    text += first ? "\n" : ",\n";
    first = false;
    text += "{\"name\": " + json_string(log_->names()[event.name]) +
            (event.is_backward ? ", \"cat\": \"backward\"" : ", \"cat\": \"forward\"") +
            ", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": " +
            microseconds(event.begin - log_->start()) +
            ", \"dur\": " + microseconds(event.end - event.begin) + trace_arguments(event) + "}";
  }
  text += "\n]}\n";
  detail::AtomicFile file("Profiler.save_chrome_trace", path);
  file.write(text.data(), text.size());
  file.commit();
}

}  // namespace lucid
