// What the tests on random shapes share: cases that can be repeated one by one, inputs between
// NaNs, and how exact results must be.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "support.h"

namespace lucid::kernels::test {

/// A whole number of at least 1 from the environment.
inline int64_t environment_number(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return otherwise;
  char* end = nullptr;
  const long long number = std::strtoll(text, &end, 10);
  REQUIRE_MESSAGE((*end == '\0' && number >= 1),
                  name << " is '" << text << "', expected a number of at least 1");
  return number;
}

/// While it lives, a case that ends the program is named before that happens: what doctest says of
/// a failure is lost then.
class CrashReport {
 public:
  explicit CrashReport(const char* text) {
    std::snprintf(text_, sizeof text_, "%s\n", text);
    struct sigaction action {};
    action.sa_handler = report;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, before_ + i);
  }
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
  ~CrashReport() { restore(); }

 private:
  static constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

  static void restore() {
    for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], before_ + i, nullptr);
  }
  /// The instruction runs again after this, and goes to whoever handled its signal before.
  static void report(int signal) {
    const ssize_t written = write(STDERR_FILENO, text_, std::strlen(text_));
    static_cast<void>(written);
    restore();
    if (signal == SIGABRT) raise(signal);
  }

  static inline char text_[200];
  static inline struct sigaction before_[std::size(kSignals)];
};

/// Calls check(random) for `count` cases, or LUCID_RANDOM_SHAPES. Each has a seed of its own, one
/// more than the one before, from LUCID_SEED on: so that a single one can be repeated.
template <class Check>
void for_random_cases(int64_t count, Check check) {
  const int64_t first = environment_number("LUCID_SEED", 1);
  const int64_t end = first + environment_number("LUCID_RANDOM_SHAPES", count);
  for (int64_t seed = first; seed < end; ++seed) {
    const std::string how =
        "to repeat it: LUCID_RANDOM_SHAPES=1 LUCID_SEED=" + std::to_string(seed);
    INFO(how);
    const CrashReport report(how.c_str());
    Random random(static_cast<uint64_t>(seed));
    check(random);
  }
}

/// True once in so many times.
inline bool rarely(Random& random, int64_t once_in) {
  return random.integer(1, once_in) == 1;
}

/// What a kernel reads: at a place that is aligned to no more than its type is, and between NaNs,
/// which reach the results if one of them is read and counts. Under AddressSanitizer the memory
/// ends where the values do, so that it is a finding to read on, whether that counts or not.
template <class T>
class Fenced {
 public:
  Fenced(Random& random, int64_t n, double low = -1, double high = 1)
      : Fenced(random.values<T>(n, low, high), random.integer(0, 15)) {}
  explicit Fenced(const std::vector<T>& values, int64_t shift = 0)
      : begin_(kMargin + static_cast<size_t>(shift)),
        size_(values.size()),
        all_(begin_ + size_ + kMargin, std::numeric_limits<T>::quiet_NaN()) {
    for (size_t i = 0; i < size_; ++i) all_[begin_ + i] = values[i];
  }

  const T* data() const { return all_.data() + begin_; }
  int64_t size() const { return static_cast<int64_t>(size_); }
  T operator[](int64_t i) const { return all_[begin_ + static_cast<size_t>(i)]; }
  std::vector<double> to_double() const { return {data(), data() + size_}; }

 private:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr size_t kMargin = 0;
#else
  static constexpr size_t kMargin = 64;
#endif

  size_t begin_, size_;
  std::vector<T> all_;
};

template <class T>
std::vector<T> squares(std::vector<T> v) {
  for (T& x : v) x *= x;
  return v;
}

/// The greatest errors of sums of products in float32, in units of the root mean square that the
/// sums have if their numbers have random signs. Sums in any order, and Winograd's tiles of 2x2
/// from 3x3, are as exact as those of libtorch, for which this was measured up to the deepest layer
/// of ResNet-18, with 4608 products. Tiles of 4x4 from 3x3, and of 2x2 from 5x5 with the same
/// points, have what was measured for the former. docs/performance.md promises a little less of
/// both.
inline constexpr double kStrictError = 1.1e-5;
inline constexpr double kFastError = 6.9e-5;
inline constexpr double kMeasuredTerms = 4608;

/// The error that a sum of `terms` products may have, for each unit of its root mean square.
/// Roundings add up like random numbers, with the root of their number. For double the oracle makes
/// as many itself.
template <class T>
double relative_error(double terms, bool fast = false) {
  constexpr bool wide = sizeof(T) > sizeof(float);
  const double unit = wide ? 2 * static_cast<double>(std::numeric_limits<T>::epsilon()) /
                                 static_cast<double>(std::numeric_limits<float>::epsilon())
                           : 1;
  return unit * std::sqrt(std::max(1.0, terms / kMeasuredTerms)) *
         (fast ? kFastError : kStrictError);
}

/// Runs f(output, scratch) with 1, 2 and 3 threads, on memory that is NaN at first: scratch_size()
/// elements for its own use. The results must have the same bits; those are returned.
template <class T, class ScratchSize, class F>
Guarded<T> run_guarded(const std::string& what, Random& random, int64_t outputs,
                       ScratchSize scratch_size, F f) {
  const int before = get_num_threads();
  const int64_t shift = random.integer(0, 15);
  const auto run = [&](int threads) {
    set_num_threads(threads);
    Guarded<T> out(outputs, shift), scratch(scratch_size(), random.integer(0, 15));
    f(out.data(), scratch.data());
    return out;
  };
  Guarded<T> first = run(1);
  for (int threads = 2; threads <= 3; ++threads) {
    Guarded<T> other = run(threads);
    const auto bytes = static_cast<size_t>(outputs) * sizeof(T);
    CHECK_MESSAGE(std::memcmp(first.data(), other.data(), bytes) == 0,
                  what << " differs with " << threads << " threads");
  }
  set_num_threads(before);
  return first;
}

}  // namespace lucid::kernels::test
