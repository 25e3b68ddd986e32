#include <algorithm>

#include "support.h"

namespace lucid::kernels::test {
namespace {

template <class T>
constexpr T kInfinity = std::numeric_limits<T>::infinity();
template <class T>
constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();

/// Ordinary values of several magnitudes, then the special ones.
template <class T>
std::vector<T> interesting(int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<T> v;
  for (double scale : {1e-30, 1e-3, 1.0, 20.0, 80.0, 1e4}) {
    const auto some = random.values<T>(n, -scale, scale);
    v.insert(v.end(), some.begin(), some.end());
  }
  const T great = std::numeric_limits<T>::max();
  for (T x : {T(0), T(-0.0), T(1), T(-1), kInfinity<T>, -kInfinity<T>, kNaN<T>, great, -great}) {
    v.push_back(x);
  }
  return v;
}

TEST_CASE_TEMPLATE("pointwise: unary functions, special values included", T, float, double) {
  const auto x = interesting<T>(500, 1);
  const auto n = static_cast<int64_t>(x.size());
  for (const auto* table : vector_tables<T>()) {
    for (int op = 0; op < static_cast<int>(Unary::count_); ++op) {
      std::vector<double> expected(x.size());
      oracle().unary[op](n, to_double(x).data(), expected.data());
      // What the wider oracle holds and T does not is zero or infinite; what is subnormal may be.
      for (double& e : expected) e = static_cast<double>(static_cast<T>(e));
      Guarded<T> y(n);
      table->unary[op](n, x.data(), y.data());
      check_close(std::string(table->name) + " unary " + std::to_string(op), y, expected,
                  [&](int64_t i) {
                    return unary_bound<T>(static_cast<Unary>(op), expected[static_cast<size_t>(i)]);
                  });
    }
  }
}

TEST_CASE_TEMPLATE("pointwise: small numbers keep their digits", T, float, double) {
  for (const auto* table : vector_tables<T>()) {
    const std::vector<T> x = {T(1e-30), T(-1e-30), T(1e-6), T(3e-3), T(-0.0), T(0)};
    Guarded<T> y(6);
    table->unary[static_cast<int>(Unary::tanh)](6, x.data(), y.data());
    for (int64_t i = 0; i < 6; ++i) {
      const double e = std::tanh(static_cast<double>(x[static_cast<size_t>(i)]));
      CHECK(std::fabs(static_cast<double>(y[i]) - e) <= 4 * ulp<T>(e));
    }
    table->unary[static_cast<int>(Unary::relu)](6, x.data(), y.data());
    CHECK(y[1] == T(0));
    CHECK(y[0] == x[0]);
  }
}

TEST_CASE_TEMPLATE("pointwise: binary functions and scalar operands", T, float, double) {
  const auto a = interesting<T>(60, 2);
  auto b = interesting<T>(60, 3);
  std::rotate(b.begin(), b.begin() + 4, b.end());
  const auto n = static_cast<int64_t>(a.size());
  for (const auto* table : vector_tables<T>()) {
    for (int op = 0; op < static_cast<int>(Binary::count_); ++op) {
      for (auto operands : {Operands::both_full, Operands::left_scalar, Operands::right_scalar}) {
        for (T scalar : {T(0.75), T(-3), kNaN<T>, kInfinity<T>}) {
          auto left = a, right = b;
          if (operands == Operands::left_scalar) left.assign(1, scalar);
          if (operands == Operands::right_scalar) right.assign(1, scalar);
          // One IEEE operation: the reference in T itself must give the same bits.
          std::vector<T> same(a.size());
          find<T>("reference")->binary[op](n, left.data(), right.data(), same.data(), operands);
          Guarded<T> y(n);
          table->binary[op](n, left.data(), right.data(), y.data(), operands);
          check_close(std::string(table->name) + " binary " + std::to_string(op), y,
                      to_double(same), [](int64_t) { return 0.0; });
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("pointwise: an element's result does not depend on its place", T, float,
                   double) {
  const auto x = interesting<T>(20, 4);
  const auto n = static_cast<int64_t>(x.size());
  for (const auto* table : vector_tables<T>()) {
    for (auto f : table->unary) {
      Guarded<T> all(n);
      f(n, x.data(), all.data());
      for (int64_t first = 0; first < n; first += 7) {
        Guarded<T> some(n - first);
        f(n - first, x.data() + first, some.data());
        CHECK(std::memcmp(some.data(), all.data() + first,
                          static_cast<size_t>(n - first) * sizeof(T)) == 0);
      }
    }
  }
}

TEST_CASE_TEMPLATE("pointwise: relu_backward, axpy, and work in place", T, float, double) {
  Random random(5);
  for (int64_t n : {0, 1, 3, 15, 16, 17, 1000}) {
    const auto g = random.values<T>(n), x = random.values<T>(n);
    for (const auto* table : vector_tables<T>()) {
      Guarded<T> gx(n), y(g), doubled(x), own(g);
      table->relu_backward(n, g.data(), x.data(), gx.data());
      table->relu_backward(n, own.data(), x.data(), own.data());
      table->axpy(n, T(0.5), x.data(), y.data());
      table->binary[static_cast<int>(Binary::add)](n, doubled.data(), doubled.data(),
                                                   doubled.data(), Operands::both_full);
      for (int64_t i = 0; i < n; ++i) {
        const auto at = static_cast<size_t>(i);
        REQUIRE(gx[i] == (x[at] > 0 ? g[at] : T(0)));
        REQUIRE(own[i] == gx[i]);
        REQUIRE(within(y[i], static_cast<double>(g[at]) + 0.5 * static_cast<double>(x[at]),
                       2 * std::numeric_limits<T>::epsilon()));
        REQUIRE(doubled[i] == 2 * x[at]);
      }
    }
  }
  const std::vector<T> output = {kNaN<T>, T(0), T(1)}, grad = {T(1), T(1), T(1)};
  for (const auto* table : vector_tables<T>()) {
    Guarded<T> gx(3);
    table->relu_backward(3, grad.data(), output.data(), gx.data());
    CHECK(gx[0] == T(0));
    CHECK(gx[2] == T(1));
  }
}

}  // namespace
}  // namespace lucid::kernels::test
