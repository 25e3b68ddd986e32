#include "autograd/functions/reduction.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "lucid/ops/reduce.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

// The values of x that each element of the result is made of, gathered one by one.
std::vector<std::vector<double>> groups(const Tensor& x, const Dims& dims) {
  const Shape& shape = x.shape();
  bool reduced[8] = {};
  for (int64_t d : dims) reduced[d < 0 ? d + x.dim() : d] = true;
  if (dims.empty()) std::fill(reduced, reduced + 8, true);
  int64_t count = 1;
  for (size_t d = 0; d < shape.size(); ++d) count *= reduced[d] ? 1 : shape[d];
  std::vector<std::vector<double>> result(static_cast<size_t>(count));
  const std::vector<double> values = x.to_vector<double>();
  Shape index = Shape::filled(shape.size(), 0);
  for (double value : values) {
    int64_t position = 0;
    for (size_t d = 0; d < shape.size(); ++d) {
      if (!reduced[d]) position = position * shape[d] + index[d];
    }
    result[static_cast<size_t>(position)].push_back(value);
    for (size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) index[d] = 0;
  }
  return result;
}

template <class F>
std::vector<double> reduce_loop(const Tensor& x, const Dims& dims, const F& f) {
  std::vector<double> result;
  for (const auto& group : groups(x, dims)) result.push_back(f(group));
  return result;
}

double total(const std::vector<double>& v) {
  double sum = 0;
  for (double value : v) sum += value;
  return sum;
}

Shape without(const Shape& shape, const Dims& dims, bool keepdim) {
  Shape result;
  for (size_t d = 0; d < shape.size(); ++d) {
    const auto n = static_cast<int64_t>(d);
    const auto rank = static_cast<int64_t>(shape.size());
    const bool gone = dims.empty() || std::any_of(dims.begin(), dims.end(), [&](int64_t dim) {
                        return dim == n || dim + rank == n;
                      });
    if (!gone) result.push_back(shape[d]);
    if (gone && keepdim) result.push_back(1);
  }
  return result;
}

TEST_CASE("sum, mean, var: any dimensions, any layout, keepdim") {
  const Dims all_dims[] = {{},        {0},    {1},      {2},    {3},         {0, 1},    {0, 2},
                           {0, 3},    {1, 2}, {1, 3},   {2, 3}, {0, 2, 3},   {0, 1, 2}, {1, 2, 3},
                           {0, 1, 3}, {-1},   {-4, -1}, {3, 0}, {0, 1, 2, 3}};
  for (DType dtype : {float32, float64}) {
    const Tensor base = pattern({3, 17, 4, 9}, dtype);
    for (const Tensor& x : {base, base.permute({2, 0, 3, 1}), base.slice(1, 0, 17, 3),
                            base.select(0, 1).unsqueeze(0)}) {
      for (const Dims& dims : all_dims) {
        CAPTURE(x.shape());
        CAPTURE(dims);
        for (bool keepdim : {false, true}) {
          const Shape shape = without(x.shape(), dims, keepdim);
          // Sums of multiples of 1/64 are exact.
          CHECK(mismatch(sum(x, dims, keepdim), dtype, shape, reduce_loop(x, dims, total)) == "");
          CHECK(mismatch(
                    mean(x, dims, keepdim), dtype, shape,
                    reduce_loop(x, dims, [](const auto& v) { return total(v) / double(v.size()); }),
                    dtype == float32 ? 1e-7 : 1e-15) == "");
          const auto variance = [](const std::vector<double>& v) {
            const double m = total(v) / double(v.size());
            double squares = 0;
            for (double value : v) squares += (value - m) * (value - m);
            return squares / double(v.size() - 1);
          };
          if (x.numel() == shape.numel()) continue;  // one value has no variance
          CHECK(mismatch(var(x, dims, 1, keepdim), dtype, shape, reduce_loop(x, dims, variance),
                         dtype == float32 ? 2e-6 : 1e-14) == "");
        }
      }
    }
  }
}

TEST_CASE("sum: long rows and columns stay exact enough") {
  // 0.1 is no binary number, and a plain loop in float is off by 5e-4 of the sum. Runs of 256 whose
  // sums are added up make the error that of a few hundred roundings, however many elements there
  // are.
  constexpr double roundings = 300.0 / (1 << 24);
  const double each = double(0.1F);
  CHECK(std::abs(full({200000}, 0.1).sum().item<double>() - 200000 * each) <= 200000 * each * 1e-6);
  for (double value : full({50000, 3}, 0.1).sum(0).to_vector<double>()) {
    CHECK(std::abs(value - 50000 * each) <= 50000 * each * roundings);
  }
  CHECK(full({1 << 18}, 1.0).sum().item<float>() == float(1 << 18));
}

TEST_CASE("sum: integers and bools as int64") {
  CHECK(mismatch(tensor({200, 100}, {.dtype = uint8}).sum(), int64, {}, {300}) == "");
  CHECK(mismatch(tensor({true, true, false}).sum(), int64, {}, {2}) == "");
  CHECK(mismatch(counting({2, 3}, int32).sum(0), int64, {3}, {3, 5, 7}) == "");
  CHECK(mismatch(counting({2, 3, 2}, int64).sum({0, 2}), int64, {3},
                 {0 + 1 + 6 + 7, 2 + 3 + 8 + 9, 4 + 5 + 10 + 11}) == "");
  CHECK(tensor(std::vector<int32_t>{INT32_MAX, INT32_MAX}).sum().item<int64_t>() ==
        2 * int64_t{INT32_MAX});
  CHECK(tensor(std::vector<int64_t>{INT64_MAX, 1}).sum().item<int64_t>() == INT64_MIN);
}

TEST_CASE("reductions of nothing, of one number, and with NaN") {
  CHECK(mismatch(zeros({0}).sum(), {}, {0}) == "");
  CHECK(mismatch(zeros({2, 0}).sum(1), {2}, {0, 0}) == "");
  CHECK(mismatch(zeros({2, 0}).sum(0), {0}, {}) == "");
  CHECK(mismatch(zeros({2, 0, 3}).sum({0, 1}, true), {1, 1, 3}, {0, 0, 0}) == "");
  CHECK(mismatch(zeros({0}, {.dtype = int32}).sum(), int64, {}, {0}) == "");
  CHECK(mismatch(zeros({0}).mean(), {}, {nan}) == "");
  CHECK(mismatch(zeros({2, 0}).mean(1), {2}, {nan, nan}) == "");
  CHECK(mismatch(var(tensor({3.0})), {}, {nan}) == "");
  CHECK(mismatch(var(tensor({1.0, 3.0}), {}, 0), {}, {1}) == "");
  CHECK(mismatch(tensor(5.0).sum(), {}, {5}) == "");
  CHECK(mismatch(tensor(5.0).sum(0), {}, {5}) == "");
  CHECK(mismatch(tensor(5.0).mean(-1), {}, {5}) == "");
  CHECK(mismatch(tensor({1.0, nan, 3.0}).sum(), {}, {nan}) == "");
  CHECK(mismatch(tensor({inf, 1.0}).sum(), {}, {inf}) == "");
  CHECK(mismatch(tensor({inf, -inf}).sum(), {}, {nan}) == "");
}

TEST_CASE("max, min, argmax, argmin along a dimension") {
  for (DType dtype : {uint8, int32, int64, float32, float64}) {
    const Tensor x = (pattern({4, 19, 5}, float64) * 64 + 64).to(dtype);
    for (const Tensor& view : {x, x.permute({2, 0, 1}), x.slice(1, 1, 19, 2)}) {
      for (int64_t dim : {0, 1, 2, -1}) {
        const auto first_of = [](const std::vector<double>& v, bool greatest) {
          const auto it = greatest ? std::max_element(v.begin(), v.end())
                                   : std::min_element(v.begin(), v.end());
          return double(it - v.begin());
        };
        for (bool keepdim : {false, true}) {
          const Shape shape = without(view.shape(), dim, keepdim);
          const auto most = reduce_loop(
              view, dim, [](const auto& v) { return *std::max_element(v.begin(), v.end()); });
          const auto least = reduce_loop(
              view, dim, [](const auto& v) { return *std::min_element(v.begin(), v.end()); });
          const auto most_at =
              reduce_loop(view, dim, [&](const auto& v) { return first_of(v, true); });
          const auto least_at =
              reduce_loop(view, dim, [&](const auto& v) { return first_of(v, false); });
          CHECK(mismatch(view.max(dim, keepdim).values, dtype, shape, most) == "");
          CHECK(mismatch(view.max(dim, keepdim).indices, int64, shape, most_at) == "");
          CHECK(mismatch(view.min(dim, keepdim).values, dtype, shape, least) == "");
          CHECK(mismatch(view.min(dim, keepdim).indices, int64, shape, least_at) == "");
          CHECK(mismatch(view.argmax(dim, keepdim), int64, shape, most_at) == "");
          CHECK(mismatch(view.argmin(dim, keepdim), int64, shape, least_at) == "");
        }
      }
      const std::vector<double> all = view.to_vector<double>();
      CHECK(view.max().item<double>() == *std::max_element(all.begin(), all.end()));
      CHECK(view.min().item<double>() == *std::min_element(all.begin(), all.end()));
      CHECK(view.argmax().item<int64_t>() ==
            std::max_element(all.begin(), all.end()) - all.begin());
      CHECK(view.argmin().item<int64_t>() ==
            std::min_element(all.begin(), all.end()) - all.begin());
    }
  }
}

TEST_CASE("argmax: the first of equals, and the first NaN before everything") {
  for (int64_t n : {3, 8, 40, 129}) {
    for (DType dtype : {float32, float64}) {
      CAPTURE(n);
      const Tensor equal_values = full({n}, 2.0, {.dtype = dtype});
      CHECK(equal_values.argmax().item<int64_t>() == 0);
      CHECK(equal_values.argmin().item<int64_t>() == 0);
      const Tensor x = counting({n}, dtype);
      x.set({1}, 1000);
      x.set({n - 1}, 1000);
      CHECK(x.argmax().item<int64_t>() == 1);
      CHECK(x.unsqueeze(1).expand({n, 3}).argmax(0).to_vector<int64_t>() ==
            std::vector<int64_t>{1, 1, 1});
      x.set({n - 1}, nan);
      CHECK(x.argmax().item<int64_t>() == n - 1);
      CHECK(x.argmin().item<int64_t>() == n - 1);
      CHECK(std::isnan(x.max().item<double>()));
      CHECK(std::isnan(x.min().item<double>()));
      x.set({2}, nan);
      CHECK(x.argmax().item<int64_t>() == 2);
      CHECK(x.unsqueeze(1).expand({n, 3}).contiguous().argmin(0).at<int64_t>({2}) == 2);
      x.fill_(-inf);
      CHECK(x.argmax().item<int64_t>() == 0);
      CHECK(x.max().item<double>() == -inf);
      x.fill_(inf);
      CHECK(x.argmin().item<int64_t>() == 0);
    }
  }
  CHECK(tensor({3, 7, 7}).argmax().item<int64_t>() == 1);
  CHECK(tensor({true, true}).argmax().item<int64_t>() == 0);
  CHECK(mismatch(tensor({false, true, false}).max(), bool_, {}, {1}) == "");
  CHECK(tensor(4.0).argmax().item<int64_t>() == 0);
  CHECK(tensor(4.0).max(0).values.item<float>() == 4);
  CHECK(zeros({0, 3}).max(1).values.shape() == Shape{0});
}

}  // namespace
}  // namespace lucid::test
