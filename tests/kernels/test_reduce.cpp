#include <algorithm>

#include "support.h"

namespace lucid::kernels::test {
namespace {

std::vector<ReduceShape> shapes() {
  std::vector<ReduceShape> all = {{0, 3, 4},      {3, 0, 4},      {3, 4, 0},     {3, 0, 1},
                                  {1, 1, 1},      {1, 200003, 1}, {2, 70001, 1}, {1, 5000, 3},
                                  {1, 3000, 130}, {40, 10, 1},    {64, 1, 10},   {3, 37, 65},
                                  {2, 300, 64},   {1, 2049, 1}};
  Random random(11);
  for (int i = 0; i < 60; ++i) {
    all.push_back({random.integer(1, 6), random.integer(1, 90),
                   random.integer(0, 2) == 0 ? 1 : random.integer(1, 70)});
  }
  return all;
}

int64_t lines(const ReduceShape& s) {
  return s.outer * s.inner;
}
int64_t elements(const ReduceShape& s) {
  return s.outer * s.count * s.inner;
}

std::string describe(const ReduceShape& s) {
  return std::to_string(s.outer) + "x" + std::to_string(s.count) + "x" + std::to_string(s.inner);
}

TEST_CASE_TEMPLATE("reduce: sum", T, float, double) {
  for (const ReduceShape& s : shapes()) {
    Random random(static_cast<uint64_t>(elements(s)));
    const auto x = random.values<T>(elements(s));
    std::vector<double> expected(static_cast<size_t>(lines(s))), sums(expected);
    oracle().sum(s, to_double(x).data(), expected.data());
    oracle().sum(s, absolute(to_double(x)).data(), sums.data());
    for (const auto* table : vector_tables<T>()) {
      Guarded<T> y(lines(s));
      table->sum(s, x.data(), y.data());
      // Sums are kept in blocks of 2048 with at least 4 vectors side by side, and in runs of 256
      // rows, so that far fewer roundings than count come together.
      const int64_t roundings = std::min<int64_t>(s.count, 600);
      check_close(std::string(table->name) + " sum " + describe(s), y, expected,
                  [&](int64_t i) { return sum_bound<T>(roundings, sums[static_cast<size_t>(i)]); });
    }
  }
}

template <class T>
void check_extrema(const ReduceShape& s, const std::vector<T>& x) {
  for (const auto* table : vector_tables<T>()) {
    const auto* reference = find<T>("reference");
    for (bool greatest : {true, false}) {
      std::vector<T> expected(static_cast<size_t>(lines(s)));
      std::vector<int64_t> places(expected.size()), got(expected.size(), -7);
      (greatest ? reference->max : reference->min)(s, x.data(), expected.data(), places.data());
      Guarded<T> y(lines(s)), alone(lines(s));
      const auto f = greatest ? table->max : table->min;
      f(s, x.data(), y.data(), got.data());
      f(s, x.data(), alone.data(), nullptr);
      CHECK(got == places);
      const auto exact = [](int64_t) { return 0.0; };
      check_close(std::string(table->name) + " extremum " + describe(s), y, to_double(expected),
                  exact);
      check_close(std::string(table->name) + " extremum " + describe(s), alone, to_double(expected),
                  exact);
    }
  }
}

TEST_CASE_TEMPLATE("reduce: max and min, with ties, infinities and NaN", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (ReduceShape s : shapes()) {
    if (s.count == 0) s.count = 1;
    Random random(static_cast<uint64_t>(elements(s)) + 1);
    auto x = random.values<T>(elements(s));
    check_extrema(s, x);
    for (T& v : x) v = std::round(v * 3);  // ties
    check_extrema(s, x);
    if (x.empty()) continue;
    for (int64_t i = 0; i < elements(s); i += random.integer(5, 60)) {
      x[static_cast<size_t>(i)] =
          std::vector<T>{inf, -inf, nan}[static_cast<size_t>(random.integer(0, 2))];
    }
    check_extrema(s, x);
    for (T& v : x) v = -inf;
    check_extrema(s, x);
  }
}

TEST_CASE_TEMPLATE("reduce: softmax and log_softmax, forward and backward", T, float, double) {
  const double eps = std::numeric_limits<T>::epsilon();
  for (const ReduceShape& s : shapes()) {
    Random random(static_cast<uint64_t>(elements(s)) + 2);
    const auto n = static_cast<size_t>(elements(s));
    const auto x = random.values<T>(elements(s), -6, 6), g = random.values<T>(elements(s));
    const auto xd = to_double(x), gd = to_double(g);
    std::vector<double> y(n), log_y(n), gx(n), log_gx(n);
    oracle().softmax(s, xd.data(), y.data());
    oracle().log_softmax(s, xd.data(), log_y.data());
    for (const auto* table : vector_tables<T>()) {
      const std::string name = std::string(table->name) + " softmax " + describe(s);
      Guarded<T> out(elements(s)), log_out(elements(s)), back(elements(s));
      table->softmax(s, x.data(), out.data());
      table->log_softmax(s, x.data(), log_out.data());
      // x - max is off by eps/2 of at most 12, and exp turns that into a relative error; then a few
      // ulps of exp and the sum, whose roundings are bounded as in the test of sum.
      const double relative = eps * (16 + static_cast<double>(std::min<int64_t>(s.count, 300)));
      check_close(name, out, y, [&](int64_t i) { return relative * y[static_cast<size_t>(i)]; });
      check_close(name + " log", log_out, log_y, [&](int64_t i) {
        return relative + 2 * eps * std::fabs(log_y[static_cast<size_t>(i)]);
      });
      const auto yt = std::vector<T>(y.begin(), y.end()),
                 lt = std::vector<T>(log_y.begin(), log_y.end());
      oracle().softmax_backward(s, gd.data(), to_double(yt).data(), gx.data());
      oracle().log_softmax_backward(s, gd.data(), to_double(lt).data(), log_gx.data());
      table->softmax_backward(s, g.data(), yt.data(), back.data());
      check_close(name + " backward", back, gx, [&](int64_t i) {
        return (relative + 4 * eps) * static_cast<double>(yt[static_cast<size_t>(i)]);
      });
      table->log_softmax_backward(s, g.data(), lt.data(), back.data());
      check_close(name + " log backward", back, log_gx, [&](int64_t i) {
        // exp(y) * sum(g), with |sum(g)| <= count, and exp(y) off by eps * |y| besides its ulps.
        const double p = std::exp(static_cast<double>(lt[static_cast<size_t>(i)]));
        return 2 * eps + (relative + 16 * eps) * p * static_cast<double>(s.count);
      });
    }
  }
}

TEST_CASE_TEMPLATE("reduce: softmax of great, infinite and NaN inputs", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (const auto* table : vector_tables<T>()) {
    for (int64_t inner : {1, 3}) {
      const int64_t count = 21, n = count * inner;
      const ReduceShape s{1, count, inner};
      Guarded<T> y(n);
      std::vector<T> x(static_cast<size_t>(n), T(1e4));
      table->softmax(s, x.data(), y.data());
      for (int64_t i = 0; i < n; ++i) CHECK(y[i] == doctest::Approx(1.0 / count));
      for (int64_t c = 1; c < count; ++c) x[static_cast<size_t>(c * inner)] = -inf;
      table->softmax(s, x.data(), y.data());
      CHECK(y[0] == T(1));
      CHECK(y[inner] == T(0));
      table->log_softmax(s, x.data(), y.data());
      CHECK(y[0] == T(0));
      CHECK(y[inner] == -inf);
      x[static_cast<size_t>(5 * inner)] = nan;
      table->softmax(s, x.data(), y.data());
      for (int64_t c = 0; c < count; ++c) CHECK(std::isnan(y[c * inner]));
      if (inner > 1) CHECK(y[1] == doctest::Approx(1.0 / count));
    }
  }
}

}  // namespace
}  // namespace lucid::kernels::test
