// Normalisation of layers, groups and instances.
#include <doctest/doctest.h>

#include <cmath>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/normalization.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

// By the definition, in float64: over the last dimension of (rows, length).
Tensor standardized(const Tensor& rows, double eps) {
  const Tensor x = rows.to(float64);
  const Tensor centered = x - x.mean(1, true);
  return centered / sqrt(square(centered).mean(1, true) + eps);
}

// (C) beside (N, C, ...).
Tensor per_channel(const Tensor& values, const Tensor& x) {
  Shape shape = Shape::filled(x.shape().size(), 1);
  shape[1] = values.numel();
  return values.to(float64).reshape(shape);
}

// The same values, also in another layout.
std::vector<Tensor> layouts(const Shape& shape, DType dtype) {
  const Tensor x = pattern(shape, dtype) * 3 + 5;
  return {x, x.transpose(0, -1).contiguous().transpose(0, -1)};
}

double tolerance(DType dtype) {
  return dtype == float32 ? 1e-5 : 1e-13;
}

TEST_CASE("layer_norm: the definition") {
  struct Case {
    Shape x, normalized;
  };
  for (const Case& c : {Case{{7}, {7}}, Case{{5, 6}, {6}}, Case{{2, 3, 4, 5}, {5}},
                        Case{{2, 3, 4, 5}, {4, 5}}, Case{{2, 3, 4}, {2, 3, 4}}}) {
    for (const DType dtype : {float32, float64}) {
      for (const Tensor& x : layouts(c.x, dtype)) {
        CAPTURE(c.x);
        CAPTURE(c.normalized);
        const Tensor weight = pattern(c.normalized, dtype, 2);
        const Tensor bias = pattern(c.normalized, dtype, 3);
        const Tensor plain = standardized(x.reshape({-1, c.normalized.numel()}), 1e-3).reshape(c.x);
        const Tensor scaled = plain * weight.to(float64);
        const Tensor full = scaled + bias.to(float64);
        const auto check = [&](const Tensor& y, const Tensor& expected) {
          CHECK(mismatch(y, dtype, c.x, expected.to_vector<double>(), tolerance(dtype)) == "");
        };
        check(layer_norm(x, c.normalized, {}, {}, 1e-3), plain);
        check(layer_norm(x, c.normalized, weight, {}, 1e-3), scaled);
        check(layer_norm(x, c.normalized, weight, bias, 1e-3), full);
        check(layer_norm(x, c.normalized, {}, bias, 1e-3), plain + bias.to(float64));
      }
    }
  }
}

TEST_CASE("group_norm: the definition") {
  for (const Shape& shape :
       {Shape{3, 6}, Shape{2, 6, 5}, Shape{2, 6, 3, 4}, Shape{1, 6, 2, 1, 3}}) {
    for (const int64_t groups : {1, 2, 3, 6}) {
      for (const DType dtype : {float32, float64}) {
        for (const Tensor& x : layouts(shape, dtype)) {
          CAPTURE(shape);
          CAPTURE(groups);
          const Tensor weight = pattern({6}, dtype, 2);
          const Tensor bias = pattern({6}, dtype, 3);
          const Tensor plain =
              standardized(x.reshape({shape[0] * groups, -1}), 1e-3).reshape(shape);
          const Tensor full = plain * per_channel(weight, x) + per_channel(bias, x);
          CHECK(mismatch(group_norm(x, groups, {}, {}, 1e-3), dtype, shape,
                         plain.to_vector<double>(), tolerance(dtype)) == "");
          CHECK(mismatch(group_norm(x, groups, weight, bias, 1e-3), dtype, shape,
                         full.to_vector<double>(), tolerance(dtype)) == "");
        }
      }
    }
  }
}

TEST_CASE("instance_norm: the definition, and the running statistics") {
  for (const Shape& shape : {Shape{2, 3, 5}, Shape{4, 3, 3, 4}, Shape{1, 3, 2, 3, 2}}) {
    for (const DType dtype : {float32, float64}) {
      for (const Tensor& x : layouts(shape, dtype)) {
        CAPTURE(shape);
        const Tensor weight = pattern({3}, dtype, 2);
        const Tensor bias = pattern({3}, dtype, 3);
        const Tensor mean = tensor({1.0, 2.0, 3.0}).to(dtype);
        const Tensor variance = tensor({4.0, 5.0, 6.0}).to(dtype);
        const Tensor rows = x.reshape({shape[0] * 3, -1});
        const Tensor plain = standardized(rows, 1e-3).reshape(shape);
        const Tensor full = plain * per_channel(weight, x) + per_channel(bias, x);
        const InstanceNormOptions options{.momentum = 0.25, .eps = 1e-3};
        CHECK(mismatch(instance_norm(x, {}, {}, {}, {}, options), dtype, shape,
                       plain.to_vector<double>(), tolerance(dtype)) == "");
        CHECK(mismatch(instance_norm(x, mean, variance, weight, bias, options), dtype, shape,
                       full.to_vector<double>(), tolerance(dtype)) == "");
        const Tensor instances = rows.to(float64);
        const Tensor new_mean = tensor({1.0, 2.0, 3.0}, {.dtype = float64}) * 0.75 +
                                instances.mean(1).reshape({-1, 3}).mean(0) * 0.25;
        const Tensor new_variance = tensor({4.0, 5.0, 6.0}, {.dtype = float64}) * 0.75 +
                                    var(instances, 1).reshape({-1, 3}).mean(0) * 0.25;
        CHECK(mismatch(mean, dtype, {3}, new_mean.to_vector<double>(), tolerance(dtype)) == "");
        CHECK(mismatch(variance, dtype, {3}, new_variance.to_vector<double>(), tolerance(dtype)) ==
              "");
      }
    }
  }
}

TEST_CASE("instance_norm: without use_input_stats the running statistics count, and stay") {
  const Tensor x = counting({2, 2, 3});
  const Tensor mean = tensor({1.0, -2.0}, {.dtype = float64});
  const Tensor variance = tensor({4.0, 0.25}, {.dtype = float64});
  const uint64_t version = mean.version();
  const Tensor y =
      instance_norm(x, mean, variance, {}, {}, {.use_input_stats = false, .eps = 1e-30});
  const Tensor expected = (x - per_channel(mean, x)) / sqrt(per_channel(variance, x));
  CHECK(mismatch(y, float64, {2, 2, 3}, expected.to_vector<double>(), 1e-14) == "");
  CHECK(mismatch(mean, {2}, {1, -2}) == "");
  CHECK(mean.version() == version);
  // One value per channel is no problem here.
  CHECK(instance_norm(x.narrow(2, 0, 1), mean, variance, {}, {}, {.use_input_stats = false})
            .shape() == Shape{2, 2, 1});
}

TEST_CASE("normalisation of rows: constant rows, single values and means far from zero") {
  CHECK(mismatch(layer_norm(full({2, 3}, 7.0), {3}, ones({3}), full({3}, 2.0)), {2, 3},
                 {2, 2, 2, 2, 2, 2}) == "");
  CHECK(mismatch(layer_norm(tensor({{3.0}, {4.0}}), {1}), {2, 1}, {0, 0}) == "");
  CHECK(mismatch(group_norm(tensor({{3.0}, {4.0}}), 1), {2, 1}, {0, 0}) == "");
  const Tensor far = pattern({3, 4096}, float32, 3) + 10000;
  CHECK(mismatch(var(layer_norm(far, {4096}, {}, {}, 1e-12).to(float64), 1, 0), {3}, {1, 1, 1},
                 1e-3) == "");
}

TEST_CASE("normalisation of rows: nothing, and meta") {
  CHECK(layer_norm(zeros({0, 3}), {3}, ones({3})).shape() == Shape{0, 3});
  CHECK(layer_norm(zeros({2, 0}), {0}).shape() == Shape{2, 0});
  CHECK(group_norm(zeros({0, 4, 2}), 2, ones({4})).shape() == Shape{0, 4, 2});
  const Tensor mean = zeros({3});
  const Tensor variance = ones({3});
  CHECK(instance_norm(zeros({0, 3, 2}), mean, variance, ones({3})).shape() == Shape{0, 3, 2});
  CHECK(instance_norm(zeros({2, 3, 0}), mean, variance).shape() == Shape{2, 3, 0});
  const Tensor x = zeros({2, 3, 4}, {.device = meta});
  CHECK(layer_norm(x, {3, 4}, ones({3, 4})).is_meta());
  CHECK(group_norm(x, 3, ones({3}), zeros({3})).shape() == Shape{2, 3, 4});
  CHECK(instance_norm(x, mean, variance, ones({3}), zeros({3})).is_meta());
  CHECK(mismatch(mean, {3}, {0, 0, 0}) == "");
  CHECK(mismatch(variance, {3}, {1, 1, 1}) == "");
}

TEST_CASE("layer_norm and group_norm: what they refuse") {
  const Tensor x = zeros({2, 4, 3});
  const auto layer = [&](const Tensor& in, const Shape& shape, const Tensor& w, const Tensor& b,
                         double eps = 1e-5) { return [=] { layer_norm(in, shape, w, b, eps); }; };
  CHECK(wrong_error<ShapeError>(layer(x, {4}, {}, {}), {"layer_norm", "[4]", "[2, 4, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(layer(x, {}, {}, {}), {"layer_norm", "normalized_shape"}) == "");
  CHECK(wrong_error<ShapeError>(layer(x, {1, 2, 4, 3}, {}, {}), {"layer_norm", "[1, 2, 4, 3]"}) ==
        "");
  CHECK(wrong_error<ShapeError>(layer(x, {4, 3}, ones({3}), {}),
                                {"layer_norm", "weight", "[4, 3]", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>(layer(x, {3}, {}, ones({4})), {"layer_norm", "bias", "[3]"}) == "");
  CHECK(wrong_error<DTypeError>(layer(x.to(float64), {3}, ones({3}), {}),
                                {"layer_norm", "float64", "float32"}) == "");
  CHECK(wrong_error<DTypeError>(layer(x.to(int64), {3}, {}, {}), {"layer_norm", "int64"}) == "");
  CHECK(wrong_error<ValueError>(layer(x, {3}, {}, {}, 0), {"layer_norm", "eps", "0"}) == "");
  CHECK(wrong_error<ValueError>(layer(x, {3}, {}, {}, std::nan("")), {"layer_norm", "nan"}) == "");

  const auto group = [&](const Tensor& in, int64_t groups, const Tensor& w, const Tensor& b,
                         double eps = 1e-5) { return [=] { group_norm(in, groups, w, b, eps); }; };
  CHECK(wrong_error<ValueError>(group(x, 3, {}, {}), {"group_norm", "num_groups", "4", "3"}) == "");
  CHECK(wrong_error<ValueError>(group(x, 0, {}, {}), {"group_norm", "num_groups", "0"}) == "");
  CHECK(wrong_error<ShapeError>(group(zeros({4}), 1, {}, {}), {"group_norm", "[4]"}) == "");
  CHECK(wrong_error<ShapeError>(group(x, 2, ones({2}), {}),
                                {"group_norm", "weight", "[4]", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>(group(x, 2, {}, ones({3})), {"group_norm", "bias", "[3]"}) == "");
  CHECK(wrong_error<ValueError>(group(zeros({1, 4}), 4, {}, {}),
                                {"group_norm", "more than one", "[1, 4]"}) == "");
  CHECK(wrong_error<ValueError>(group(x, 2, {}, {}, -1), {"group_norm", "eps", "-1"}) == "");
}

TEST_CASE("instance_norm: what it refuses leaves the running statistics as they were") {
  const Tensor x = zeros({2, 3, 4});
  const Tensor mean = full({3}, 0.5);
  const Tensor variance = full({3}, 2.0);
  const auto norm = [&](const Tensor& in, const Tensor& w, const Tensor& b,
                        const InstanceNormOptions& options = {}) {
    return [&, in, w, b, options] { instance_norm(in, mean, variance, w, b, options); };
  };
  CHECK(wrong_error<ValueError>(norm(zeros({2, 3, 1, 1}), {}, {}),
                                {"instance_norm", "more than one spatial", "[2, 3, 1, 1]"}) == "");
  CHECK(wrong_error<ValueError>(norm(zeros({2, 3}), {}, {}), {"instance_norm", "[2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(norm(zeros({3}), {}, {}), {"instance_norm", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>(norm(zeros({2, 4, 4}), {}, {}),
                                {"instance_norm", "running_mean", "[4]", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>(norm(x, ones({2}), {}), {"instance_norm", "weight", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>(norm(x, {}, ones({3, 1})), {"instance_norm", "bias", "[3, 1]"}) ==
        "");
  CHECK(wrong_error<DTypeError>(norm(x.to(float64), {}, {}), {"instance_norm", "float32"}) == "");
  CHECK(wrong_error<DTypeError>(norm(x.to(int64), {}, {}), {"instance_norm", "int64"}) == "");
  CHECK(wrong_error<ValueError>(norm(x, {}, {}, {.eps = 0}), {"instance_norm", "eps"}) == "");
  CHECK(wrong_error<ValueError>([&] { instance_norm(x, mean); }, {"instance_norm", "both"}) == "");
  CHECK(
      wrong_error<ValueError>([&] { instance_norm(x, {}, {}, {}, {}, {.use_input_stats = false}); },
                              {"instance_norm", "use_input_stats"}) == "");
  CHECK(mismatch(mean, {3}, {0.5, 0.5, 0.5}) == "");
  CHECK(mismatch(variance, {3}, {2, 2, 2}) == "");
}

}  // namespace
}  // namespace lucid::test
