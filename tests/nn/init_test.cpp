// nn::init: bounds, moments and errors.
#include <doctest/doctest.h>

#include <cmath>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace init = lucid::nn::init;
using namespace lucid;
using namespace lucid::test;

namespace {

struct Moments {
  double mean, variance, least, greatest;
};

Moments moments_of(const Tensor& x) {
  return {x.mean().item<double>(),
          x.square().mean().item<double>() - std::pow(x.mean().item<double>(), 2),
          x.min().item<double>(), x.max().item<double>()};
}

// Within five standard errors of what a sample of this size may show.
void check_uniform(const Tensor& x, double low, double high) {
  const Moments m = moments_of(x);
  const double width = high - low;
  const auto count = static_cast<double>(x.numel());
  CHECK(m.least >= low);
  CHECK(m.greatest <= high);
  CHECK(m.least < low + 0.01 * width);
  CHECK(m.greatest > high - 0.01 * width);
  CHECK(std::abs(m.mean - (low + high) / 2) < 5 * width / std::sqrt(12 * count));
  CHECK(std::abs(m.variance - width * width / 12) < 5 * width * width / std::sqrt(180 * count));
}

void check_normal(const Tensor& x, double mean, double deviation) {
  const Moments m = moments_of(x);
  const auto count = static_cast<double>(x.numel());
  CHECK(std::abs(m.mean - mean) < 5 * deviation / std::sqrt(count));
  CHECK(std::abs(m.variance - deviation * deviation) <
        5 * deviation * deviation * std::sqrt(2 / count));
  // A uniform distribution of this deviation ends at 1.7 deviations.
  CHECK(m.greatest > mean + 3 * deviation);
  CHECK(m.least < mean - 3 * deviation);
}

const Shape weight_shape{40, 20, 5, 3};

TEST_CASE("init: constants") {
  const Tensor x = empty({2, 2});
  init::constant_(x, -1.5);
  CHECK(mismatch(x, {2, 2}, {-1.5, -1.5, -1.5, -1.5}) == "");
  init::ones_(x);
  CHECK(mismatch(x, {2, 2}, {1, 1, 1, 1}) == "");
  init::zeros_(x);
  CHECK(mismatch(x, {2, 2}, {0, 0, 0, 0}) == "");
}

TEST_CASE("init: fan counts the receptive field") {
  CHECK(init::fan({7, 5}).in == 5);
  CHECK(init::fan({7, 5}).out == 7);
  CHECK(init::fan(weight_shape).in == 300);
  CHECK(init::fan(weight_shape).out == 600);
  CHECK(wrong_error<ShapeError>([] { init::fan({3}); }, {"fan", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>([] { init::xavier_normal_(empty({3})); }, {"[3]"}) == "");
}

TEST_CASE("init: distributions") {
  manual_seed(0);
  for (const DType dtype : {float32, float64}) {
    const Tensor x = empty(weight_shape, {.dtype = dtype});
    init::uniform_(x);
    check_uniform(x, 0, 1);
    init::uniform_(x, -3, -1);
    check_uniform(x, -3, -1);
    init::normal_(x);
    check_normal(x, 0, 1);
    init::normal_(x, 5, 0.25);
    check_normal(x, 5, 0.25);
    const double relu = std::sqrt(6.0 / 300);
    init::kaiming_uniform_(x);
    check_uniform(x, -relu, relu);
    const double leaky = std::sqrt(2 / 1.25) * std::sqrt(3.0 / 600);
    init::kaiming_uniform_(x, 0.5, init::FanMode::fan_out);
    check_uniform(x, -leaky, leaky);
    // PyTorch's default for layers.
    init::kaiming_uniform_(x, std::sqrt(5.0));
    check_uniform(x, -1 / std::sqrt(300.0), 1 / std::sqrt(300.0));
    init::kaiming_normal_(x);
    check_normal(x, 0, std::sqrt(2.0 / 300));
    init::kaiming_normal_(x, 1, init::FanMode::fan_out);
    check_normal(x, 0, std::sqrt(1.0 / 600));
    init::xavier_uniform_(x, 2);
    check_uniform(x, -2 * std::sqrt(6.0 / 900), 2 * std::sqrt(6.0 / 900));
    init::xavier_normal_(x);
    check_normal(x, 0, std::sqrt(2.0 / 900));
  }
}

TEST_CASE("init: a generator of one's own leaves the default one alone") {
  Generator generator(7), same(7);
  const Tensor a = empty({20}), b = empty({20});
  const uint64_t before = default_generator().position();
  init::normal_(a, 0, 1, generator);
  init::normal_(b, 0, 1, same);
  CHECK(mismatch(a, {20}, b.to_vector<double>()) == "");
  init::normal_(b, 0, 1, same);
  CHECK(mismatch(a, {20}, b.to_vector<double>()) != "");
  CHECK(default_generator().position() == before);
  init::uniform_(a);
  CHECK(default_generator().position() == before + 1);
}

TEST_CASE("init: writes into parameters and views without being recorded") {
  const nn::Linear linear(3, 2);
  init::uniform_(linear.weight(), 2, 3);
  CHECK(linear.weight().is_leaf());
  CHECK(linear.weight().requires_grad());
  CHECK(linear.weight().detach().min().item<double>() >= 2);
  const Tensor x = zeros({4, 3});
  init::uniform_(x.t().narrow(0, 1, 1), 1, 2);
  CHECK(x.select(1, 0).abs().max().item<double>() == 0);
  CHECK(x.select(1, 1).min().item<double>() >= 1);
  CHECK(x.select(1, 2).abs().max().item<double>() == 0);
}

TEST_CASE("init: meta tensors are skipped") {
  const Tensor x = empty({3, 2}, {.device = meta});
  init::kaiming_normal_(x);
  init::constant_(x, 1);
  CHECK(x.is_meta());
}

TEST_CASE("init: errors") {
  const Tensor x = zeros({2, 2});
  CHECK(wrong_error<ValueError>([&] { init::uniform_(x, 1, 0); }, {"uniform_", "1", "0"}) == "");
  CHECK(wrong_error<ValueError>([&] { init::uniform_(x, std::nan(""), 0); }, {"uniform_"}) == "");
  CHECK(wrong_error<ValueError>([&] { init::normal_(x, 0, -1); }, {"normal_", "-1"}) == "");
  const Tensor integers = zeros({2, 2}, {.dtype = int64});
  CHECK(wrong_error<DTypeError>([&] { init::uniform_(integers); }, {"uniform_", "int64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { init::kaiming_normal_(integers); }, {"int64"}) == "");
  CHECK(wrong_error<UninitializedError>([] { init::uniform_(Tensor()); }, {}) == "");
  CHECK(mismatch(x, {2, 2}, {0, 0, 0, 0}) == "");
}

}  // namespace
