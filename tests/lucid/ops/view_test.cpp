// Views, copies and conversions.
#include <doctest/doctest.h>

#include <algorithm>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

bool share_memory(const Tensor& a, const Tensor& b) {
  return a.impl()->storage == b.impl()->storage;
}

TEST_CASE("views share memory: what is written to one is seen in the other") {
  const Tensor x = counting({2, 3, 4});
  const Tensor views[] = {
      x.reshape({6, 4}), x.view({24}),   x.flatten(),         x.permute({2, 0, 1}),
      x.transpose(0, 2), x.unsqueeze(1), x.squeeze(),         x.expand({5, 2, 3, 4}),
      x.narrow(1, 1, 2), x.select(0, 1), x.slice(2, 1, 4, 2), x[1],
      x.detach()};
  for (const Tensor& view : views) CHECK(share_memory(view, x));
  x.set({1, 2, 3}, 100);
  CHECK(x.permute({2, 0, 1}).at<double>({3, 1, 2}) == 100);
  x.select(0, 1).select(0, 0).fill_(-1);
  CHECK(mismatch(x.select(1, 0), {2, 4}, {0, 1, 2, 3, -1, -1, -1, -1}) == "");
  x.slice(2, 0, 4, 3).mul_(0);
  CHECK(x.at<double>({0, 1, 3}) == 0);
  CHECK(x.at<double>({0, 1, 2}) == 6);
  CHECK_FALSE(share_memory(x.clone(), x));
  CHECK_FALSE(share_memory(x.to(float32), x));
}

TEST_CASE("reshape: a view where the strides allow it, else a copy") {
  const Tensor x = counting({2, 3, 4});
  CHECK(x.reshape({3, 8}).strides() == Strides{8, 1});
  CHECK(mismatch(x.reshape({-1, 6}).select(0, 3), {6}, {18, 19, 20, 21, 22, 23}) == "");
  CHECK(x.reshape({2, -1}).shape() == Shape{2, 12});
  CHECK(x.reshape({-1}).shape() == Shape{24});
  CHECK(tensor(5).reshape({1, 1}).shape() == Shape{1, 1});
  CHECK(tensor({5}).reshape({}).shape() == Shape{});
  const Tensor t = x.transpose(0, 1);  // (3, 2, 4), not contiguous
  CHECK(share_memory(t.reshape({3, 2, 2, 2}), x));
  CHECK(share_memory(t.reshape({1, 3, 1, 2, 4, 1}), x));
  CHECK_FALSE(share_memory(t.reshape({6, 4}), x));
  CHECK(mismatch(t.reshape({6, 4}), {6, 4}, t.to_vector<double>()) == "");
  CHECK(mismatch(t.reshape({4, 6}), {4, 6}, t.to_vector<double>()) == "");
  const Tensor columns = counting({4, 6}).slice(1, 0, 6, 2);  // every second column: strides (6, 2)
  CHECK(share_memory(columns.reshape({12}), columns));
  CHECK(columns.reshape({12}).strides() == Strides{2});
  CHECK_FALSE(share_memory(counting({4, 6}).narrow(1, 0, 3).reshape({12}), columns));
  CHECK(mismatch(counting({2, 6}).narrow(1, 1, 2).reshape({4}), {4}, {1, 2, 7, 8}) == "");
  CHECK(mismatch(tensor({1, 2}).unsqueeze(1).expand({2, 3}).reshape({6}), {6},
                 {1, 1, 1, 2, 2, 2}) == "");
  CHECK(zeros({0, 3}).reshape({3, 0, 7}).shape() == Shape{3, 0, 7});
  CHECK(zeros({0, 3}).reshape({-1}).shape() == Shape{0});
  CHECK(zeros({2, 0}).t().reshape({0}).shape() == Shape{0});
}

TEST_CASE("every reshape of every layout keeps the row-major order") {
  const Tensor base = counting({4, 6, 5});
  const Tensor layouts[] = {base,
                            base.permute({1, 0, 2}),
                            base.permute({2, 1, 0}),
                            base.slice(1, 0, 6, 2),
                            base.narrow(2, 1, 2),
                            base.narrow(0, 1, 1),
                            base.select(1, 3),
                            base.narrow(0, 2, 1).expand({3, 6, 5}),
                            base.slice(0, 0, 4, 3).transpose(1, 2)};
  for (const Tensor& layout : layouts) {
    const int64_t n = layout.numel();
    for (int64_t a = 1; a <= n; ++a) {
      if (n % a != 0) continue;
      for (int64_t b = 1; b <= n / a; ++b) {
        if (n / a % b != 0) continue;
        const Tensor reshaped = layout.reshape({a, 1, b, -1});
        REQUIRE(mismatch(reshaped, {a, 1, b, n / a / b}, layout.to_vector<double>()) == "");
      }
    }
  }
}

TEST_CASE("permute, transpose, t") {
  const Tensor x = counting({2, 3, 4});
  const Tensor p = x.permute({2, 0, 1});
  CHECK(p.shape() == Shape{4, 2, 3});
  CHECK(p.strides() == Strides{1, 12, 4});
  CHECK(p.at<double>({3, 1, 2}) == x.at<double>({1, 2, 3}));
  CHECK(x.permute({-1, -3, -2}).shape() == Shape{4, 2, 3});
  CHECK(tensor(1).permute({}).shape() == Shape{});
  CHECK(x.transpose(0, -1).shape() == Shape{4, 3, 2});
  CHECK(x.transpose(1, 1).strides() == x.strides());
  CHECK(mismatch(counting({2, 3}).t(), {3, 2}, {0, 3, 1, 4, 2, 5}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              x.permute({0, 1});
            },
            {"permute", "3 dimensions", "[0, 1]"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              x.permute({0, 1, 1});
            },
            {"permute", "dim 1", "twice"}) == "");
  CHECK(wrong_error<ValueError>([&] { x.permute({0, 2, -1}); }, {"permute", "twice"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.permute({0, 1, 3}); }, {"permute", "dim 3"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.transpose(0, 3); }, {"transpose", "dim 3"}) == "");
  CHECK(wrong_error<ShapeError>([&] { x.t(); }, {"t:", "matrix", "[2, 3, 4]"}) == "");
}

TEST_CASE("squeeze and unsqueeze") {
  const Tensor x = counting({1, 3, 1, 2});
  CHECK(x.squeeze().shape() == Shape{3, 2});
  CHECK(x.squeeze(0).shape() == Shape{3, 1, 2});
  CHECK(x.squeeze(-2).shape() == Shape{1, 3, 2});
  CHECK(x.squeeze(1).shape() == Shape{1, 3, 1, 2});
  CHECK(tensor(3).squeeze().shape() == Shape{});
  CHECK(tensor({3}).squeeze().shape() == Shape{});
  CHECK(x.unsqueeze(0).shape() == Shape{1, 1, 3, 1, 2});
  CHECK(x.unsqueeze(-1).shape() == Shape{1, 3, 1, 2, 1});
  CHECK(x.unsqueeze(4).shape() == Shape{1, 3, 1, 2, 1});
  CHECK(mismatch(counting({2, 2}).t().unsqueeze(1), {2, 1, 2}, {0, 2, 1, 3}) == "");
  CHECK(wrong_error<IndexError>([&] { x.unsqueeze(5); }, {"unsqueeze", "dim 5"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.unsqueeze(-6); }, {"unsqueeze", "dim -6"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.squeeze(4); }, {"squeeze", "dim 4"}) == "");
  CHECK(wrong_error<ShapeError>([] { zeros(Shape::filled(8, 1)).unsqueeze(0); }, {"at most 8"}) ==
        "");
}

TEST_CASE("expand repeats without copying") {
  const Tensor x = tensor({{1}, {2}});
  CHECK(mismatch(x.expand({2, 3}), {2, 3}, {1, 1, 1, 2, 2, 2}) == "");
  CHECK(x.expand({2, 3}).strides() == Strides{1, 0});
  CHECK(mismatch(x.expand({2, 2, 1}), {2, 2, 1}, {1, 2, 1, 2}) == "");
  CHECK(x.expand({-1, 4}).shape() == Shape{2, 4});
  CHECK(tensor(5).expand({2}).to_vector<int64_t>() == std::vector<int64_t>{5, 5});
  CHECK(x.expand({2, 0}).shape() == Shape{2, 0});
  CHECK(zeros({0, 1}).expand({0, 3}).shape() == Shape{0, 3});
  CHECK(wrong_error<ShapeError>([&] { x.expand({3, 3}); }, {"expand", "[2, 1]", "[3, 3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { x.expand({2}); }, {"expand", "[2]", "[2, 1]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { x.expand({-1, 2, 3}); }, {"expand", "[-1, 2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { zeros({3}).expand({0}); }, {"expand", "[3]", "[0]"}) == "");
}

TEST_CASE("narrow, select and indexing") {
  const Tensor x = counting({3, 4});
  CHECK(mismatch(x.narrow(1, 1, 2), {3, 2}, {1, 2, 5, 6, 9, 10}) == "");
  CHECK(mismatch(x.narrow(-2, -1, 1), {1, 4}, {8, 9, 10, 11}) == "");
  CHECK(x.narrow(0, 3, 0).shape() == Shape{0, 4});
  CHECK(x.narrow(0, 0, 3).is_contiguous());
  CHECK(mismatch(x.select(0, 1), {4}, {4, 5, 6, 7}) == "");
  CHECK(mismatch(x.select(-1, -1), {3}, {3, 7, 11}) == "");
  CHECK(mismatch(x[2], {4}, {8, 9, 10, 11}) == "");
  CHECK(x[-1][-2].item<double>() == 10);
  CHECK(wrong_error<IndexError>([&] { x.narrow(0, 2, 2); },
                                {"narrow", "start 2", "length 2", "[3, 4]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.narrow(0, 0, -1); }, {"narrow", "length -1"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.narrow(0, -4, 1); }, {"narrow", "start -4"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.narrow(0, 1, INT64_MAX); }, {"narrow"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.narrow(2, 0, 1); }, {"narrow", "dim 2"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.select(0, 3); },
                                {"select", "index 3", "dim 0", "[3, 4]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.select(1, -5); }, {"select", "index -5"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.select(2, 0); }, {"select", "dim 2"}) == "");
  CHECK(wrong_error<IndexError>([&] { x[3]; }, {"index 3"}) == "");
  CHECK(wrong_error<IndexError>([] { tensor(1)[0]; }, {"scalar"}) == "");
  CHECK(wrong_error<IndexError>([] { tensor(1).narrow(0, 0, 1); }, {"narrow", "scalar"}) == "");
  CHECK(wrong_error<IndexError>([] { zeros({0}).select(0, 0); }, {"select", "index 0", "[0]"}) ==
        "");
}

TEST_CASE("slice has NumPy's half-open, clipped bounds") {
  const Tensor x = counting({6});
  const auto sliced = [&](std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) {
    return x.slice(0, start, end, step).to_vector<int64_t>();
  };
  using Values = std::vector<int64_t>;
  CHECK(sliced(1, 4, 1) == Values{1, 2, 3});
  CHECK(sliced({}, {}, 1) == Values{0, 1, 2, 3, 4, 5});
  CHECK(sliced({}, {}, 2) == Values{0, 2, 4});
  CHECK(sliced(1, {}, 2) == Values{1, 3, 5});
  CHECK(sliced(-2, {}, 1) == Values{4, 5});
  CHECK(sliced({}, -2, 1) == Values{0, 1, 2, 3});
  CHECK(sliced(-100, 100, 3) == Values{0, 3});
  CHECK(sliced(4, 2, 1) == Values{});
  CHECK(sliced(100, {}, 1) == Values{});
  CHECK(sliced(0, 6, 100) == Values{0});
  CHECK(sliced(0, 6, INT64_MAX) == Values{0});
  CHECK(sliced(INT64_MIN, INT64_MAX, 5) == Values{0, 5});
  CHECK(x.slice(0, 0, 6, 2).strides() == Strides{2});
  CHECK(mismatch(counting({2, 4}).slice(-1, 1, -1), {2, 2}, {1, 2, 5, 6}) == "");
  CHECK(zeros({0, 3}).slice(0, 0, 5).shape() == Shape{0, 3});
  CHECK(wrong_error<ValueError>([&] { x.slice(0, 0, 6, 0); }, {"slice", "step >= 1", "0"}) == "");
  CHECK(wrong_error<ValueError>([&] { x.slice(0, 0, 6, -1); }, {"slice", "-1"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.slice(1, 0, 6); }, {"slice", "dim 1"}) == "");
  CHECK(wrong_error<IndexError>([] { tensor(1).slice(0, 0, 1); }, {"slice", "scalar"}) == "");
}

TEST_CASE("contiguous and clone") {
  const Tensor x = counting({2, 3, 4});
  CHECK(x.contiguous().is_same(x));
  const Tensor p = x.permute({2, 0, 1});
  const Tensor c = p.contiguous();
  CHECK(c.is_contiguous());
  CHECK_FALSE(share_memory(c, x));
  CHECK(equal(c, p));
  CHECK(p.clone().strides() == Strides{6, 3, 1});
  CHECK(equal(x.clone(), x));
  for (DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    const Tensor t = pattern({3, 5, 2}, dtype).permute({2, 0, 1}).slice(2, 0, 5, 2);
    CHECK(mismatch(t.contiguous(), dtype, {2, 3, 3}, t.to_vector<double>()) == "");
    CHECK(mismatch(t.clone(), dtype, {2, 3, 3}, t.to_vector<double>()) == "");
  }
  CHECK(tensor({3}).expand({2, 2}).clone().strides() == Strides{2, 1});
  CHECK(zeros({2, 0}).clone().shape() == Shape{2, 0});
  CHECK(tensor(3).clone().item<int64_t>() == 3);
}

TEST_CASE("to converts between all six types") {
  const DType all[] = {bool_, uint8, int32, int64, float32, float64};
  for (DType from : all) {
    for (DType to : all) {
      const double two = from == bool_ || to == bool_ ? 1 : 2;
      const Tensor x = tensor({0, 2, 1, 0}, {.dtype = from}).reshape({2, 2});
      CHECK(mismatch(x.to(to), to, {2, 2}, {0, two, 1, 0}) == "");
      CHECK(mismatch(x.t().to(to), to, {2, 2}, {0, 1, two, 0}) == "");
    }
    CHECK(zeros({0}, {.dtype = from}).to(float64).shape() == Shape{0});
  }
  const Tensor x = zeros({2});
  CHECK(x.to(float32).is_same(x));
  CHECK(mismatch(tensor({1.9, -1.9, 0.5}).to(int64), int64, {3}, {1, -1, 0}) == "");
  CHECK(mismatch(tensor({0.5, 0.0, -3.0}).to(bool_), bool_, {3}, {1, 0, 1}) == "");
  CHECK(mismatch(tensor({-1, 256, 300}).to(uint8), uint8, {3}, {255, 0, 44}) == "");
  CHECK(mismatch(tensor({(int64_t{1} << 32) + 5}).to(int32), int32, {1}, {5}) == "");
  CHECK(tensor({16777217}).to(float32).item<double>() == 16777216);
  CHECK(tensor({16777217}).to(float64).item<double>() == 16777217);
  CHECK(mismatch(counting({100000}, int32).to(float64).slice(0, 99998), {2}, {99998, 99999}) == "");
}

}  // namespace
}  // namespace lucid::test
