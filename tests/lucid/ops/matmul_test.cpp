#include "autograd/functions/linear_algebra.h"

#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

// The product of two matrices in double, by the definition.
std::vector<double> product(const Tensor& a, const Tensor& b) {
  std::vector<double> result;
  for (int64_t i = 0; i < a.shape(0); ++i) {
    for (int64_t j = 0; j < b.shape(1); ++j) {
      double sum = 0;
      for (int64_t k = 0; k < a.shape(1); ++k) sum += a.at<double>({i, k}) * b.at<double>({k, j});
      result.push_back(sum);
    }
  }
  return result;
}

TEST_CASE("matmul: matrices of many sizes and layouts") {
  const int64_t sizes[][3] = {{1, 1, 1},   {2, 3, 4},    {5, 1, 7},   {1, 9, 1},
                              {7, 17, 33}, {16, 16, 16}, {33, 40, 65}};
  for (DType dtype : {float32, float64}) {
    for (const auto& size : sizes) {
      // Not a structured binding: CAPTURE makes a lambda of it, which Clang 14 cannot.
      const int64_t m = size[0], k = size[1], n = size[2];
      CAPTURE(m);
      CAPTURE(k);
      CAPTURE(n);
      const Tensor a = pattern({m, k}, dtype, 1);
      const Tensor b = pattern({k, n}, dtype, 2);
      const std::vector<double> expected = product(a, b);  // exact: sums of multiples of 1/4096
      CHECK(mismatch(matmul(a, b), dtype, {m, n}, expected) == "");
      const Tensor a_columns = a.t().contiguous().t();
      const Tensor b_columns = b.t().contiguous().t();
      CHECK(mismatch(matmul(a_columns, b), {m, n}, expected) == "");
      CHECK(mismatch(matmul(a, b_columns), {m, n}, expected) == "");
      CHECK(mismatch(matmul(a_columns, b_columns), {m, n}, expected) == "");
      const Tensor spread = zeros({2 * m, 3 * k}, {.dtype = dtype});
      spread.slice(0, 1, {}, 2).slice(1, 0, {}, 3).copy_(a);
      CHECK(mismatch(matmul(spread.slice(0, 1, {}, 2).slice(1, 0, {}, 3), b), {m, n}, expected) ==
            "");
    }
  }
  const Tensor row = pattern({1, 6});
  CHECK(mismatch(matmul(row.expand({4, 6}), pattern({6, 3})), {4, 3},
                 product(row.expand({4, 6}), pattern({6, 3}))) == "");
}

TEST_CASE("matmul: NumPy's rules for ranks") {
  const Tensor v = tensor({1.0, 2.0, 3.0});
  const Tensor m = tensor({{1.0, 0.0, 2.0}, {0.0, 1.0, 0.0}});
  CHECK(mismatch(matmul(v, v), {}, {14}) == "");
  CHECK(mismatch(matmul(m, v), {2}, {7, 2}) == "");
  CHECK(mismatch(matmul(v, m.t()), {2}, {7, 2}) == "");
  CHECK(mismatch(v.matmul(m.t().contiguous()), {2}, {7, 2}) == "");
  const Tensor batch = pattern({4, 2, 3}, float32);
  CHECK(mismatch(matmul(batch, v)[2], {2}, matmul(batch[2], v).to_vector<double>()) == "");
  CHECK(matmul(batch, v).shape() == Shape{4, 2});
  CHECK(matmul(tensor({1.0, 1.0}), batch).shape() == Shape{4, 3});
  CHECK(mismatch(matmul(tensor({1.0, 1.0}), batch)[3], {3}, batch[3].sum(0).to_vector<double>()) ==
        "");
}

TEST_CASE("matmul: stacks of matrices broadcast") {
  const Tensor a = pattern({5, 1, 4, 3}, float64, 1);
  const Tensor b = pattern({2, 3, 6}, float64, 2);
  const Tensor c = matmul(a, b);
  CHECK(c.shape() == Shape{5, 2, 4, 6});
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 2; ++j) CHECK(mismatch(c[i][j], {4, 6}, product(a[i][0], b[j])) == "");
  }
  const Tensor d = matmul(b, pattern({6, 2}));
  for (int64_t j = 0; j < 2; ++j)
    CHECK(mismatch(d[j], {3, 2}, product(b[j], pattern({6, 2}))) == "");
  const Tensor e = matmul(b.transpose(1, 2), b);  // stacks of transposed matrices
  CHECK(mismatch(e[1], {6, 6}, product(b[1].t(), b[1])) == "");
  CHECK(mismatch(matmul(b.permute({1, 0, 2}), pattern({6, 2}))[2], {2, 2},
                 product(b.select(1, 2), pattern({6, 2}))) == "");
}

TEST_CASE("linear: x times the transpose of weight, plus bias") {
  for (DType dtype : {float32, float64}) {
    const Tensor weight = pattern({5, 7}, dtype, 1);
    const Tensor bias = pattern({5}, dtype, 2);
    for (const Shape& shape : {Shape{7}, Shape{3, 7}, Shape{2, 3, 7}, Shape{1, 7}}) {
      const Tensor x = pattern(shape, dtype, 3);
      Shape expected = shape;
      expected[shape.size() - 1] = 5;
      const Tensor rows = x.reshape({-1, 7});
      const std::vector<double> plain = product(rows, weight.t());
      CHECK(mismatch(linear(x, weight), dtype, expected, plain) == "");
      const Tensor with_bias = tensor(plain).to(dtype).reshape({-1, 5}) + bias;
      CHECK(mismatch(linear(x, weight, bias), dtype, expected, with_bias.to_vector<double>()) ==
            "");
    }
    const Tensor x = pattern({7, 4}, dtype).t();
    CHECK(mismatch(linear(x, weight.t().contiguous().t()), {4, 5}, product(x, weight.t())) == "");
    CHECK(mismatch(linear(zeros({2, 0}, {.dtype = dtype}), zeros({5, 0}, {.dtype = dtype}), bias),
                   {2, 5}, bias.expand({2, 5}).to_vector<double>()) == "");
    CHECK(linear(zeros({0, 7}, {.dtype = dtype}), weight).shape() == Shape{0, 5});
  }
}

}  // namespace
}  // namespace lucid::test
