// What small operations cost, the same for both libraries: where the numbers are few, the time is
// the library's own.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

namespace bench {

/// The median time of one call, in nanoseconds, over repetitions of some milliseconds.
inline double nanoseconds(const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  const auto timed = [&](int calls) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  };
  timed(20);
  const int calls = std::max(1, static_cast<int>(20 * 3e6 / timed(20)));
  std::vector<double> times;
  for (int i = 0; i < 15; ++i) times.push_back(timed(calls) / calls);
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

inline void report(const char* name, double nanoseconds) {
  std::printf("%s %.1f\n", name, nanoseconds);
}

/// Prints a line for every case: nanoseconds for each operation, or for a whole step.
/// Library has Tensor, NoGrad, parameter(rows, columns), constant(rows, columns), relu(x),
/// matmul(x, y) and backward(y, gradient).
template <class Library>
void measure_overhead() {
  using Tensor = typename Library::Tensor;
  const Tensor x = Library::constant(1, 8);
  const Tensor w = Library::parameter(1, 8);
  const Tensor seed = Library::constant(1, 8);
  const auto chain = [&](int length, const auto& operation) {
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = operation(y);
    return y;
  };
  const auto add = [&](const Tensor& y) { return y + w; };
  const auto mul = [&](const Tensor& y) { return y * w; };
  const auto add_relu = [&](const Tensor& y) { return Library::relu(y + w); };
  {
    const typename Library::NoGrad guard;
    report("add_forward", nanoseconds([&] { chain(20, add); }) / 20);
  }
  report("add_recorded", nanoseconds([&] { chain(20, add); }) / 20);
  report("add_relu_both", nanoseconds([&] { Library::backward(chain(10, add_relu), seed); }) / 20);
  report("mul_both", nanoseconds([&] { Library::backward(chain(20, mul), seed); }) / 20);

  const Tensor input = Library::constant(1, 16);
  const Tensor first = Library::parameter(16, 16);
  const Tensor second = Library::parameter(16, 16);
  const Tensor bias = Library::parameter(1, 16);
  const Tensor wide_seed = Library::constant(1, 16);
  report("mlp_step", nanoseconds([&] {
           const Tensor hidden = Library::relu(Library::matmul(input, first) + bias);
           Library::backward(Library::matmul(hidden, second) + bias, wide_seed);
         }));
}

}  // namespace bench
