// Batch normalisation.
#include "autograd/functions/normalization.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

Dims without_channels(const Tensor& x) {
  Dims dims{0};
  for (int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
  return dims;
}

Tensor per_channel(const Tensor& v, const Tensor& x) {
  Shape shape = Shape::filled(x.shape().size(), 1);
  shape[1] = v.numel();
  return v.reshape(shape);
}

TEST_CASE("batch_norm: training normalises with the batch and updates the running statistics") {
  for (DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 3e-6 : 1e-13;
    for (const Shape& shape :
         {Shape{6, 3}, Shape{4, 3, 5}, Shape{2, 3, 5, 7}, Shape{3, 3, 2, 2, 2}}) {
      const Tensor row_major = pattern(shape, dtype) * 3 + 5;
      for (const Tensor& x :
           {row_major, row_major.transpose(0, -1).contiguous().transpose(0, -1)}) {
        const Tensor weight = tensor({0.5, 2.0, -1.0}).to(dtype);
        const Tensor bias = tensor({1.0, 0.0, -3.0}).to(dtype);
        const Tensor mean = tensor({1.0, 2.0, 3.0}).to(dtype);
        const Tensor variance = tensor({4.0, 5.0, 6.0}).to(dtype);
        const Dims dims = without_channels(x);
        const Tensor m = x.mean(dims, true);
        const Tensor v = square(x - m).mean(dims, true);
        const Tensor expected =
            (x - m) / sqrt(v + 1e-3) * per_channel(weight, x) + per_channel(bias, x);
        const Tensor y = batch_norm(x, mean, variance, weight, bias,
                                    {.training = true, .momentum = 0.25, .eps = 1e-3});
        CHECK(mismatch(y, dtype, shape, expected.to_vector<double>(), tolerance) == "");
        const Tensor old_mean = tensor({1.0, 2.0, 3.0}).to(dtype);
        const Tensor old_variance = tensor({4.0, 5.0, 6.0}).to(dtype);
        const Tensor unbiased = var(x, dims);
        CHECK(mismatch(mean, {3}, (old_mean * 0.75 + x.mean(dims) * 0.25).to_vector<double>(),
                       tolerance) == "");
        CHECK(mismatch(variance, {3}, (old_variance * 0.75 + unbiased * 0.25).to_vector<double>(),
                       tolerance) == "");
      }
    }
  }
}

TEST_CASE("batch_norm: evaluation uses the running statistics and leaves them alone") {
  const Tensor x = counting({2, 2, 3});
  const Tensor mean = tensor({1.0, -2.0}, {.dtype = float64});
  const Tensor variance = tensor({4.0, 0.25}, {.dtype = float64});
  const uint64_t version = mean.version();
  const Tensor y = batch_norm(x, mean, variance, {}, {}, {.eps = 1e-30});
  const Tensor expected = (x - per_channel(mean, x)) / sqrt(per_channel(variance, x));
  CHECK(mismatch(y, float64, {2, 2, 3}, expected.to_vector<double>(), 1e-14) == "");
  CHECK(mismatch(mean, {2}, {1, -2}) == "");
  CHECK(mismatch(variance, {2}, {4, 0.25}) == "");
  CHECK(mean.version() == version);
  // One value per channel is no problem here.
  CHECK(batch_norm(zeros({1, 2}, {.dtype = float64}), mean, variance, {}, {}).shape() ==
        Shape{1, 2});
  // Only one of weight and bias.
  CHECK(mismatch(batch_norm(x, mean, variance, tensor({2.0, 3.0}, {.dtype = float64}), {},
                            {.eps = 1e-30}),
                 {2, 2, 3}, (expected * per_channel(tensor({2.0, 3.0}), x)).to_vector<double>(),
                 1e-13) == "");
  CHECK(mismatch(batch_norm(x, mean, variance, {}, tensor({2.0, 3.0}, {.dtype = float64}),
                            {.eps = 1e-30}),
                 {2, 2, 3}, (expected + per_channel(tensor({2.0, 3.0}), x)).to_vector<double>(),
                 1e-13) == "");
}

TEST_CASE("batch_norm: without running statistics the batch's own are used") {
  const Tensor x = pattern({8, 4, 3, 3});
  const Tensor y = batch_norm(x, {}, {}, {}, {});
  CHECK(equal(y, batch_norm(x, {}, {}, {}, {}, {.training = true})));
  CHECK(mismatch(y.mean({0, 2, 3}), {4}, {0, 0, 0, 0}, 1e-14) == "");
  CHECK(mismatch(var(y, {0, 2, 3}, 0), {4}, {1, 1, 1, 1}, 1e-3) == "");
}

TEST_CASE("batch_norm: a mean far from zero does not eat the variance") {
  const Tensor x = pattern({16, 2, 8, 8}, float32, 3) + 10000;
  const Tensor y = batch_norm(x, {}, {}, {}, {}, {.training = true, .eps = 1e-12});
  CHECK(mismatch(var(y.to(float64), {0, 2, 3}, 0), {2}, {1, 1}, 1e-3) == "");
}

TEST_CASE("batch_norm: nothing, and meta") {
  const Tensor mean = zeros({3});
  const Tensor variance = ones({3});
  CHECK(batch_norm(zeros({0, 3, 2, 2}), mean, variance, {}, {}).shape() == Shape{0, 3, 2, 2});
  CHECK(batch_norm(zeros({0, 3, 2, 2}), mean, variance, {}, {}, {.training = true}).shape() ==
        Shape{0, 3, 2, 2});
  const Tensor x = zeros({2, 3, 4, 4}, {.device = meta});
  CHECK(batch_norm(x, mean, variance, ones({3}), zeros({3})).is_meta());
  CHECK(batch_norm(x, mean, variance, ones({3}), zeros({3}), {.training = true}).shape() ==
        Shape{2, 3, 4, 4});
  CHECK(mismatch(mean, {3}, {0, 0, 0}) == "");
  CHECK(mismatch(variance, {3}, {1, 1, 1}) == "");
}

TEST_CASE("batch_norm: what it refuses leaves the running statistics as they were") {
  const Tensor x = zeros({4, 3, 2, 2});
  const Tensor mean = full({3}, 0.5);
  const Tensor variance = full({3}, 2.0);
  const BatchNormOptions training{.training = true};
  const auto norm = [&](const Tensor& in, const Tensor& w, const Tensor& b,
                        const BatchNormOptions& o) {
    return [&, in, w, b, o] { batch_norm(in, mean, variance, w, b, o); };
  };
  CHECK(wrong_error<ShapeError>(norm(zeros({3}), {}, {}, training), {"batch_norm", "x", "[3]"}) ==
        "");
  CHECK(wrong_error<ShapeError>(norm(zeros({4, 2}), {}, {}, training),
                                {"batch_norm", "running_mean", "[2]", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>(norm(x, zeros({2}), {}, training),
                                {"batch_norm", "weight", "[3]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>(norm(x, {}, zeros({3, 1}), training),
                                {"batch_norm", "bias", "[3, 1]"}) == "");
  CHECK(wrong_error<DTypeError>(norm(x.to(float64), {}, {}, training),
                                {"batch_norm", "float64", "float32"}) == "");
  CHECK(wrong_error<DTypeError>(norm(x.to(int64), {}, {}, training), {"batch_norm", "int64"}) ==
        "");
  CHECK(wrong_error<ValueError>(norm(zeros({1, 3}), {}, {}, training),
                                {"batch_norm", "more than one value", "[1, 3]"}) == "");
  CHECK(wrong_error<ValueError>(norm(x, {}, {}, {.training = true, .eps = 0}),
                                {"batch_norm", "eps", "0"}) == "");
  CHECK(wrong_error<ValueError>(norm(x, {}, {}, {.training = true, .eps = std::nan("")}),
                                {"batch_norm", "eps", "nan"}) == "");
  CHECK(wrong_error<ValueError>([&] { batch_norm(x, mean, {}, {}, {}); },
                                {"batch_norm", "running"}) == "");
  CHECK(mismatch(mean, {3}, {0.5, 0.5, 0.5}) == "");
  CHECK(mismatch(variance, {3}, {2, 2, 2}) == "");
}

}  // namespace
}  // namespace lucid::test
