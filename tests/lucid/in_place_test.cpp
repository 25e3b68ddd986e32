// The in-place forms without the tape: values, versions, and errors that change nothing.
// What the tape makes of them: tests/autograd/in_place_test.cpp.
#include <doctest/doctest.h>

#include <cmath>

#include "autograd/functions/arithmetic.h"
#include "autograd/grad_mode.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("in place: values, and the handle that comes back") {
  const TensorOptions doubles{.dtype = float64};
  const Tensor x = tensor({1.0, 4.0, 9.0}, doubles);
  const Tensor y = tensor({2.0, 2.0, 3.0}, doubles);
  const Tensor view = x.narrow(0, 1, 2);
  CHECK(x.add_(y).is_same(x));
  CHECK(mismatch(view, {2}, {6, 12}) == "");
  CHECK(mismatch(x.sub_(y), {3}, {1, 4, 9}) == "");
  CHECK(mismatch(x.mul_(y), {3}, {2, 8, 27}) == "");
  CHECK(mismatch(x.div_(y), {3}, {1, 4, 9}) == "");
  CHECK(mismatch(x.add_(y, 2), {3}, {5, 8, 15}) == "");
  CHECK(mismatch(x.add_(y, -0.5), {3}, {4, 7, 13.5}) == "");
  CHECK(mismatch(x.add_(1), {3}, {5, 8, 14.5}) == "");
  CHECK(mismatch(x.sub_(0.5), {3}, {4.5, 7.5, 14}) == "");
  CHECK(mismatch(x.mul_(2), {3}, {9, 15, 28}) == "");
  CHECK(mismatch(x.div_(2), {3}, {4.5, 7.5, 14}) == "");
  CHECK(mismatch(x.neg_(), {3}, {-4.5, -7.5, -14}) == "");
  CHECK(mismatch(x.relu_(), {3}, {0, 0, 0}) == "");
  CHECK(mismatch(x.exp_(), {3}, {1, 1, 1}) == "");
  CHECK(mismatch(x.mul_(4).sqrt_(), {3}, {2, 2, 2}) == "");
  CHECK(mismatch(x.zero_().sigmoid_(), {3}, {0.5, 0.5, 0.5}) == "");
  CHECK(mismatch(x.zero_().tanh_(), {3}, {0, 0, 0}) == "");
  CHECK(mismatch(x.fill_(7), {3}, {7, 7, 7}) == "");
  CHECK(mismatch(x.copy_(y), {3}, {2, 2, 3}) == "");
  x += y;
  x -= 1;
  x *= y;
  x /= 2;
  CHECK(mismatch(x, {3}, {3, 3, 7.5}) == "");
  CHECK(mismatch(view, {2}, {3, 7.5}) == "");
}

TEST_CASE("in place: every write counts one up, for all views of the memory") {
  const Tensor x = zeros({2, 3});
  const Tensor row = x.select(0, 0);
  const Tensor y = ones({2, 3});
  uint64_t version = x.version();
  const auto counts = [&](auto write) {
    write();
    const bool once = x.version() == version + 1 && row.version() == version + 1;
    version = x.version();
    return once;
  };
  CHECK(counts([&] { x.fill_(1); }));
  CHECK(counts([&] { x.zero_(); }));
  CHECK(counts([&] { x.copy_(y); }));
  CHECK(counts([&] { x.add_(y); }));
  CHECK(counts([&] { x.sub_(y); }));
  CHECK(counts([&] { x.mul_(2); }));
  CHECK(counts([&] { x.div_(2); }));
  CHECK(counts([&] { x.exp_(); }));
  CHECK(counts([&] { row.add_(1); }));
  CHECK(counts([&] { row.fill_(1); }));
  CHECK(counts([&] { x.set({0, 0}, 1); }));
  CHECK(counts([&] { x += y; }));
  CHECK(counts([&] {
    const NoGradGuard guard;
    x.add_(1);
  }));
  CHECK(x.clone().version() == 0);
  CHECK(x.version() == version);  // reading does not count
  CHECK(y.version() == 0);
}

TEST_CASE("in place: the other operand broadcasts and is converted, the written one is not") {
  const Tensor x = counting({2, 3}, float32);
  CHECK(mismatch(x.add_(tensor({10, 20, 30})), float32, {2, 3}, {10, 21, 32, 13, 24, 35}) == "");
  CHECK(mismatch(x.sub_(tensor({{10.0}, {13.0}}, {.dtype = float64})), float32, {2, 3},
                 {0, 11, 22, 0, 11, 22}) == "");
  CHECK(mismatch(x.copy_(tensor({1, 2, 3})), float32, {2, 3}, {1, 2, 3, 1, 2, 3}) == "");
  CHECK(mismatch(x.t().copy_(counting({3, 2})), {3, 2}, {0, 1, 2, 3, 4, 5}) == "");
  CHECK(mismatch(x, {2, 3}, {0, 2, 4, 1, 3, 5}) == "");
  const Tensor bytes = tensor({250, 5}, {.dtype = uint8});
  CHECK(mismatch(bytes.add_(10), uint8, {2}, {4, 15}) == "");
  CHECK(mismatch(bytes.add_(tensor({1000, 1})), uint8, {2}, {236, 16}) == "");
  CHECK(mismatch(bytes.copy_(tensor({2.9, 7.0})), uint8, {2}, {2, 7}) == "");
  CHECK(mismatch(zeros({2}, {.dtype = bool_}).fill_(3), bool_, {2}, {1, 1}) == "");
}

TEST_CASE("in place: operands that share memory") {
  const Tensor x = counting({3, 3});
  CHECK(mismatch(x.add_(x.t()), {3, 3}, {0, 4, 8, 4, 8, 12, 8, 12, 16}) == "");
  CHECK(mismatch(x.sub_(x), {3, 3}, std::vector<double>(9, 0)) == "");
  const Tensor y = counting({5});
  y.narrow(0, 1, 4).copy_(y.narrow(0, 0, 4));
  CHECK(mismatch(y, {5}, {0, 0, 1, 2, 3}) == "");
  const Tensor z = counting({5});
  z.narrow(0, 0, 4).copy_(z.narrow(0, 1, 4));
  CHECK(mismatch(z, {5}, {1, 2, 3, 4, 4}) == "");
  const Tensor m = counting({2, 2});
  m.copy_(m.t());
  CHECK(mismatch(m, {2, 2}, {0, 2, 1, 3}) == "");
  m.copy_(m);
  CHECK(mismatch(m, {2, 2}, {0, 2, 1, 3}) == "");
}

TEST_CASE("in place: non-contiguous and empty tensors") {
  const Tensor x = counting({4, 4});
  x.slice(0, 0, 4, 2).slice(1, 1, 4, 2).fill_(-1);
  x.t().narrow(0, 0, 1).mul_(100);
  CHECK(mismatch(x, {4, 4}, {0, -1, 2, -1, 400, 5, 6, 7, 800, -1, 10, -1, 1200, 13, 14, 15}) == "");
  x.narrow(0, 0, 0).fill_(9);
  x.narrow(0, 0, 0).add_(9);
  CHECK(x.at<double>({0, 0}) == 0);
  CHECK(zeros({0, 3}).add_(ones({3})).shape() == Shape{0, 3});
}

TEST_CASE("in place: a failed write leaves the tensor as it was") {
  const Tensor x = counting({2, 3}, float32);
  const Tensor whole = counting({3}, int64);
  const auto unchanged = [&](auto write) {
    const uint64_t version = x.version() + whole.version();
    write();
    return x.version() + whole.version() == version &&
           mismatch(x, float32, {2, 3}, {0, 1, 2, 3, 4, 5}) == "" &&
           mismatch(whole, int64, {3}, {0, 1, 2}) == "";
  };
  CHECK(unchanged([&] {
    CHECK(wrong_error<ShapeError>([&] { x.add_(zeros({4})); }, {"add", "[2, 3]", "[4]"}) == "");
    CHECK(wrong_error<ShapeError>(
              [&] {
                x.mul_(zeros({5, 2, 3}));
              },
              {"mul_", "[5, 2, 3]", "[2, 3]"}) == "");
    CHECK(wrong_error<ShapeError>([&] { x[0].add_(x); }, {"add_", "[2, 3]", "[3]"}) == "");
    CHECK(wrong_error<ShapeError>([&] { x.copy_(zeros({2})); }, {"copy_", "[2]", "[2, 3]"}) == "");
    CHECK(wrong_error<ShapeError>(
              [&] {
                x.copy_(zeros({1, 2, 3}));
              },
              {"copy_", "[1, 2, 3]", "[2, 3]"}) == "");
    CHECK(wrong_error<DTypeError>([&] { whole.add_(0.5); }, {"add_", "float32", "int64"}) == "");
    CHECK(wrong_error<DTypeError>([&] { whole.div_(2); }, {"div_", "float32", "int64"}) == "");
    CHECK(wrong_error<DTypeError>(
              [&] {
                whole.mul_(tensor({1.0, 2.0, 3.0}));
              },
              {"mul_", "float32", "int64"}) == "");
    CHECK(wrong_error<DTypeError>([&] { whole.add_(whole, 0.5); }, {"add", "alpha", "int64"}) ==
          "");
    CHECK(wrong_error<DTypeError>([&] { whole.exp_(); }, {"exp_", "float32", "int64"}) == "");
    CHECK(wrong_error<DeviceError>(
              [&] {
                x.add_(zeros({2, 3}, {.device = meta}));
              },
              {"meta"}) == "");
    CHECK(wrong_error<DeviceError>(
              [&] {
                x.copy_(zeros({2, 3}, {.device = meta}));
              },
              {"copy_", "meta"}) == "");
    CHECK(wrong_error<UninitializedError>([&] { x.add_(Tensor()); }, {"undefined"}) == "");
  }));
}

TEST_CASE("in place: a tensor whose elements share a place cannot be written to one by one") {
  const Tensor x = tensor({1.0, 2.0});
  const Tensor repeated = x.unsqueeze(1).expand({2, 3});
  CHECK(wrong_error<ValueError>(
            [&] {
              repeated.add_(ones({2, 3}));
            },
            {"add_", "[2, 3]", "clone()"}) == "");
  CHECK(mismatch(x, {2}, {1, 2}) == "");
}

}  // namespace
}  // namespace lucid::test
