// Arithmetic of two operands: broadcasting, layouts, values. Types: promotion_test.cpp.
#include "autograd/functions/arithmetic.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

#include "autograd/functions/math.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

// What NumPy's broadcasting says, one element after the other.
std::vector<double> broadcast_loop(const Tensor& a, const Tensor& b, const Shape& shape,
                                   const std::function<double(double, double)>& f) {
  std::vector<double> values;
  Shape index = Shape::filled(shape.size(), 0);
  const auto element = [&](const Tensor& x) {
    Shape own;
    const size_t lead = shape.size() - x.shape().size();
    for (size_t d = lead; d < shape.size(); ++d)
      own.push_back(x.shape()[d - lead] == 1 ? 0 : index[d]);
    return x.at<double>(own);
  };
  for (int64_t i = 0; i < shape.numel(); ++i) {
    values.push_back(f(element(a), element(b)));
    for (size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) index[d] = 0;
  }
  return values;
}

void check_all(const Tensor& a, const Tensor& b, const Shape& shape) {
  CAPTURE(a.shape());
  CAPTURE(a.strides());
  CAPTURE(b.shape());
  CAPTURE(b.strides());
  const Tensor apart = b + 3;  // no zeros to divide by
  const auto check = [&](const Tensor& got, const Tensor& right, auto f) {
    CHECK(mismatch(got, a.dtype(), shape, broadcast_loop(a, right, shape, f)) == "");
  };
  // The values are small multiples of 1/64: all of these are exact but the quotient.
  check(a + b, b, [](double x, double y) { return x + y; });
  check(a - b, b, [](double x, double y) { return x - y; });
  check(a * b, b, [](double x, double y) { return x * y; });
  check(maximum(a, b), b, [](double x, double y) { return x > y ? x : y; });
  check(minimum(a, b), b, [](double x, double y) { return x < y ? x : y; });
  const bool single = a.dtype() == float32;
  check(a / apart, apart, [single](double x, double y) {
    return single ? double(static_cast<float>(x) / static_cast<float>(y)) : x / y;
  });
  CHECK(mismatch(a < b, bool_, shape, broadcast_loop(a, b, shape, std::less<>())) == "");
  CHECK(mismatch(a == b, bool_, shape, broadcast_loop(a, b, shape, std::equal_to<>())) == "");
}

TEST_CASE("arithmetic: every pattern of broadcasting") {
  struct Case {
    Shape a, b, result;
  };
  const Case cases[] = {
      {{3, 5}, {3, 5}, {3, 5}},
      {{40}, {40}, {40}},
      {{4, 10}, {10}, {4, 10}},
      {{10}, {4, 10}, {4, 10}},
      {{4, 10}, {4, 1}, {4, 10}},
      {{2, 3, 4, 4}, {3, 1, 1}, {2, 3, 4, 4}},
      {{1, 3, 1, 1}, {2, 3, 3, 5}, {2, 3, 3, 5}},
      {{5, 1}, {1, 7}, {5, 7}},
      {{4, 1, 3}, {2, 1}, {4, 2, 3}},
      {{6, 1, 9}, {1, 5, 1}, {6, 5, 9}},
      {{}, {3, 4}, {3, 4}},
      {{3, 4}, {}, {3, 4}},
      {{}, {}, {}},
      {{1}, {1, 1, 1}, {1, 1, 1}},
      {{1, 20}, {20}, {1, 20}},
      {{2, 1, 3, 1, 9}, {5, 1, 2, 1}, {2, 5, 3, 2, 9}},
      {{2, 0, 3}, {3}, {2, 0, 3}},
      {{0}, {1}, {0}},
      {{3, 1}, {1, 0}, {3, 0}},
      {{1, 2, 1, 2, 1, 2, 1, 2}, {2, 1}, {1, 2, 1, 2, 1, 2, 2, 2}},
  };
  for (const Case& c : cases) {
    for (DType dtype : {float32, float64}) {
      check_all(pattern(c.a, dtype, 1), pattern(c.b, dtype, 2), c.result);
    }
  }
}

TEST_CASE("arithmetic: every layout of the operands") {
  const Tensor x = pattern({6, 10, 9}, float32, 3);
  const Tensor layouts[] = {
      x.permute({1, 2, 0}),                                                 // transposed
      x.slice(0, 0, 6, 1).permute({1, 2, 0}).contiguous(),                  // row-major
      pattern({9, 1}, float32).expand({10, 9, 6}),                          // repeated inside
      pattern({10, 1, 1}, float32).expand({10, 9, 6}),                      // repeated rows
      pattern({6}, float32).expand({10, 9, 6}),                             // repeated as a whole
      pattern({20, 9, 12}, float32).slice(0, 1, 20, 2).slice(2, 0, 12, 2),  // every second
      pattern({12, 11, 8}, float32).narrow(0, 2, 10).narrow(1, 1, 9).narrow(2, 2, 6),
      pattern({1}, float32).expand({10, 9, 6}),
  };
  for (const Tensor& a : layouts) {
    for (const Tensor& b : layouts) check_all(a, b, {10, 9, 6});
  }
}

TEST_CASE("arithmetic: bias-like operands") {
  const Tensor rows = counting({3, 20}, float32);
  const Tensor bias = counting({20}, float32) * 100;
  for (int64_t n = 0; n < 3; ++n) {
    CHECK(equal((rows + bias)[n], rows[n] + bias));
    CHECK(equal((bias + rows)[n], bias + rows[n]));
  }
  const Tensor images = counting({2, 3, 4, 5}, float32);
  const Tensor scale = tensor({{{2.0}}, {{3.0}}, {{-1.0}}});
  for (int64_t c = 0; c < 3; ++c) {
    CHECK(equal((images * scale).select(1, c), images.select(1, c) * scale[c].item<float>()));
  }
}

TEST_CASE("arithmetic: with a number on either side") {
  const Tensor x = tensor({1.0, 2.0, -4.0}, {.dtype = float64});
  CHECK(mismatch(x + 1, {3}, {2, 3, -3}) == "");
  CHECK(mismatch(1 + x, {3}, {2, 3, -3}) == "");
  CHECK(mismatch(x - 1, {3}, {0, 1, -5}) == "");
  CHECK(mismatch(1 - x, {3}, {0, -1, 5}) == "");
  CHECK(mismatch(x * 2.5, {3}, {2.5, 5, -10}) == "");
  CHECK(mismatch(2.5 * x, {3}, {2.5, 5, -10}) == "");
  CHECK(mismatch(x / 4, {3}, {0.25, 0.5, -1}) == "");
  CHECK(mismatch(4 / x, {3}, {4, 2, -1}) == "");
  CHECK(mismatch(counting({3, 4}).t() + 1, {4, 3},
                 (counting({3, 4}) + 1).t().to_vector<double>()) == "");
  CHECK(mismatch(zeros({0}) + 1, {0}, {}) == "");
  CHECK(mismatch(tensor(2.0) * 3, {}, {6}) == "");
}

TEST_CASE("division is true division") {
  CHECK(mismatch(tensor({7, 1, -7}) / tensor({2, 4, 2}), float32, {3}, {3.5, 0.25, -3.5}) == "");
  CHECK(mismatch(tensor({7}) / 2, float32, {1}, {3.5}) == "");
  CHECK(mismatch(7 / tensor({2}, {.dtype = uint8}), float32, {1}, {3.5}) == "");
  CHECK(mismatch(tensor({1, -1, 0}) / tensor({0, 0, 0}), {3}, {inf, -inf, nan}) == "");
}

TEST_CASE("integers wrap around") {
  const TensorOptions bytes{.dtype = uint8};
  CHECK(mismatch(tensor({250, 3}, bytes) + tensor({10, 4}, bytes), uint8, {2}, {4, 7}) == "");
  CHECK(mismatch(tensor({3}, bytes) - tensor({5}, bytes), uint8, {1}, {254}) == "");
  CHECK(mismatch(tensor({200}, bytes) * tensor({2}, bytes), uint8, {1}, {144}) == "");
  CHECK(mismatch(-tensor({1}, bytes), uint8, {1}, {255}) == "");
  const Tensor most = tensor(std::vector<int32_t>{INT32_MAX});
  CHECK((most + 1).item<int32_t>() == INT32_MIN);
  CHECK((most * most).item<int32_t>() == 1);
  const Tensor long_most = tensor(std::vector<int64_t>{INT64_MAX});
  CHECK((long_most + 1).item<int64_t>() == INT64_MIN);
  CHECK((long_most * 2).item<int64_t>() == -2);
  CHECK((-tensor(std::vector<int64_t>{INT64_MIN})).item<int64_t>() == INT64_MIN);
  CHECK(abs(tensor(std::vector<int32_t>{INT32_MIN})).item<int32_t>() == INT32_MIN);
  CHECK(square(tensor(std::vector<int32_t>{65536})).item<int32_t>() == 0);
  CHECK(maximum(long_most, tensor({0})).item<int64_t>() == INT64_MAX);
}

TEST_CASE("bools: or, and, and their comparisons") {
  const Tensor a = tensor({true, true, false, false});
  const Tensor b = tensor({true, false, true, false});
  CHECK(mismatch(a + b, bool_, {4}, {1, 1, 1, 0}) == "");
  CHECK(mismatch(a * b, bool_, {4}, {1, 0, 0, 0}) == "");
  CHECK(mismatch(a == b, bool_, {4}, {1, 0, 0, 1}) == "");
  CHECK(mismatch(a > b, bool_, {4}, {0, 1, 0, 0}) == "");
  CHECK(mismatch(logical_not(a), bool_, {4}, {0, 0, 1, 1}) == "");
  CHECK(mismatch(logical_not(tensor({0.0, -0.0, 2.0, nan})), bool_, {4}, {1, 1, 0, 0}) == "");
}

TEST_CASE("maximum and minimum: a NaN wins, on either side") {
  const std::vector<double> a = {1, nan, 3, nan, inf, -inf};
  const std::vector<double> b = {2, 1, nan, nan, -inf, 0};
  for (DType dtype : {float32, float64}) {
    for (int64_t repeat : {1, 9}) {  // short, and long enough for vector registers
      const Tensor x = tensor(a).to(dtype).unsqueeze(1).expand({6, repeat}).contiguous();
      const Tensor y = tensor(b).to(dtype).unsqueeze(1).expand({6, repeat}).contiguous();
      CHECK(mismatch(maximum(x, y).select(1, 0), {6}, {2, nan, nan, nan, inf, 0}) == "");
      CHECK(mismatch(minimum(x, y).select(1, repeat - 1), {6}, {1, nan, nan, nan, -inf, -inf}) ==
            "");
    }
    CHECK(mismatch(maximum(tensor(a).to(dtype), tensor(nan).to(dtype)), {6},
                   std::vector<double>(6, nan)) == "");
  }
}

TEST_CASE("comparisons, also with NaN and numbers on either side") {
  const Tensor x = tensor({1.0, 2.0, 3.0, nan});
  CHECK(mismatch(x == 2, bool_, {4}, {0, 1, 0, 0}) == "");
  CHECK(mismatch(x != 2, bool_, {4}, {1, 0, 1, 1}) == "");
  CHECK(mismatch(x < 2, bool_, {4}, {1, 0, 0, 0}) == "");
  CHECK(mismatch(x <= 2, bool_, {4}, {1, 1, 0, 0}) == "");
  CHECK(mismatch(x > 2, bool_, {4}, {0, 0, 1, 0}) == "");
  CHECK(mismatch(x >= 2, bool_, {4}, {0, 1, 1, 0}) == "");
  CHECK(mismatch(2 == x, bool_, {4}, {0, 1, 0, 0}) == "");
  CHECK(mismatch(2 != x, bool_, {4}, {1, 0, 1, 1}) == "");
  CHECK(mismatch(2 < x, bool_, {4}, {0, 0, 1, 0}) == "");
  CHECK(mismatch(2 <= x, bool_, {4}, {0, 1, 1, 0}) == "");
  CHECK(mismatch(2 > x, bool_, {4}, {1, 0, 0, 0}) == "");
  CHECK(mismatch(2 >= x, bool_, {4}, {1, 1, 0, 0}) == "");
  CHECK(mismatch(x == x, bool_, {4}, {1, 1, 1, 0}) == "");
  CHECK(mismatch(x != x, bool_, {4}, {0, 0, 0, 1}) == "");
  const Tensor y = tensor({2.0, 2.0, 2.0, 2.0});
  CHECK(mismatch(x <= y, bool_, {4}, {1, 1, 0, 0}) == "");
  CHECK(mismatch(x >= y, bool_, {4}, {0, 1, 1, 0}) == "");
  CHECK(mismatch(x > y, bool_, {4}, {0, 0, 1, 0}) == "");
  CHECK(mismatch(x != y, bool_, {4}, {1, 0, 1, 1}) == "");
}

TEST_CASE("comparisons: a number the type cannot hold is not wrapped around") {
  const Tensor bytes = tensor({0, 44, 255}, {.dtype = uint8});
  CHECK(mismatch(bytes < 256, bool_, {3}, {1, 1, 1}) == "");
  CHECK(mismatch(bytes == 300, bool_, {3}, {0, 0, 0}) == "");
  CHECK(mismatch(bytes > -1, bool_, {3}, {1, 1, 1}) == "");
  CHECK(mismatch(bytes >= 44.5, bool_, {3}, {0, 0, 1}) == "");
  CHECK(mismatch(tensor({-5, 5}, {.dtype = int32}) < (int64_t{1} << 32), bool_, {2}, {1, 1}) == "");
  const Tensor large = tensor({(int64_t{1} << 53) + 1});
  CHECK(mismatch(large == (int64_t{1} << 53), bool_, {1}, {0}) == "");
}

TEST_CASE("where chooses, with broadcasting and numbers") {
  const Tensor c = tensor({true, false, true});
  CHECK(mismatch(where(c, tensor({1, 2, 3}), tensor({10, 20, 30})), int64, {3}, {1, 20, 3}) == "");
  CHECK(mismatch(where(c, tensor({{1}, {2}}), tensor({9})), int64, {2, 3}, {1, 9, 1, 2, 9, 2}) ==
        "");
  CHECK(mismatch(where(c, tensor({1.5, 2.5, 3.5}), 0), float32, {3}, {1.5, 0, 3.5}) == "");
  CHECK(mismatch(where(c, 7, tensor({1, 2, 3})), int64, {3}, {7, 2, 7}) == "");
  CHECK(where(c, tensor({1, 2, 3}), 0.5).dtype() == float32);
  CHECK(where(c, tensor({1}), tensor({0.5})).dtype() == float32);
  CHECK(mismatch(where(c, tensor({1.0, nan, 3.0}), 0), {3}, {1, 0, 3}) == "");
  CHECK(where(zeros({0}, {.dtype = bool_}), tensor({1}), 2).shape() == Shape{0});
  CHECK(wrong_error<DTypeError>(
            [&] {
              where(tensor({1, 0, 1}), c, c);
            },
            {"where", "bool", "int64"}) == "");
  CHECK(wrong_error<ShapeError>([&] { where(c, zeros({2}), zeros({3})); },
                                {"where", "[2]", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { where(c, zeros({2}), 1); }, {"where"}) == "");
}

TEST_CASE("shapes that do not broadcast: the error names the operation and both shapes") {
  const Tensor a = zeros({2, 3});
  const Tensor b = zeros({2});
  CHECK(wrong_error<ShapeError>([&] { a + b; }, {"add", "[2, 3]", "[2]", "broadcast"}) == "");
  CHECK(wrong_error<ShapeError>([&] { a - b; }, {"sub", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { a* b; }, {"mul", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { a / b; }, {"div", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { maximum(a, b); }, {"maximum", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { minimum(a, b); }, {"minimum", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { return a == b; }, {"eq", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { return a >= b; }, {"ge", "[2, 3]", "[2]"}) == "");
}

TEST_CASE("all, any, equal, allclose") {
  CHECK(all(tensor({true, true})));
  CHECK_FALSE(all(tensor({true, false})));
  CHECK(any(tensor({0, 0, 3})));
  CHECK_FALSE(any(tensor({0.0, 0.0})));
  CHECK(any(tensor({nan})));
  CHECK(all(zeros({0})));
  CHECK_FALSE(any(zeros({0})));
  CHECK_FALSE(all(tensor({1, 0, 1, 1}).slice(0, 0, 4, 1)));
  CHECK(all(tensor({1, 0, 1, 0}).slice(0, 0, 4, 2)));
  CHECK(equal(tensor({1, 2}), tensor({1.0, 2.0})));
  CHECK_FALSE(equal(tensor({1, 2}), tensor({1, 3})));
  CHECK_FALSE(equal(tensor({1, 1}), tensor({1})));
  CHECK_FALSE(equal(tensor({nan}), tensor({nan})));
  const TensorOptions doubles{.dtype = float64};
  CHECK(allclose(tensor({1.0}, doubles), tensor({1.0 + 9e-6}, doubles)));
  CHECK_FALSE(allclose(tensor({1.0}, doubles), tensor({1.0 + 2e-5}, doubles)));
  CHECK(allclose(tensor({0.0}, doubles), tensor({9e-9}, doubles)));
  CHECK_FALSE(allclose(tensor({0.0}, doubles), tensor({2e-8}, doubles)));
  CHECK(allclose(tensor({1.0}), tensor({1.4}), 0, 0.5));
  CHECK(allclose(tensor({inf, -inf}), tensor({inf, -inf})));
  CHECK_FALSE(allclose(tensor({inf}), tensor({-inf})));
  CHECK_FALSE(allclose(tensor({1.0}), tensor({inf})));
  CHECK_FALSE(allclose(tensor({nan}), tensor({nan})));
  CHECK(allclose(tensor({nan}), tensor({nan}), 1e-5, 1e-8, true));
  CHECK_FALSE(allclose(zeros({2}), zeros({2, 1})));
}

TEST_CASE("sum_to_size undoes a broadcast") {
  const Tensor x = counting({2, 3});
  CHECK(sum_to_size(x, {2, 3}).is_same(x));
  CHECK(mismatch(sum_to_size(x, {3}), {3}, {3, 5, 7}) == "");
  CHECK(mismatch(sum_to_size(x, {2, 1}), {2, 1}, {3, 12}) == "");
  CHECK(mismatch(sum_to_size(x, {}), {}, {15}) == "");
  CHECK(wrong_error<ShapeError>([&] { sum_to_size(x, {2}); }, {"sum_to_size", "[2]", "[2, 3]"}) ==
        "");
  CHECK(wrong_error<ShapeError>([&] { sum_to_size(x, {4, 3}); }, {"sum_to_size", "[4, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              sum_to_size(x, {1, 2, 3});
            },
            {"sum_to_size", "[1, 2, 3]"}) == "");
}

}  // namespace
}  // namespace lucid::test
