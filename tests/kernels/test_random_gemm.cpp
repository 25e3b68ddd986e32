// Matrix products of random sizes and layouts, with all that may come on top, on every instruction
// set against the sum of products in double.
#include "random_cases.h"

namespace lucid::kernels::test {
namespace {

/// A matrix in memory of its own; what lies between its numbers is NaN.
template <class T>
struct Matrix {
  MatrixStrides strides;
  Fenced<T> values;

  Matrix(Random& random, int64_t rows, int64_t columns)
      : strides(layout(random, rows, columns)), values(fill(random, rows, columns, strides)) {}

 private:
  static MatrixStrides layout(Random& random, int64_t rows, int64_t columns) {
    const int64_t between = rarely(random, 3) ? random.integer(1, 5) : 0;
    const int64_t spread = rarely(random, 8) ? random.integer(2, 3) : 1;
    if (rarely(random, 2)) return {spread, (rows + between) * spread};
    return {(columns + between) * spread, spread};
  }
  static Fenced<T> fill(Random& random, int64_t rows, int64_t columns, MatrixStrides strides) {
    if (rows == 0 || columns == 0) return Fenced<T>(std::vector<T>());
    const auto size = (rows - 1) * strides.row + (columns - 1) * strides.column + 1;
    std::vector<T> all(static_cast<size_t>(size), std::numeric_limits<T>::quiet_NaN());
    const auto numbers = random.values<T>(rows * columns);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        all[static_cast<size_t>(i * strides.row + j * strides.column)] =
            numbers[static_cast<size_t>(i * columns + j)];
      }
    }
    return Fenced<T>(all, random.integer(0, 15));
  }
};

struct Sizes {
  int64_t m, n, k;
};

Sizes random_sizes(Random& random) {
  const auto up_to = [&](int64_t most) { return rarely(random, 40) ? 0 : random.integer(1, most); };
  if (rarely(random, 20)) {  // work for three threads
    for (;;) {
      const auto some = [&] {
        return rarely(random, 4) ? random.integer(200, 9000) : random.integer(1, 300);
      };
      const Sizes s{some(), some(), some()};
      const int64_t products = s.m * s.n * s.k;
      if (products >= int64_t{3} << 19 && products <= 6'000'000) return s;
    }
  }
  if (rarely(random, 30)) {  // sums that are cut into parts
    return {random.integer(1, 14), random.integer(1, 14), random.integer(4000, 30000)};
  }
  if (rarely(random, 5)) {  // vectors, and other long things
    Sizes s{up_to(20), up_to(20), up_to(8)};
    (rarely(random, 3) ? s.m : rarely(random, 2) ? s.n : s.k) = random.integer(500, 9000);
    return s;
  }
  const int64_t most = rarely(random, 2) ? 12 : 70;
  return {up_to(most), up_to(most), up_to(most)};
}

template <class T>
struct Product {
  Sizes s;
  Matrix<T> a, b;
  int64_t ldc;
  Fenced<T> c, bias;  ///< c as it is before
  bool accumulate, with_bias, relu;

  explicit Product(Random& random)
      : s(random_sizes(random)),
        a(random, s.m, s.k),
        b(random, s.k, s.n),
        ldc(s.n + (rarely(random, 2) ? 0 : random.integer(1, 20))),
        c(random, s.m * ldc),
        bias(random, s.n),
        accumulate(rarely(random, 2)),
        with_bias(rarely(random, 2)),
        relu(rarely(random, 2)) {}

  std::string describe() const {
    const auto strides = [](MatrixStrides by) {
      return std::to_string(by.row) + "/" + std::to_string(by.column);
    };
    return std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k) +
           ", strides " + strides(a.strides) + " and " + strides(b.strides) + ", ldc " +
           std::to_string(ldc) + (accumulate ? ", accumulate" : "") + (with_bias ? ", bias" : "") +
           (relu ? ", relu" : "");
  }

  /// What c is then, rows with what is between them. With `square` the squares of its root mean
  /// squares for random signs.
  std::vector<double> expected(bool square) const {
    auto ad = a.values.to_double(), bd = b.values.to_double(), cd = c.to_double(),
         biasd = bias.to_double();
    if (square) {
      for (auto* v : {&ad, &bd, &cd, &biasd}) *v = squares(*v);
    }
    oracle().gemm(s.m, s.n, s.k, ad.data(), a.strides, bd.data(), b.strides, cd.data(), ldc,
                  accumulate, with_bias ? biasd.data() : nullptr, nullptr, relu);
    return cd;
  }

  void run(const KernelTable<T>& table, T* out, T* scratch) const {
    for (int64_t i = 0; i < s.m; ++i) {
      for (int64_t j = accumulate ? 0 : s.n; j < ldc; ++j) out[i * ldc + j] = c[i * ldc + j];
    }
    table.gemm(s.m, s.n, s.k, a.values.data(), a.strides, b.values.data(), b.strides, out, ldc,
               accumulate, with_bias ? bias.data() : nullptr, scratch, relu);
  }
};

TEST_CASE_TEMPLATE("random shapes: gemm", T, float, double) {
  for_random_cases(1200, [](Random& random) {
    const Product<T> product(random);
    const std::string text = product.describe();
    INFO(text);
    const auto expected = product.expected(false), rms = product.expected(true);
    const Sizes s = product.s;
    for (const auto* table : vector_tables<T>()) {
      const std::string what = std::string(table->name) + " gemm";
      const auto result = run_guarded<T>(
          what, random, s.m * product.ldc,
          [&] { return table->gemm_scratch(s.m, s.n, s.k, product.a.strides, product.b.strides); },
          [&](T* out, T* scratch) { product.run(*table, out, scratch); });
      check_close(what, result, expected, [&](int64_t i) {
        return relative_error<T>(static_cast<double>(s.k)) * std::sqrt(rms[static_cast<size_t>(i)]);
      });
    }
  });
}

}  // namespace
}  // namespace lucid::kernels::test
