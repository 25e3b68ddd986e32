#include "autograd/profiler.h"

#include <algorithm>
#include <cstdio>

#include "autograd/observer.h"
#include "autograd/profiler_log.h"
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
  autograd::detail::observers.fetch_add(1, std::memory_order_relaxed);
}

Profiler::~Profiler() {
  stop();
}

void Profiler::stop() noexcept {
  if (log_->stop()) autograd::detail::observers.fetch_sub(1, std::memory_order_relaxed);
}

std::vector<Profiler::Row> Profiler::rows() const {
  std::vector<Row> result(log_->names().size());
  for (size_t i = 0; i < result.size(); ++i) result[i].name = log_->names()[i];
  for (const ProfilerLog::Event& event : log_->events()) {
    Row& row = result[event.name];
    ++(event.is_backward ? row.backward_calls : row.calls);
    (event.is_backward ? row.backward_seconds : row.forward_seconds) +=
        seconds(event.end - event.begin);
    row.bytes += event.bytes;
  }
  std::stable_sort(result.begin(), result.end(), [](const Row& a, const Row& b) {
    return a.forward_seconds + a.backward_seconds > b.forward_seconds + b.backward_seconds;
  });
  return result;
}

std::string Profiler::table() const {
  std::string text = formatted("%-24s %10s %14s %10s %14s %14s\n", "operation", "calls",
                               "forward (us)", "backward", "backward (us)", "memory (KiB)");
  Row total;
  for (const Row& row : rows()) {
    text += formatted("%-24s %10lld %14.1f %10lld %14.1f %14.1f\n", row.name.c_str(),
                      static_cast<long long>(row.calls), row.forward_seconds * 1e6,
                      static_cast<long long>(row.backward_calls), row.backward_seconds * 1e6,
                      static_cast<double>(row.bytes) / 1024);
    total.calls += row.calls;
    total.forward_seconds += row.forward_seconds;
    total.backward_calls += row.backward_calls;
    total.backward_seconds += row.backward_seconds;
    total.bytes += row.bytes;
  }
  return text + formatted("%-24s %10lld %14.1f %10lld %14.1f %14.1f\n", "all",
                          static_cast<long long>(total.calls), total.forward_seconds * 1e6,
                          static_cast<long long>(total.backward_calls),
                          total.backward_seconds * 1e6, static_cast<double>(total.bytes) / 1024);
}

void Profiler::save_chrome_trace(const std::string& path) const {
  std::string text = "{\"traceEvents\": [";
  bool first = true;
  for (const ProfilerLog::Event& event : log_->events()) {
    text += first ? "\n" : ",\n";
    first = false;
    text += "{\"name\": " + json_string(log_->names()[event.name]);
    text += formatted(
        ", \"cat\": \"%s\", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": %s, "
        "\"dur\": %s, \"args\": {\"bytes\": %lld}}",
        event.is_backward ? "backward" : "forward",
        microseconds(event.begin - log_->start()).c_str(),
        microseconds(event.end - event.begin).c_str(), static_cast<long long>(event.bytes));
  }
  text += "\n]}\n";
  detail::AtomicFile file("Profiler.save_chrome_trace", path);
  file.write(text.data(), text.size());
  file.commit();
}

}  // namespace lucid
