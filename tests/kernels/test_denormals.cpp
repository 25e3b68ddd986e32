// Denormal numbers: kernels that compute take them for zero, on every thread, and leave the
// floating-point unit of every thread as they found it.
#include <omp.h>

#include <algorithm>
#include <cfenv>
#include <functional>
#include <stdexcept>

#include "lucid/float_control.h"
#include "lucid/kernels/flushing.h"
#include "support.h"

namespace lucid::kernels::test {
namespace {

using detail::FloatControl;
using detail::FloatControlScope;
using detail::FlushDenormals;

/// Where the settings of the floating-point unit are unknown, nothing is flushed.
constexpr bool flushes = FloatControl::flush != 0;

template <class T>
constexpr T denormal = std::numeric_limits<T>::min() / 8;

FloatControl::Word settings() {
  return FloatControl::read() & FloatControl::settings;
}

/// What the threads of the pool are left with, this one among them.
std::vector<FloatControl::Word> of_all_threads(int threads) {
  std::vector<FloatControl::Word> words(static_cast<size_t>(threads));
#pragma omp parallel num_threads(threads)
  words[static_cast<size_t>(omp_get_thread_num())] = settings();
  return words;
}

/// Gives all threads of the pool these settings. (Threads that begin have those of their creator.)
void set_all_threads(int threads, FloatControl::Word word) {
#pragma omp parallel num_threads(threads)
  FloatControl::write(word);
}

struct Threads {
  int before = get_num_threads();
  explicit Threads(int count) { set_num_threads(count); }
  ~Threads() { set_num_threads(before); }
};

struct Rounding {
  int before = std::fegetround();
  explicit Rounding(int mode) { std::fesetround(mode); }
  ~Rounding() { std::fesetround(before); }
};

TEST_CASE("denormals: a scope puts everything back") {
  const FloatControl::Word before = FloatControl::read();
  {
    const FlushDenormals scope;
    CHECK((FloatControl::read() & FloatControl::flush) == FloatControl::flush);
    const FlushDenormals nested;
    CHECK((FloatControl::read() & FloatControl::flush) == FloatControl::flush);
  }
  CHECK(FloatControl::read() == before);
  CHECK_THROWS_AS(([] {
                    const FlushDenormals scope;
                    throw std::runtime_error("out of the scope");
                  })(),
                  std::runtime_error);
  CHECK(FloatControl::read() == before);
}

TEST_CASE("denormals: a scope keeps the rounding mode, and puts exception flags back") {
  const FloatControl::Word before = FloatControl::read();
  {
    const Rounding up(FE_UPWARD);
    std::feclearexcept(FE_ALL_EXCEPT);
    std::feraiseexcept(FE_DIVBYZERO);
    {
      const FlushDenormals scope;
      CHECK(std::fegetround() == FE_UPWARD);
      CHECK(std::fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
    }
    CHECK(std::fegetround() == FE_UPWARD);
    CHECK(std::fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
    std::feclearexcept(FE_ALL_EXCEPT);
  }
  CHECK((FloatControl::read() & FloatControl::settings) == (before & FloatControl::settings));
}

TEST_CASE("denormals: threads compute as their caller does, and are left as they were") {
  const Threads guard(3);
  const auto before = of_all_threads(3);
  const auto seen = [] {
    std::vector<FloatControl::Word> words(3);
    parallel_for(3, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) words[static_cast<size_t>(i)] = settings();
    });
    return words;
  };
  const auto same_as_here = [&] {
    return seen() == std::vector<FloatControl::Word>(3, settings());
  };
  CHECK(same_as_here());
  {
    const FlushDenormals scope;
    CHECK(same_as_here());
    const Rounding down(FE_DOWNWARD);
    CHECK(same_as_here());
  }
  CHECK(of_all_threads(3) == before);
  // Threads that flush by themselves stop for a caller who does not, and then go on.
  const FloatControl::Word plain = settings();
#pragma omp parallel num_threads(3)
  if (omp_get_thread_num() != 0) FloatControl::write(FloatControl::read() | FloatControl::flush);
  CHECK(same_as_here());
  CHECK(of_all_threads(3) == std::vector<FloatControl::Word>{plain, plain | FloatControl::flush,
                                                             plain | FloatControl::flush});
  set_all_threads(3, plain);
}

TEST_CASE("denormals: threads that begin inside of a scope do not inherit it") {
  const FloatControl::Word here = settings();
  {
    const FlushDenormals scope;
    // More than there were before.
    const Threads guard(7);
    parallel_for(7, 1, [](int64_t, int64_t) {});
    CHECK(settings() == (here | FloatControl::flush));
  }
  CHECK(of_all_threads(7) == std::vector<FloatControl::Word>(7, here));
}

/// Calls visit(name, run) with one call for every kernel of a table, on numbers that may be
/// denormal, and so many that threads share them.
template <class T, class Visit>
void for_each_kernel(const KernelTable<T>& t, const Visit& visit) {
  constexpr int64_t n = 65536;
  const std::vector<T> x(n, denormal<T>), ones(n, T(1));
  std::vector<T> y(n, T(1)), second(n, T(1)), third(n, T(1));
  std::vector<int64_t> places(n);
  const auto run = [&](const char* name, const std::function<void()>& f) {
    visit(std::string(t.name) + ' ' + name, f);
  };
  for (int i = 0; i < static_cast<int>(Unary::count_); ++i)
    run("unary", [&, i] { t.unary[i](n, x.data(), y.data()); });
  for (int i = 0; i < static_cast<int>(Binary::count_); ++i)
    run("binary", [&, i] { t.binary[i](n, x.data(), ones.data(), y.data(), Operands::both_full); });
  run("relu_backward", [&] { t.relu_backward(n, x.data(), ones.data(), y.data()); });
  run("sigmoid_backward", [&] { t.sigmoid_backward(n, x.data(), ones.data(), y.data()); });
  run("tanh_backward", [&] { t.tanh_backward(n, x.data(), ones.data(), y.data()); });
  run("axpy", [&] { t.axpy(n, T(0.5), x.data(), y.data()); });
  const ReduceShape lines{256, 256, 1};
  run("sum", [&] { t.sum(lines, x.data(), y.data()); });
  run("max", [&] { t.max(lines, x.data(), y.data(), places.data()); });
  run("min", [&] { t.min(lines, x.data(), y.data(), places.data()); });
  run("softmax", [&] { t.softmax(lines, x.data(), y.data()); });
  run("log_softmax", [&] { t.log_softmax(lines, x.data(), y.data()); });
  run("softmax_backward", [&] { t.softmax_backward(lines, x.data(), ones.data(), y.data()); });
  run("log_softmax_backward",
      [&] { t.log_softmax_backward(lines, x.data(), ones.data(), y.data()); });
  run("gemm", [&] {
    std::vector<T> scratch(static_cast<size_t>(t.gemm_scratch(128, 128, 128, {128, 1}, {128, 1})));
    t.gemm(128, 128, 128, x.data(), {128, 1}, ones.data(), {128, 1}, y.data(), 128, false, nullptr,
           scratch.data(), false);
  });
  Conv2dShape s{2, 16, 16, 16, 16, 3, 3, 16, 16, 1, 1, 1, 1, 1, 1, 1};
  for (const ConvAlgorithm algorithm :
       {ConvAlgorithm::direct, ConvAlgorithm::winograd_4x4_3x3, ConvAlgorithm::pixel}) {
    s.algorithm = algorithm;
    run("conv2d_forward", [&, s] {
      std::vector<T> scratch(static_cast<size_t>(t.conv2d_forward_scratch(s)));
      t.conv2d_forward(s, x.data(), ones.data(), nullptr, y.data(), scratch.data());
    });
    run("conv2d_input_gradient", [&, s] {
      std::vector<T> scratch(static_cast<size_t>(t.conv2d_input_gradient_scratch(s)));
      t.conv2d_input_gradient(s, x.data(), ones.data(), y.data(), scratch.data());
    });
    run("conv2d_weight_gradient", [&, s] {
      std::vector<T> scratch(static_cast<size_t>(t.conv2d_weight_gradient_scratch(s)));
      t.conv2d_weight_gradient(s, x.data(), ones.data(), y.data(), scratch.data());
    });
  }
  const Pool2dShape p{64, 32, 32, 16, 16, 2, 2, 2, 2, 0, 0, 1, 1, false};
  run("max_pool2d", [&] { t.max_pool2d(p, x.data(), y.data(), places.data()); });
  run("max_pool2d_backward",
      [&] { t.max_pool2d_backward(p, x.data(), places.data(), second.data()); });
  run("avg_pool2d", [&] { t.avg_pool2d(p, x.data(), y.data()); });
  run("avg_pool2d_backward", [&] { t.avg_pool2d_backward(p, x.data(), y.data()); });
  run("adaptive_avg_pool2d", [&] { t.adaptive_avg_pool2d(p, x.data(), y.data()); });
  run("adaptive_avg_pool2d_backward",
      [&] { t.adaptive_avg_pool2d_backward(p, x.data(), y.data()); });
  const NormShape norm{4, 64, 256};
  run("channel_moments", [&] { t.channel_moments(norm, x.data(), y.data(), second.data()); });
  run("channel_affine",
      [&] { t.channel_affine(norm, x.data(), x.data(), ones.data(), x.data(), y.data()); });
  run("channel_gradient_sums", [&] {
    t.channel_gradient_sums(norm, x.data(), ones.data(), x.data(), nullptr, nullptr, y.data(),
                            second.data());
  });
  run("channel_combine", [&] {
    t.channel_combine(norm, x.data(), x.data(), x.data(), nullptr, nullptr, ones.data(),
                      ones.data(), x.data(), y.data());
  });
  run("relu_backward_sums",
      [&] { t.relu_backward_sums(norm, x.data(), ones.data(), y.data(), second.data()); });
  run("dropout", [&] { t.dropout(n, 1, 2, T(0.5), T(2), x.data(), second.data(), y.data()); });
  run("sgd_step", [&] {
    t.sgd_step(n, {0.1, 0.9, 0, 0.01, true, false, false}, y.data(), x.data(), second.data());
  });
  run("adam_step", [&] {
    t.adam_step(n, {0.1, 0.9, 0.99, 1e-8, 0.01, 0.5, 0.5, false, false, false}, y.data(), x.data(),
                second.data(), third.data(), nullptr);
  });
}

template <class T>
std::vector<const KernelTable<T>*> all_tables() {
  auto tables = vector_tables<T>();
  tables.push_back(find<T>("reference"));
  return tables;
}

TEST_CASE_TEMPLATE("denormals: every kernel leaves every thread as it was", T, float, double) {
  const Threads guard(3);
  const FloatControl::Word plain = settings();
  const auto check = [](FloatControl::Word of_the_caller) {
    set_all_threads(3, of_the_caller);
    const std::vector<FloatControl::Word> before(3, settings());
    for (const auto* t : all_tables<T>()) {
      for_each_kernel(*t, [&](const std::string& name, const std::function<void()>& run) {
        run();
        CHECK_MESSAGE(of_all_threads(3) == before, name);
      });
    }
  };
  check(plain);
  check(plain | FloatControl::flush);
  {
    const Rounding to_zero(FE_TOWARDZERO);
    check(settings());
  }
  set_all_threads(3, plain);
}

template <class T>
bool all_are(const std::vector<T>& values, T expected) {
  return std::all_of(values.begin(), values.end(), [&](T v) { return v == expected; });
}

TEST_CASE_TEMPLATE("denormals: what computes takes them for zero, on every thread", T, float,
                   double) {
  if (!flushes) return;
  constexpr int64_t n = 300001;
  const std::vector<T> x(n, denormal<T>), ones(n, T(1));
  for (const auto* t : all_tables<T>()) {
    for (int threads = 1; threads <= 3; ++threads) {
      const Threads guard(threads);
      std::vector<T> y(n, T(7));
      const auto binary = [&](Binary op, const std::vector<T>& b) {
        t->binary[static_cast<int>(op)](n, x.data(), b.data(), y.data(), Operands::both_full);
        return y;
      };
      CHECK(all_are(binary(Binary::mul, ones), T(0)));
      CHECK(all_are(binary(Binary::add, x), T(0)));
      CHECK(all_are(binary(Binary::maximum, std::vector<T>(n)), denormal<T>));
      // A result can be denormal as well.
      std::fill(y.begin(), y.end(), T(0));
      t->axpy(n, std::numeric_limits<T>::min(), std::vector<T>(n, T(0.25)).data(), y.data());
      CHECK(all_are(y, T(0)));
      t->unary[static_cast<int>(Unary::neg)](n, x.data(), y.data());
      CHECK(all_are(y, -denormal<T>));
      t->unary[static_cast<int>(Unary::sign)](n, x.data(), y.data());
      CHECK(all_are(y, T(1)));
      t->unary[static_cast<int>(Unary::relu)](n, x.data(), y.data());
      CHECK(all_are(y, denormal<T>));
    }
  }
}

TEST_CASE_TEMPLATE("denormals: the greatest of them is found", T, float, double) {
  std::vector<T> x(1000, denormal<T>);
  x[777] = 2 * denormal<T>;
  for (const auto* t : all_tables<T>()) {
    T value = 0;
    int64_t place = 0;
    t->max({1, 1000, 1}, x.data(), &value, &place);
    CHECK(value == 2 * denormal<T>);
    CHECK(place == 777);
  }
}

TEST_CASE_TEMPLATE("denormals: products and convolutions of them are zero", T, float, double) {
  if (!flushes) return;
  Conv2dShape s{1, 8, 20, 20, 8, 3, 3, 20, 20, 1, 1, 1, 1, 1, 1, 1};
  const std::vector<T> tiny(3200, denormal<T>), ones(3200, T(1));
  for (const auto* t : all_tables<T>()) {
    std::vector<T> y(3200, T(7));
    std::vector<T> scratch(static_cast<size_t>(t->gemm_scratch(40, 40, 40, {40, 1}, {40, 1})));
    t->gemm(40, 40, 40, ones.data(), {40, 1}, tiny.data(), {40, 1}, y.data(), 40, false, nullptr,
            scratch.data(), false);
    y.resize(1600);
    CHECK(all_are(y, T(0)));
    for (const auto algorithm :
         {ConvAlgorithm::direct, ConvAlgorithm::winograd_4x4_3x3, ConvAlgorithm::pixel}) {
      s.algorithm = algorithm;
      for (const bool weights : {false, true}) {
        y.assign(3200, T(7));
        scratch.resize(static_cast<size_t>(t->conv2d_forward_scratch(s)));
        t->conv2d_forward(s, (weights ? ones : tiny).data(), (weights ? tiny : ones).data(),
                          nullptr, y.data(), scratch.data());
        CHECK(all_are(y, T(0)));
      }
    }
  }
}

}  // namespace
}  // namespace lucid::kernels::test
