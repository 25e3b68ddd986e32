#include "support.h"

namespace lucid::kernels::test {
namespace {

Pool2dShape random_shape(Random& random, bool dilated) {
  Pool2dShape s{};
  s.planes = random.integer(0, 5);
  s.kernel_height = random.integer(1, 4), s.kernel_width = random.integer(1, 4);
  s.stride_h = random.integer(1, 4), s.stride_w = random.integer(1, 4);
  s.pad_top = random.integer(0, s.kernel_height / 2),
  s.pad_left = random.integer(0, s.kernel_width / 2);
  s.dilation_h = dilated ? random.integer(1, 3) : 1;
  s.dilation_w = dilated ? random.integer(1, 3) : 1;
  s.in_height = s.dilation_h * (s.kernel_height - 1) + random.integer(1, 20);
  s.in_width = s.dilation_w * (s.kernel_width - 1) + random.integer(1, 80);
  s.out_height =
      (s.in_height + 2 * s.pad_top - s.dilation_h * (s.kernel_height - 1) - 1) / s.stride_h + 1;
  s.out_width =
      (s.in_width + 2 * s.pad_left - s.dilation_w * (s.kernel_width - 1) - 1) / s.stride_w + 1;
  s.count_include_pad = random.integer(0, 1) == 1;
  return s;
}

Pool2dShape halving(int64_t planes, int64_t height, int64_t width) {
  return {planes, height, width, height / 2, width / 2, 2, 2, 2, 2, 0, 0, 1, 1, false};
}

int64_t in_size(const Pool2dShape& s) {
  return s.planes * s.in_height * s.in_width;
}
int64_t out_size(const Pool2dShape& s) {
  return s.planes * s.out_height * s.out_width;
}

template <class T>
void check_max(const Pool2dShape& s, const std::vector<T>& x, const std::vector<T>& g) {
  const auto* reference = find<T>("reference");
  std::vector<T> y(static_cast<size_t>(out_size(s))), gx(static_cast<size_t>(in_size(s)));
  std::vector<int64_t> places(y.size());
  reference->max_pool2d(s, x.data(), y.data(), places.data());
  reference->max_pool2d_backward(s, g.data(), places.data(), gx.data());
  const auto exact = [](int64_t) { return 0.0; };
  for (const auto* table : vector_tables<T>()) {
    Guarded<T> out(out_size(s)), alone(out_size(s)), back(in_size(s));
    std::vector<int64_t> got(y.size(), -7);
    table->max_pool2d(s, x.data(), out.data(), got.data());
    table->max_pool2d(s, x.data(), alone.data(), nullptr);
    table->max_pool2d_backward(s, g.data(), got.data(), back.data());
    CHECK(got == places);
    check_close(std::string(table->name) + " max_pool2d", out, to_double(y), exact);
    check_close(std::string(table->name) + " max_pool2d alone", alone, to_double(y), exact);
    check_close(std::string(table->name) + " max_pool2d backward", back, to_double(gx), exact);
  }
}

TEST_CASE_TEMPLATE("pool: maximum, with ties, NaN and infinities", T, float, double) {
  Random random(21);
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (int i = 0; i < 120; ++i) {
    // Halved rows may be wider than what is computed at one time, or so narrow that several are.
    const int64_t width = random.integer(2, i % 2 == 0 ? 300 : 40);
    const Pool2dShape s = i % 3 == 0 ? halving(random.integer(1, 4), random.integer(2, 40), width)
                                     : random_shape(random, true);
    auto x = random.values<T>(in_size(s));
    const auto g = random.values<T>(out_size(s));
    if (i % 2 == 0) {
      for (T& v : x) v = std::round(v * 2);
    }
    check_max(s, x, g);
    for (T& v : x) {
      const int64_t die = random.integer(0, 11);
      if (die < 4) v = die == 0 ? nan : die == 1 ? inf : -inf;
    }
    check_max(s, x, g);
    for (T& v : x) v = -inf;
    check_max(s, x, g);
  }
}

TEST_CASE_TEMPLATE("pool: the maximum of a window, by hand", T, float, double) {
  const std::vector<T> x = {1, 5, 2, 0, 3, 4, 9, 9};  // 2 x 4
  for (const auto* table : vector_tables<T>()) {
    Guarded<T> y(2), gx(8);
    std::vector<int64_t> places(2);
    const std::vector<T> g = {10, 20};
    table->max_pool2d(halving(1, 2, 4), x.data(), y.data(), places.data());
    CHECK(y[0] == T(5));
    CHECK(y[1] == T(9));
    CHECK(places == std::vector<int64_t>{1, 6});
    table->max_pool2d_backward(halving(1, 2, 4), g.data(), places.data(), gx.data());
    for (int64_t i = 0; i < 8; ++i) CHECK(gx[i] == (i == 1 ? T(10) : i == 6 ? T(20) : T(0)));
  }
}

template <class T>
void check_average(Random& random, const Pool2dShape& s, bool adaptive) {
  const auto x = random.values<T>(in_size(s)), g = random.values<T>(out_size(s));
  std::vector<double> y(static_cast<size_t>(out_size(s))), gx(static_cast<size_t>(in_size(s)));
  const auto& o = oracle();
  (adaptive ? o.adaptive_avg_pool2d : o.avg_pool2d)(s, to_double(x).data(), y.data());
  (adaptive ? o.adaptive_avg_pool2d_backward : o.avg_pool2d_backward)(s, to_double(g).data(),
                                                                      gx.data());
  for (const auto* t : vector_tables<T>()) {
    Guarded<T> out(out_size(s)), back(in_size(s));
    (adaptive ? t->adaptive_avg_pool2d : t->avg_pool2d)(s, x.data(), out.data());
    (adaptive ? t->adaptive_avg_pool2d_backward : t->avg_pool2d_backward)(s, g.data(), back.data());
    // Averages of values up to 1; an input gets at most one share of up to 1 from each of the
    // at most 16 (adaptive: 9) windows that it lies in.
    const double eps = std::numeric_limits<T>::epsilon();
    check_close(std::string(t->name) + " average pool", out, y, [&](int64_t) { return 2 * eps; });
    check_close(std::string(t->name) + " average pool backward", back, gx,
                [&](int64_t) { return 256 * eps; });
  }
}

TEST_CASE_TEMPLATE("pool: average and adaptive average, forward and backward", T, float, double) {
  Random random(22);
  for (int i = 0; i < 120; ++i) {
    Pool2dShape s = random_shape(random, false);
    const bool adaptive = i % 2 == 0;
    if (adaptive) {
      s.out_height = random.integer(1, s.in_height + 2);
      s.out_width = random.integer(1, s.in_width + 2);
    }
    check_average<T>(random, s, adaptive);
  }
}

TEST_CASE_TEMPLATE("pool: wide planes and great windows", T, float, double) {
  Random random(23);
  // More columns and outputs than are computed at one time, and windows that are wider.
  check_average<T>(random, {2, 7, 3000, 4, 1500, 3, 3, 2, 2, 1, 1, 1, 1, true}, false);
  check_average<T>(random, {2, 3, 3000, 2, 998, 2, 9, 1, 3, 0, 1, 1, 1, false}, false);
  check_average<T>(random, {1, 2, 4000, 1, 3, 2, 1200, 1, 1300, 0, 0, 1, 1, false}, false);
  for (const int64_t width : {1, 2, 700, 2600}) {
    check_average<T>(random, {3, 4, 2600, 2, width, 0, 0, 0, 0, 0, 0, 1, 1, false}, true);
  }
  for (const auto& s : {Pool2dShape{2, 9, 400, 5, 200, 3, 3, 2, 2, 1, 1, 1, 1, false},
                        Pool2dShape{2, 30, 70, 28, 68, 9, 9, 1, 1, 3, 3, 1, 1, false},
                        Pool2dShape{2, 20, 90, 14, 84, 7, 9, 1, 1, 0, 1, 1, 1, false}}) {
    check_max(s, random.values<T>(in_size(s)), random.values<T>(out_size(s)));
  }
}

TEST_CASE_TEMPLATE("pool: padding counts or not, by hand", T, float, double) {
  const std::vector<T> x = {4, 8, 12, 16};  // 2 x 2
  for (const auto* table : vector_tables<T>()) {
    for (bool include : {true, false}) {
      Guarded<T> y(4);
      const Pool2dShape s{1, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, include};
      table->avg_pool2d(s, x.data(), y.data());
      for (int64_t i = 0; i < 4; ++i) CHECK(y[i] == x[static_cast<size_t>(i)] / T(include ? 4 : 1));
    }
  }
}

}  // namespace
}  // namespace lucid::kernels::test
