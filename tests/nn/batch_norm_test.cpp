// BatchNorm2d: batch and running statistics, as PyTorch defines them.
#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradcheck.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

constexpr double eps = 1e-5;

struct Statistics {
  double mean, biased, unbiased;
};

Statistics statistics_of(const Tensor& x, int64_t channel) {
  const auto values = x.select(1, channel).to_vector<double>();
  const auto count = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / count;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, squares / count, squares / (count - 1)};
}

// What the layer gives for x with these statistics for each channel.
std::vector<double> normalised(const Tensor& x,
                               const std::vector<std::pair<double, double>>& moments,
                               const std::vector<double>& weight, const std::vector<double>& bias) {
  std::vector<double> result;
  for (int64_t n = 0; n < x.shape(0); ++n) {
    for (int64_t c = 0; c < x.shape(1); ++c) {
      const auto i = static_cast<size_t>(c);
      for (const double value : x[n][c].to_vector<double>()) {
        const double unit = (value - moments[i].first) / std::sqrt(moments[i].second + eps);
        result.push_back(unit * weight[i] + bias[i]);
      }
    }
  }
  return result;
}

int64_t batches_tracked(const nn::Module& module) {
  return module.state_dict().at("num_batches_tracked").item<int64_t>();
}

TEST_CASE("BatchNorm2d: parameters and buffers") {
  const nn::BatchNorm2d norm(3);
  CHECK(norm.num_features() == 3);
  CHECK(mismatch(norm.weight(), float32, {3}, {1, 1, 1}) == "");
  CHECK(mismatch(norm.bias(), float32, {3}, {0, 0, 0}) == "");
  CHECK(mismatch(norm.running_mean(), float32, {3}, {0, 0, 0}) == "");
  CHECK(mismatch(norm.running_var(), float32, {3}, {1, 1, 1}) == "");
  CHECK(norm.parameters().size() == 2);
  CHECK(norm.named_buffers().size() == 3);
  CHECK(nn::BatchNorm2d(3, {.dtype = float64}).running_var().dtype() == float64);
}

TEST_CASE("BatchNorm2d: training normalises with the batch and moves the running statistics") {
  nn::BatchNorm2d norm(2, {.momentum = 0.3, .dtype = float64});
  norm.weight().detach().copy_(tensor({2.0, -0.5}));
  norm.bias().detach().copy_(tensor({0.25, 1.0}));
  std::vector<double> means{0, 0}, variances{1, 1};
  for (uint64_t step = 1; step <= 3; ++step) {
    const Tensor x = pattern({3, 2, 2, 4}, float64, step) * static_cast<double>(step) + 0.5;
    std::vector<std::pair<double, double>> moments;
    for (int64_t c = 0; c < 2; ++c) {
      const auto i = static_cast<size_t>(c);
      const Statistics s = statistics_of(x, c);
      moments.emplace_back(s.mean, s.biased);
      means[i] = 0.7 * means[i] + 0.3 * s.mean;
      variances[i] = 0.7 * variances[i] + 0.3 * s.unbiased;
    }
    CHECK(mismatch(norm(x), x.shape(), normalised(x, moments, {2, -0.5}, {0.25, 1}), 1e-12) == "");
    CHECK(mismatch(norm.running_mean(), {2}, means, 1e-12) == "");
    CHECK(mismatch(norm.running_var(), {2}, variances, 1e-12) == "");
    CHECK(batches_tracked(norm) == static_cast<int64_t>(step));
  }
  norm.eval();
  const Tensor x = pattern({1, 2, 3, 1}, float64, 9);
  CHECK(mismatch(norm(x), x.shape(),
                 normalised(x, {{means[0], variances[0]}, {means[1], variances[1]}}, {2, -0.5},
                            {0.25, 1}),
                 1e-12) == "");
  CHECK(mismatch(norm.running_mean(), {2}, means, 1e-12) == "");
  CHECK(batches_tracked(norm) == 3);
}

TEST_CASE("BatchNorm2d: without momentum the running statistics are plain averages") {
  nn::BatchNorm2d norm(1, {.momentum = std::nullopt, .dtype = float64});
  double mean = 0, variance = 0;
  for (uint64_t step = 1; step <= 4; ++step) {
    const Tensor x = pattern({2, 1, 3, 3}, float64, step);
    const Statistics s = statistics_of(x, 0);
    mean += s.mean / 4;
    variance += s.unbiased / 4;
    norm(x);
  }
  CHECK(mismatch(norm.running_mean(), {1}, {mean}, 1e-12) == "");
  CHECK(mismatch(norm.running_var(), {1}, {variance}, 1e-12) == "");
}

TEST_CASE("BatchNorm2d: without affine parameters") {
  nn::BatchNorm2d norm(2, {.affine = false, .dtype = float64});
  CHECK(norm.parameters().empty());
  CHECK_FALSE(norm.weight().defined());
  CHECK_FALSE(norm.bias().defined());
  const Tensor x = pattern({3, 2, 2, 2});
  const Statistics a = statistics_of(x, 0), b = statistics_of(x, 1);
  CHECK(mismatch(norm(x), x.shape(),
                 normalised(x, {{a.mean, a.biased}, {b.mean, b.biased}}, {1, 1}, {0, 0}),
                 1e-12) == "");
  CHECK(norm.num_features() == 2);
}

TEST_CASE("BatchNorm2d: without running statistics evaluation uses the batch's") {
  nn::BatchNorm2d norm(2, {.track_running_stats = false, .dtype = float64});
  CHECK(norm.named_buffers().empty());
  CHECK_FALSE(norm.running_mean().defined());
  const Tensor x = pattern({3, 2, 2, 2});
  const auto trained = norm(x).to_vector<double>();
  norm.eval();
  CHECK(mismatch(norm(x), x.shape(), trained) == "");
  nn::BatchNorm2d neither(2, {.affine = false, .track_running_stats = false, .dtype = float64});
  CHECK(neither.num_features() == 2);
  CHECK(neither.state_dict().empty());
  CHECK(mismatch(neither(x), x.shape(), trained, 1e-12) == "");
  CHECK_THROWS_AS(neither(zeros({2, 3, 2, 2}, {.dtype = float64})), ShapeError);
}

TEST_CASE("BatchNorm2d: a loaded count goes on") {
  nn::BatchNorm2d norm(1);
  norm(pattern({2, 1, 2, 2}, float32));
  nn::BatchNorm2d other(1);
  other.load_state_dict(norm.state_dict());
  other(pattern({2, 1, 2, 2}, float32));
  CHECK(batches_tracked(other) == 2);
  CHECK(batches_tracked(norm) == 1);
}

TEST_CASE("BatchNorm2d: errors") {
  CHECK(wrong_error<ValueError>([] { nn::BatchNorm2d(0); }, {"BatchNorm2d", "num_features", "0"}) ==
        "");
  CHECK(wrong_error<ValueError>([] { nn::BatchNorm2d(1, {.eps = 0}); },
                                {"BatchNorm2d", "eps", "0"}) == "");
  CHECK(wrong_error<ValueError>([] { nn::BatchNorm2d(1, {.eps = std::nan("")}); }, {"eps"}) == "");
  CHECK(wrong_error<DTypeError>([] { nn::BatchNorm2d(1, {.dtype = int32}); }, {"int32"}) == "");
  nn::BatchNorm2d norm(3);
  CHECK(wrong_error<ShapeError>(
            [&] {
              norm(zeros({3, 4, 4}));
            },
            {"BatchNorm2d", "(N, C, H, W)", "[3, 4, 4]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              norm(zeros({2, 4, 4, 4}));
            },
            {"BatchNorm2d", "3 channels", "4"}) == "");
  CHECK_THROWS_AS(norm(zeros({2, 3, 4, 4}, {.dtype = float64})), DTypeError);
  CHECK_THROWS_AS(norm(zeros({1, 3, 1, 1})), ValueError);
  CHECK(batches_tracked(norm) == 0);
  CHECK(mismatch(norm.running_mean(), {3}, {0, 0, 0}) == "");
  norm.eval();
  CHECK(norm(zeros({1, 3, 1, 1})).shape() == Shape{1, 3, 1, 1});
}

TEST_CASE("BatchNorm2d: gradients in training and evaluation") {
  for (const bool training : {true, false}) {
    nn::BatchNorm2d norm(2, {.dtype = float64});
    norm.weight().detach().copy_(tensor({2.0, -0.5}));
    norm.train(training);
    const Tensor weights = pattern({2, 2, 3, 1}, float64, 5);
    const Tensor x = pattern({2, 2, 3, 1}).requires_grad_();
    const auto forward = [&](const std::vector<Tensor>& v) { return norm(v[0]) * weights; };
    CHECK(autograd::gradcheck(forward, {x, norm.weight(), norm.bias()}));
  }
}

}  // namespace
