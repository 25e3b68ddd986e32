#include "lucid/xtensor.h"

#include <doctest/doctest.h>

#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

#include "autograd/functions/arithmetic.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

template <class Expression>
std::vector<double> values(const Expression& expression) {
  std::vector<double> result;
  for (auto value : expression) result.push_back(static_cast<double>(value));
  return result;
}

TEST_CASE("as_xtensor: the tensor's memory, read and written") {
  const Tensor x = counting({2, 3}, float32);
  auto e = as_xtensor<float>(x);
  CHECK(e.dimension() == 2);
  CHECK(e.shape()[1] == 3);
  CHECK(e(1, 2) == 5);
  CHECK(&e(0, 0) == x.data<float>());
  e(0, 1) = 10;
  CHECK(x.at<float>({0, 1}) == 10);
  e *= 2.0F;
  CHECK(mismatch(x, {2, 3}, {0, 20, 4, 6, 8, 10}) == "");
  xt::view(e, 1, xt::all()) = xt::zeros<float>({3});
  CHECK(mismatch(x, {2, 3}, {0, 20, 4, 0, 0, 0}) == "");
}

TEST_CASE("as_xtensor: any layout") {
  const Tensor x = counting({3, 4});
  const Tensor views[] = {x.t(),
                          x.slice(0, 0, 3, 2).slice(1, 1, 4, 2),
                          x.select(1, 2),
                          x.narrow(0, 1, 1),
                          x.narrow(1, 3, 1).expand({3, 5}),
                          x.unsqueeze(1).expand({3, 2, 4}),
                          x.narrow(1, 1, 1)};
  for (const Tensor& view : views) {
    CAPTURE(view.shape());
    auto e = as_xtensor<double>(view);
    CHECK(values(e) == view.to_vector<double>());
    CHECK(mismatch(from_xtensor(e), float64, view.shape(), view.to_vector<double>()) == "");
    CHECK(mismatch(from_xtensor(e + e), view.shape(), (view * 2).to_vector<double>()) == "");
  }
  auto column = as_xtensor<double>(x.t());
  column(3, 0) = -5;
  CHECK(x.at<double>({0, 3}) == -5);
}

TEST_CASE("as_xtensor: expressions broadcast as tensors do") {
  const Tensor a = pattern({4, 1, 3});
  const Tensor b = pattern({2, 1}, float64, 2);
  CHECK(mismatch(from_xtensor(as_xtensor<double>(a) * as_xtensor<double>(b)), float64, {4, 2, 3},
                 (a * b).to_vector<double>()) == "");
  const Tensor target = zeros({4, 2, 3}, {.dtype = float64});
  auto into = as_xtensor<double>(target);
  into = as_xtensor<double>(a) + as_xtensor<double>(b);
  CHECK(equal(target, a + b));
  const Tensor columns = zeros({3, 2, 4}, {.dtype = float64});
  auto through = as_xtensor<double>(columns.permute({2, 1, 0}));
  through += as_xtensor<double>(target);
  CHECK(equal(columns.permute({2, 1, 0}), a + b));
}

TEST_CASE("as_xtensor and from_xtensor: every type, rank 0, and nothing") {
  CHECK(mismatch(from_xtensor(as_xtensor<bool>(tensor({true, false}))), bool_, {2}, {1, 0}) == "");
  CHECK(mismatch(from_xtensor(as_xtensor<uint8_t>(tensor({1, 2}, {.dtype = uint8}))), uint8, {2},
                 {1, 2}) == "");
  CHECK(mismatch(from_xtensor(as_xtensor<int32_t>(tensor({-1, 2}, {.dtype = int32}))), int32, {2},
                 {-1, 2}) == "");
  CHECK(mismatch(from_xtensor(as_xtensor<int64_t>(tensor({-1, 2}))), int64, {2}, {-1, 2}) == "");
  CHECK(mismatch(from_xtensor(as_xtensor<float>(tensor({0.5}))), float32, {1}, {0.5}) == "");
  CHECK(mismatch(from_xtensor(as_xtensor<double>(tensor(0.5, {.dtype = float64}))), float64, {},
                 {0.5}) == "");
  CHECK(mismatch(from_xtensor(as_xtensor<float>(zeros({2, 0, 3}))), float32, {2, 0, 3}, {}) == "");
  const xt::xarray<double> array = {{1.0, 2.0}, {3.0, 4.0}};
  CHECK(mismatch(from_xtensor(array), float64, {2, 2}, {1, 2, 3, 4}) == "");
  CHECK(mismatch(from_xtensor(xt::sum(array, {0})), float64, {2}, {4, 6}) == "");
  CHECK(mismatch(from_xtensor(array > 2.0), bool_, {2, 2}, {0, 0, 1, 1}) == "");
  CHECK(mismatch(from_xtensor(xt::transpose(array)), float64, {2, 2}, {1, 3, 2, 4}) == "");
}

TEST_CASE("as_xtensor: what it refuses") {
  CHECK(wrong_error<DTypeError>([] { as_xtensor<double>(zeros({2})); }, {"float32", "float64"}) ==
        "");
  CHECK(wrong_error<DeviceError>([] { as_xtensor<float>(zeros({2}, {.device = meta})); },
                                 {"meta"}) == "");
  CHECK(wrong_error<UninitializedError>([] { as_xtensor<float>(Tensor()); }, {"undefined"}) == "");
}

}  // namespace
}  // namespace lucid::test
