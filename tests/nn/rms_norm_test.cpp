// RMSNorm, LocalResponseNorm and dropout of channels as layers.
#include <doctest/doctest.h>

#include <cmath>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

TEST_CASE("RMSNorm: divides by the root of the mean of the squares, and scales") {
  nn::RMSNorm norm(2, {.eps = 1e-12});
  const Tensor x = tensor({{3.0, 4.0}, {-1.0, 7.0}});
  const double first = std::sqrt(12.5);
  CHECK(mismatch(norm(x), {2, 2}, {3 / first, 4 / first, -0.2, 1.4}, 1e-6) == "");
  norm.load_state_dict({{"weight", tensor({2.0, -1.0})}});
  CHECK(mismatch(norm(x), {2, 2}, {6 / first, -4 / first, -0.4, -1.4}, 1e-6) == "");
  nn::RMSNorm plain(Shape{2, 2}, {.elementwise_affine = false});
  CHECK_FALSE(plain.weight().defined());
  CHECK(mismatch(plain(ones({3, 2, 2})), {3, 2, 2}, std::vector<double>(12, 1), 1e-6) == "");
}

TEST_CASE("RMSNorm: eps is the distance of 1 to the next number unless given") {
  const Tensor tiny = full({1, 3}, 1e-6, {.dtype = float64});
  const double squared = 1e-12;
  CHECK(mismatch(rms_norm(tiny, {3}), {1, 3},
                 std::vector<double>(3, 1e-6 / std::sqrt(squared + 2.220446049250313e-16)),
                 1e-12) == "");
  CHECK(mismatch(rms_norm(tiny.to(float32), {3}), {1, 3},
                 std::vector<double>(3, 1e-6 / std::sqrt(squared + 1.1920928955078125e-7)),
                 1e-8) == "");
  CHECK(mismatch(rms_norm(zeros({2}), {2}), {2}, {0, 0}) == "");
  CHECK(rms_norm(zeros({0, 2}), {2}).shape() == Shape{0, 2});
}

TEST_CASE("RMSNorm: prints as PyTorch's") {
  CHECK(nn::RMSNorm(3).str() == "RMSNorm((3,), eps=None, elementwise_affine=True)");
  CHECK(nn::RMSNorm({2, 3}, {.eps = 0.5, .elementwise_affine = false}).str() ==
        "RMSNorm((2, 3), eps=0.5, elementwise_affine=False)");
  CHECK(nn::LazyRMSNorm(2).str() == "LazyRMSNorm(None, eps=None, elementwise_affine=True)");
}

TEST_CASE("RMSNorm: errors") {
  CHECK(wrong_error<ValueError>([] { nn::RMSNorm(0); }, {"RMSNorm", "positive", "[0]"}) == "");
  CHECK(wrong_error<ValueError>([] { nn::RMSNorm(3, {.eps = 0}); }, {"RMSNorm", "eps"}) == "");
  CHECK(wrong_error<ValueError>([] { nn::LazyRMSNorm(0); }, {"RMSNorm", "dimensions", "0"}) == "");
  nn::RMSNorm norm(3);
  CHECK(wrong_error<ShapeError>([&] { norm(zeros({2, 4})); }, {"rms_norm", "[3]", "[2, 4]"}) == "");
  CHECK(wrong_error<DTypeError>([&] { norm(zeros({3}, {.dtype = float64})); }, {"rms_norm"}) == "");
  CHECK(wrong_error<DTypeError>(
            [] {
              rms_norm(tensor({1, 2}), {2});
            },
            {"rms_norm", "int64"}) == "");
  CHECK(wrong_error<ShapeError>([] { rms_norm(zeros({2}), {}); }, {"rms_norm", "[]"}) == "");
}

TEST_CASE("LocalResponseNorm: by hand, printed, errors") {
  nn::LocalResponseNorm norm(2, {.alpha = 2, .beta = 1, .k = 1});
  // The mean over a channel and the one before it.
  const Tensor x = tensor({{{1.0}, {2.0}, {3.0}}});
  CHECK(mismatch(norm(x), {1, 3, 1}, {1.0 / 2, 2.0 / 6, 3.0 / 14}, 1e-6) == "");
  CHECK(norm.str() == "LocalResponseNorm(2, alpha=2, beta=1, k=1)");
  CHECK(nn::LocalResponseNorm(5).str() == "LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1)");
  CHECK(norm(zeros({0, 3, 2})).shape() == Shape{0, 3, 2});
  CHECK(wrong_error<ValueError>([] { nn::LocalResponseNorm(0); }, {"LocalResponseNorm", "0"}) ==
        "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              norm(zeros({2, 3}));
            },
            {"local_response_norm", "[2, 3]"}) == "");
  CHECK(wrong_error<ValueError>([&] { local_response_norm(x, 0); },
                                {"local_response_norm", "size", "0"}) == "");
  CHECK(wrong_error<DTypeError>([&] { local_response_norm(x.to(int64), 1); },
                                {"local_response_norm", "int64"}) == "");
}

TEST_CASE("layers of channel dropout: whole channels in training, nothing in evaluation") {
  manual_seed(1);
  const auto check = [](auto module, const Tensor& x) {
    const Tensor y = module(x);
    const Tensor rows = y.reshape({50, -1});
    CHECK(equal(rows.max(1).values, rows.min(1).values));
    CHECK(rows.min().template item<double>() == 0);
    CHECK(rows.max().template item<double>() == doctest::Approx(2));
    CHECK(module.eval()(x).is_same(x));
    CHECK(module.extra_repr() == "p=0.5");
  };
  check(nn::Dropout1d(), ones({5, 10, 3}));
  check(nn::Dropout2d(), ones({5, 10, 3, 2}));
  check(nn::Dropout3d(), ones({5, 10, 3, 2, 1}));
  nn::AlphaDropout alpha(0.3);
  CHECK_FALSE(equal(alpha(ones({50})), ones({50})));
  alpha.eval();
  CHECK(equal(alpha(ones({50})), ones({50})));
  CHECK(wrong_error<ValueError>([] { nn::Dropout2d{1.5}; }, {"Dropout2d", "1.5"}) == "");
}

}  // namespace
