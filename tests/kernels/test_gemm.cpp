#include "support.h"

namespace lucid::kernels::test {
namespace {

struct GemmCase {
  int64_t m, n, k;
  bool a_transposed, b_transposed, accumulate, bias;
  int64_t extra_ldc, spread;  ///< spread > 1: no stride is 1
  bool relu = false;
};

MatrixStrides strides(bool transposed, int64_t rows, int64_t columns, int64_t spread) {
  return transposed ? MatrixStrides{spread, rows * spread}
                    : MatrixStrides{columns * spread, spread};
}

template <class T>
void check_gemm(const GemmCase& g, uint64_t seed) {
  Random random(seed);
  const auto a = random.values<T>(g.m * g.k * g.spread), b = random.values<T>(g.k * g.n * g.spread);
  const auto bias = random.values<T>(g.n);
  const int64_t ldc = g.n + g.extra_ldc;
  const auto c = random.values<T>(g.m * ldc);
  const auto as = strides(g.a_transposed, g.m, g.k, g.spread);
  const auto bs = strides(g.b_transposed, g.k, g.n, g.spread);
  const auto reference = [&](auto a, auto b, auto c, auto bias, bool relu) {
    oracle().gemm(g.m, g.n, g.k, a.data(), as, b.data(), bs, c.data(), ldc, g.accumulate,
                  g.bias ? bias.data() : nullptr, nullptr, relu);
    return c;
  };
  const auto expected =
      reference(to_double(a), to_double(b), to_double(c), to_double(bias), g.relu);
  const auto sums = reference(absolute(to_double(a)), absolute(to_double(b)),
                              absolute(to_double(c)), absolute(to_double(bias)), false);
  for (const auto* table : vector_tables<T>()) {
    Guarded<T> out(c);
    Guarded<T> scratch(table->gemm_scratch(g.m, g.n, g.k, as, bs));
    table->gemm(g.m, g.n, g.k, a.data(), as, b.data(), bs, out.data(), ldc, g.accumulate,
                g.bias ? bias.data() : nullptr, scratch.data(), g.relu);
    check_close(std::string(table->name) + " gemm " + std::to_string(g.m) + "x" +
                    std::to_string(g.n) + "x" + std::to_string(g.k),
                out, expected,
                [&](int64_t i) { return sum_bound<T>(g.k + 2, sums[static_cast<size_t>(i)]); });
  }
}

template <class T>
void check_random_gemms(int count, int64_t most, uint64_t seed) {
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const auto coin = [&] { return random.integer(0, 1) == 1; };
    check_gemm<T>(
        {random.integer(0, most), random.integer(0, most), random.integer(0, most), coin(), coin(),
         coin(), coin(), random.integer(0, 3), random.integer(0, 3) == 0 ? 2 : 1, coin()},
        seed + static_cast<uint64_t>(i));
  }
}

TEST_CASE_TEMPLATE("gemm: small random sizes and strides", T, float, double) {
  check_random_gemms<T>(150, 9, 100);
  check_random_gemms<T>(150, 70, 200);
}

TEST_CASE_TEMPLATE("gemm: sizes beyond the blocks", T, float, double) {
  for (bool a : {false, true}) {
    for (bool b : {false, true}) {
      check_gemm<T>({65, 129, 1000, a, b, a, b, 0, 1}, 1);
      check_gemm<T>({65, 129, 1000, a, b, a, b, 0, 1, true}, 10);
      check_gemm<T>({300, 35, 401, a, b, b, a, 5, 1}, 2);
      check_gemm<T>({1, 300, 300, a, b, false, true, 0, 1}, 3);
      check_gemm<T>({300, 1, 300, a, b, true, true, 0, 1}, 4);
      check_gemm<T>({4, 5, 5000, a, b, false, false, 0, 1}, 5);
    }
  }
  check_gemm<T>({4100, 3, 3, false, false, true, true, 0, 1}, 6);
  check_gemm<T>({3, 4100, 3, false, true, false, true, 0, 1}, 7);
  // More than one slab along the sum.
  check_gemm<T>({40, 4000, 600, true, true, false, true, 0, 1}, 8);
  check_gemm<T>({40, 4000, 600, true, true, false, true, 0, 1, true}, 11);
}

TEST_CASE_TEMPLATE("gemm: long sums of a small result", T, float, double) {
  for (bool a : {false, true}) {
    for (bool b : {false, true}) {
      check_gemm<T>({16, 16, 9000, a, b, a, b, 3, 1, true}, 12);
      check_gemm<T>({5, 1, 120000, a, b, true, true, 2, 1, b}, 14);
    }
  }
  check_gemm<T>({1, 1, 530000, false, true, true, true, 0, 1}, 15);
  // More parts than are kept at one time.
  check_gemm<T>({20, 24, 66000, true, false, true, false, 0, 1}, 13);
  check_gemm<T>({20, 24, 66000, false, true, false, true, 1, 1}, 16);
}

TEST_CASE_TEMPLATE("gemm: a sum of nothing", T, float, double) {
  for (bool accumulate : {false, true}) {
    for (bool bias : {false, true}) {
      for (bool relu : {false, true})
        check_gemm<T>({5, 20, 0, false, false, accumulate, bias, 1, 1, relu}, 9);
    }
  }
}

TEST_CASE_TEMPLATE("gemm: NaN and infinity reach the results they belong to, and no others", T,
                   float, double) {
  for (const auto* table : vector_tables<T>()) {
    const int64_t m = 7, n = 37, k = 40;
    std::vector<T> a(static_cast<size_t>(m * k), T(1)), b(static_cast<size_t>(k * n), T(1));
    a[static_cast<size_t>(3 * k + 5)] = std::numeric_limits<T>::quiet_NaN();
    b[static_cast<size_t>(39 * n + 36)] = std::numeric_limits<T>::infinity();
    for (const bool relu : {false, true}) {
      Guarded<T> c(m * n), scratch(table->gemm_scratch(m, n, k, {k, 1}, {n, 1}));
      table->gemm(m, n, k, a.data(), {k, 1}, b.data(), {n, 1}, c.data(), n, false, nullptr,
                  scratch.data(), relu);
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          const T got = c[i * n + j];
          if (i == 3) {
            CHECK(std::isnan(got));
          } else {
            CHECK(got == (j == 36 ? std::numeric_limits<T>::infinity() : T(k)));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace lucid::kernels::test
