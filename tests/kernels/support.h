// What the kernel tests share: seeded data, guarded memory, the tables to test, error bounds.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "lucid/kernels/dispatch.h"
#include "lucid/parallel.h"

namespace lucid::kernels::test {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  /// Uniform in [low, high], both included.
  int64_t integer(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  template <class T>
  std::vector<T> values(int64_t n, double low = -1, double high = 1) {
    std::vector<T> v(static_cast<size_t>(n));
    for (T& x : v)
      x = static_cast<T>(low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53);
    return v;
  }

 private:
  std::mt19937_64 engine_;
};

/// Memory for results or scratch: NaN at first, so that what is read too early shows, and with a
/// margin on both sides that must stay as it was. It begins `shift` elements behind a place that
/// is aligned.
template <class T>
class Guarded {
 public:
  explicit Guarded(int64_t n, int64_t shift = 0)
      : size_(n), begin_(kMargin + shift), all_(static_cast<size_t>(begin_ + n + kMargin), kFence) {
    for (int64_t i = 0; i < n; ++i) data()[i] = std::numeric_limits<T>::quiet_NaN();
  }
  explicit Guarded(const std::vector<T>& values) : Guarded(static_cast<int64_t>(values.size())) {
    for (size_t i = 0; i < values.size(); ++i) data()[i] = values[i];
  }
  ~Guarded() { CHECK(intact()); }

  T* data() { return all_.data() + begin_; }
  int64_t size() const { return size_; }
  T operator[](int64_t i) const { return all_[static_cast<size_t>(i + begin_)]; }

 private:
  static constexpr int64_t kMargin = 64;
  static constexpr T kFence = T(-12345);

  bool intact() const {
    for (int64_t i = 0; i < kMargin; ++i) {
      if ((*this)[i - kMargin] != kFence || (*this)[size_ + i] != kFence) return false;
    }
    return true;
  }

  int64_t size_, begin_;
  std::vector<T> all_;
};

inline std::vector<double> to_double(const std::vector<float>& v) {
  return {v.begin(), v.end()};
}
inline std::vector<double> to_double(const std::vector<double>& v) {
  return v;
}

template <class T>
std::vector<T> absolute(std::vector<T> v) {
  for (T& x : v) x = std::fabs(x);
  return v;
}

/// All tables but the reference, for one element type.
template <class T>
std::vector<const KernelTable<T>*> vector_tables() {
  std::vector<const KernelTable<T>*> tables;
  for (int i = 0; i < available_count(); ++i) {
    if (std::strcmp(available_name(i), "reference") != 0)
      tables.push_back(find<T>(available_name(i)));
  }
  return tables;
}

inline const KernelTable<double>& oracle() {
  return *find<double>("reference");
}

/// NaN and infinities must agree; finite values may differ by `bound`.
template <class T>
bool within(T got, double expected, double bound) {
  if (std::isnan(expected)) return std::isnan(got);
  if (std::isinf(expected)) return static_cast<double>(got) == expected;
  return std::fabs(static_cast<double>(got) - expected) <= bound;
}

/// Compares n values; the first one out of bounds is reported.
template <class T, class Bound>
void check_close(const std::string& what, const Guarded<T>& got,
                 const std::vector<double>& expected, Bound bound) {
  REQUIRE(got.size() == static_cast<int64_t>(expected.size()));
  for (int64_t i = 0; i < got.size(); ++i) {
    const double e = expected[static_cast<size_t>(i)];
    if (within(got[i], e, bound(i))) continue;
    FAIL_CHECK(what << " [" << i << "]: " << got[i] << ", expected " << e << " within "
                    << bound(i));
    return;
  }
  CHECK(true);
}

/// The error of a sum of `terms` rounded products in any order is at most about terms * u * the sum
/// of their absolute values, u half of epsilon. The other half leaves room for the oracle's own
/// rounding when T is double, and for additions around the sum.
template <class T>
double sum_bound(int64_t terms, double absolute_sum) {
  return static_cast<double>(terms + 4) * std::numeric_limits<T>::epsilon() * absolute_sum +
         std::numeric_limits<T>::min();
}

/// Units in the last place that a function may be off by: 0 where IEEE 754 asks for the exact one.
inline double allowed_ulps(Unary op) {
  switch (op) {
    case Unary::neg:
    case Unary::abs:
    case Unary::square:
    case Unary::sqrt:
    case Unary::reciprocal:
    case Unary::relu:
    case Unary::sign:
      return 0.5;
    case Unary::rsqrt:
    case Unary::sin:
    case Unary::cos:
      return 1.5;
    case Unary::exp:
    case Unary::log:
      return 2;
    default:
      return 4;
  }
}

template <class T>
double ulp(double x) {
  const double least = std::numeric_limits<T>::denorm_min();
  const double spacing = std::fabs(x) * std::numeric_limits<T>::epsilon();
  return std::isfinite(spacing) && spacing > least ? spacing : least;
}

/// The error that a unary function may have where the exact result is `expected`; what would be
/// subnormal may be zero.
template <class T>
double unary_bound(Unary op, double expected) {
  constexpr double least = std::numeric_limits<T>::min();
  return std::fabs(expected) < least ? least : allowed_ulps(op) * ulp<T>(expected);
}

/// Runs f with 1, 2 and 3 threads; its results must have the same bits.
template <class F>
void check_same_bits(const std::string& what, F f) {
  const int before = get_num_threads();
  set_num_threads(1);
  const auto first = f();
  // 5: more than twice as many as there are slices of some sums.
  for (const int threads : {2, 3, 5}) {
    set_num_threads(threads);
    const auto other = f();
    REQUIRE(first.size() == other.size());
    CHECK_MESSAGE(std::memcmp(first.data(), other.data(), first.size() * sizeof first[0]) == 0,
                  what << " differs with " << threads << " threads");
  }
  set_num_threads(before);
}

}  // namespace lucid::kernels::test
