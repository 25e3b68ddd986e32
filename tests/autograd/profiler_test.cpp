// What a profiler counts and writes.
#include "autograd/profiler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "autograd/anomaly.h"
#include "autograd/custom_function.h"
#include "autograd/engine.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/autograd/profiler_row.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

using namespace lucid;
using namespace lucid::test;

namespace {

// The profiler's events, as its trace has them.
nlohmann::json trace_of(const Profiler& profiler) {
  const TemporaryFolder folder;
  profiler.save_chrome_trace(folder.file("trace.json"));
  return nlohmann::json::parse(folder.read("trace.json"))["traceEvents"];
}

nlohmann::json event_of(const Profiler& profiler, const std::string& name) {
  for (const nlohmann::json& event : trace_of(profiler)) {
    if (event["name"] == name) return event;
  }
  return {};
}

constexpr double pause_us = 100'000;

void idle() {
  std::this_thread::sleep_for(std::chrono::duration<double, std::micro>(pause_us));
}

struct Doubled : autograd::CustomFunction<Doubled> {
  static Tensor forward(autograd::FunctionContext&, const Tensor& x) { return x * 2; }
  static std::vector<Tensor> backward(autograd::FunctionContext&,
                                      const std::vector<Tensor>& grads) {
    return {grads[0] * 2};
  }
};

void work() {
  const Tensor x = ones({64, 64}, {.requires_grad = true});
  for (int i = 0; i < 3; ++i) exp(matmul(x, x) * 0.001).sum().backward();
}

}  // namespace

TEST_CASE("a profiler counts calls and takes times, of its own thread and while it lives") {
  work();
  const Profiler profiler;
  work();
  std::thread(work).join();
  const Profiler::Row product = row_of(profiler, "matmul");
  CHECK(product.calls == 3);
  CHECK(product.backward_calls == 3);
  CHECK(product.forward_seconds > 0);
  CHECK(product.backward_seconds > 0);
  CHECK(row_of(profiler, "exp").calls == 3);
  CHECK(row_of(profiler, "sum").backward_calls == 3);
  const auto rows = profiler.rows();
  CHECK(std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.forward_seconds + a.backward_seconds > b.forward_seconds + b.backward_seconds;
  }));
  CHECK(contains(profiler.table(), "matmul"));
  CHECK(contains(profiler.table(), "backward (us)"));
}

TEST_CASE("a profiler may end on another thread") {
  auto profiler = std::make_unique<Profiler>();
  exp(ones({4}));
  std::thread([moved = std::move(profiler)]() mutable { moved.reset(); }).join();
  exp(ones({4}));
  const Profiler next;
  exp(ones({4}));
  CHECK(row_of(next, "exp").calls == 1);
}

TEST_CASE("memory is counted with the operation that takes it") {
  const Tensor x = ones({1 << 16});
  const Profiler profiler;
  const Tensor y = exp(x);
  CHECK(row_of(profiler, "exp").bytes >= 4 << 16);
}

TEST_CASE("a profiler ends with stop(), and there is one at a time") {
  const Tensor x = ones({4});
  Profiler profiler;
  CHECK(contains(message_of<ValueError>([] { Profiler another; }), "stop()"));
  exp(x);
  profiler.stop();
  exp(x);
  {
    const Profiler next;
    exp(x);
    CHECK(row_of(next, "exp").calls == 1);
  }
  CHECK(row_of(profiler, "exp").calls == 1);
}

TEST_CASE("a Chrome trace is a list of events") {
  Profiler profiler;
  work();
  profiler.stop();
  int products = 0;
  double last = 0;
  for (const auto& event : trace_of(profiler)) {
    CHECK(event["ph"] == "X");
    CHECK(event["ts"].get<double>() >= last);
    last = event["ts"].get<double>();
    CHECK(event["dur"].get<double>() >= 0);
    const bool is_product = event["name"] == "matmul";
    const int64_t flops = 2 * 64 * 64 * 64;
    if (is_product) CHECK(event["args"]["flops"] == (event["cat"] == "backward" ? 2 : 1) * flops);
    if (is_product) CHECK(event["args"]["MFLOP/s"].get<int64_t>() > 0);
    CHECK((event["name"] != "exp" || !event["args"].contains("flops")));
    products += is_product && event["cat"] == "backward";
  }
  CHECK(products == 3);
  CHECK_THROWS_AS(profiler.save_chrome_trace("/no such folder/trace.json"), IOError);
}

TEST_CASE("calls on a thread do not overlap") {
  const Profiler profiler;
  const Tensor x = ones({16, 16}, {.requires_grad = true});
  const Tensor y = Doubled::apply(x);
  const Tensor slope =
      autograd::grad({(y * y).transpose(0, 1).sum()}, {x}, {}, {.create_graph = true})[0];
  (slope * matmul(x, slope)).mean().backward();
  double end = 0;
  size_t count = 0;
  for (const auto& event : trace_of(profiler)) {
    CHECK(event["ts"].get<double>() >= end - 0.0011);  // the trace has whole nanoseconds
    end = event["ts"].get<double>() + event["dur"].get<double>();
    ++count;
  }
  CHECK(count > 10);
}

TEST_CASE("what the program does between operations is in none of them") {
  const Tensor x = ones({4, 4}, {.requires_grad = true});
  const Profiler profiler;
  exp(x);
  idle();
  x.transpose(0, 1);
  idle();
  const Tensor made = zeros({4, 4});  // an input of what comes next
  idle();
  const Tensor y = x + made;
  idle();
  y.sum().backward();
  const std::vector<Profiler::Row> rows = profiler.rows();
  for (const Profiler::Row& row : rows) {
    CAPTURE(row.name);
    CHECK(row.forward_seconds < 1e-6 * pause_us);
    CHECK(row.backward_seconds < 1e-6 * pause_us);
  }
  CHECK(row_of(profiler, "transpose").forward_seconds == 0);
  const double added = event_of(profiler, "add")["ts"];
  CHECK(added >= 3 * pause_us);
  CHECK(event_of(profiler, "sum")["ts"].get<double>() >= added + pause_us);
}

TEST_CASE("an operation begins before it computes") {
  // Large, so that what comes before and after, slow under sanitizers, is little beside it: an
  // operation that began with its result would take none of the time.
  const Tensor x = ones({1024, 1024});
  double most = 0;  // of several, as other programs may come in between
  for (int i = 0; i < 5; ++i) {
    const Profiler profiler;
    const auto begin = std::chrono::steady_clock::now();
    matmul(x, x);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    const double measured = row_of(profiler, "matmul").forward_seconds;
    CHECK(measured <= passed.count());
    most = std::max(most, measured / passed.count());
  }
  CHECK(most > 0.5);
}

TEST_CASE("what anomaly mode looks through is not the next operation's time") {
  const Tensor x = ones({1 << 20});
  const Profiler profiler;
  const autograd::AnomalyGuard guard;
  const Tensor y = exp(x);
  const nlohmann::json before = event_of(profiler, "exp");
  idle();
  exp(y * 0);
  CHECK(row_of(profiler, "mul").forward_seconds < 1e-6 * pause_us);
  CHECK(event_of(profiler, "mul")["ts"].get<double>() >=
        before["ts"].get<double>() + before["dur"].get<double>() + pause_us);
}

TEST_CASE("the allocator tells of nothing once the last profiler has ended") {
  auto first = std::make_unique<Profiler>();
  exp(ones({4}));
  std::thread([] {
    const Profiler other;
    exp(ones({4}));
  }).join();
  const Tensor y = exp(ones({4}));
  CHECK(row_of(*first, "exp").calls == 2);
  CHECK(row_of(*first, "exp").bytes >= 16);
  first->stop();
  const std::string table = first->table();
  exp(y).sum();
  work();
  CHECK(first->table() == table);
  first.reset();
  exp(y);
}

TEST_CASE("the table shows FLOPs where they are known") {
  const Profiler profiler;
  exp(matmul(ones({100, 100}), ones({100, 100})));
  const std::string table = profiler.table();
  CHECK(contains(table, "MFLOP"));
  CHECK(contains(table, "GFLOP/s"));
  const size_t product = table.find("\nmatmul");
  REQUIRE(product != std::string::npos);
  CHECK(contains(table.substr(product + 1, table.find('\n', product + 1) - product), " 2.0 "));
  const size_t exponential = table.find("\nexp");
  CHECK(contains(table.substr(exponential + 1, 80), " - "));
}
