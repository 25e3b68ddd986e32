// What a profiler counts and writes.
#include "autograd/profiler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;

namespace {

Profiler::Row row_of(const Profiler& profiler, const std::string& name) {
  for (const Profiler::Row& row : profiler.rows()) {
    if (row.name == name) return row;
  }
  return {};
}

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
  const auto path = std::filesystem::temp_directory_path() / "lucid_profiler_test.json";
  profiler.save_chrome_trace(path.string());
  std::ifstream in(path);
  const auto trace = nlohmann::json::parse(in);
  std::filesystem::remove(path);
  int products = 0;
  double last = 0;
  for (const auto& event : trace["traceEvents"]) {
    CHECK(event["ph"] == "X");
    CHECK(event["ts"].get<double>() >= last);
    last = event["ts"].get<double>();
    CHECK(event["dur"].get<double>() >= 0);
    products += event["name"] == "matmul" && event["cat"] == "backward";
  }
  CHECK(products == 3);
  CHECK_THROWS_AS(profiler.save_chrome_trace("/no such folder/trace.json"), IOError);
}
