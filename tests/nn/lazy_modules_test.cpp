// LazyLinear, LazyBatchNorm2d, and the walk by shape alone.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

std::string difference(const Tensor& a, const Tensor& b) {
  return mismatch(a, b.dtype(), b.shape(), b.to_vector<double>());
}

nn::Sequential network() {
  return nn::Sequential{nn::LazyConv2d(4, 3, {.padding = 1, .bias = false}),
                        nn::LazyBatchNorm2d(),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::Sequential{nn::LazyConv2d(6, 3, {.stride = 2}), nn::ReLU()},
                        nn::AdaptiveAvgPool2d({2, 1}),
                        nn::Flatten(),
                        nn::Dropout(0.5),
                        nn::LazyLinear(3)};
}

TEST_CASE("LazyLinear: the number of inputs comes from the last dimension") {
  nn::LazyLinear lazy(3);
  CHECK(lazy.in_features() == std::nullopt);
  CHECK(lazy.str() == "LazyLinear(in_features=None, out_features=3, bias=True)");
  CHECK_FALSE(lazy.weight().is_initialized());
  CHECK(lazy(zeros({2, 4, 5})).shape() == Shape{2, 4, 3});
  CHECK(lazy.in_features() == 5);
  CHECK(lazy.weight().shape() == Shape{3, 5});
  CHECK(lazy.bias().shape() == Shape{3});
  CHECK(lazy.str() == "LazyLinear(in_features=5, out_features=3, bias=True)");
  CHECK(wrong_error<ShapeError>([&] { lazy(zeros({2, 4})); }, {"4", "5"}) == "");
}

TEST_CASE("LazyLinear: the same weights as an eager one") {
  manual_seed(1);
  nn::LazyLinear lazy(3, {.bias = false});
  nn::LazyLinear second(3, {.dtype = float64});
  second(zeros({1, 4}, {.dtype = float64}));
  lazy(zeros({1, 4}));
  manual_seed(1);
  const nn::Linear eager(4, 3, {.bias = false});
  const nn::Linear eager_second(4, 3, {.dtype = float64});
  CHECK(difference(lazy.weight(), eager.weight()) == "");
  CHECK(difference(second.weight(), eager_second.weight()) == "");
  CHECK(difference(second.bias(), eager_second.bias()) == "");
}

TEST_CASE("LazyLinear: a wrong first input leaves it as it was") {
  nn::LazyLinear lazy(3);
  CHECK(wrong_error<ShapeError>([&] { lazy(zeros({})); }, {"LazyLinear", "[]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { lazy(zeros({2, 0})); }, {"LazyLinear", "[2, 0]"}) == "");
  CHECK(wrong_error<DTypeError>(
            [&] {
              lazy(zeros({2, 3}, {.dtype = float64}));
            },
            {"linear", "float32", "float64"}) == "");
  lazy.load_state_dict({{"bias", zeros({3}, {.dtype = float64})}}, false);
  CHECK_THROWS_AS(lazy(zeros({2, 3})), DTypeError);
  CHECK(lazy.in_features() == std::nullopt);
}

TEST_CASE("LazyLinear: a state dict gives the shape, and is not overwritten") {
  nn::LazyLinear lazy(2);
  const Tensor weight = pattern({2, 3}, float32);
  lazy.load_state_dict({{"weight", weight}, {"bias", ones({2})}});
  CHECK(lazy.in_features() == 3);
  lazy(zeros({1, 3}));
  CHECK(difference(lazy.weight(), weight) == "");
  nn::LazyLinear other(2);
  CHECK(wrong_error<ValueError>(
            [&] {
              other.load_state_dict({{"weight", zeros({2})}, {"bias", ones({2})}});
            },
            {"weight", "(2, in_features)", "[2]"}) == "");
  CHECK_FALSE(other.bias().is_initialized());
}

TEST_CASE("LazyBatchNorm2d: the number of channels comes from the input") {
  nn::LazyBatchNorm2d lazy;
  CHECK(lazy.num_features() == std::nullopt);
  CHECK(lazy.extra_repr().starts_with("None, eps=1e-05"));
  CHECK_FALSE(nn::is_initialized(lazy.running_mean()));
  CHECK_FALSE(lazy.weight().is_initialized());
  const Tensor mean = lazy.running_mean();
  lazy(pattern({2, 3, 4, 4}, float32));
  CHECK(lazy.num_features() == 3);
  CHECK(mismatch(lazy.weight(), {3}, {1, 1, 1}) == "");
  CHECK(mismatch(lazy.bias(), {3}, {0, 0, 0}) == "");
  CHECK(mean.is_same(lazy.running_mean()));
  CHECK(mean.shape() == Shape{3});
  CHECK_THROWS_AS(lazy(zeros({2, 4, 4, 4})), ShapeError);
}

TEST_CASE("LazyBatchNorm2d: in evaluation the first statistics are 0 and 1") {
  nn::LazyBatchNorm2d lazy({.eps = 1e-12});
  lazy.eval();
  const Tensor x = pattern({2, 3, 2, 2}, float32);
  CHECK(mismatch(lazy(x), x.shape(), x.to_vector<double>(), 1e-6) == "");
  CHECK(lazy.state_dict().at("num_batches_tracked").item<int64_t>() == 0);
}

TEST_CASE("LazyBatchNorm2d: a wrong first input leaves it as it was") {
  nn::LazyBatchNorm2d lazy;
  CHECK(wrong_error<ShapeError>(
            [&] {
              lazy(zeros({2, 3, 4}));
            },
            {"LazyBatchNorm2d", "[2, 3, 4]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              lazy(zeros({2, 0, 4, 4}));
            },
            {"LazyBatchNorm2d", "0"}) == "");
  CHECK(wrong_error<DTypeError>(
            [&] {
              lazy(zeros({2, 3, 4, 4}, {.dtype = float64}));
            },
            {"batch_norm", "float32", "float64"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              lazy(zeros({1, 3, 1, 1}));
            },
            {"batch_norm", "more than one value per channel"}) == "");
  CHECK(lazy.num_features() == std::nullopt);
  CHECK_FALSE(nn::is_initialized(lazy.running_var()));
}

TEST_CASE("LazyBatchNorm2d: a state dict gives the shape") {
  nn::LazyBatchNorm2d lazy;
  nn::BatchNorm2d trained(3);
  trained(pattern({4, 3, 2, 2}, float32));
  lazy.load_state_dict(trained.state_dict());
  CHECK(lazy.num_features() == 3);
  CHECK(difference(lazy.running_var(), trained.running_var()) == "");
  CHECK(lazy.state_dict().at("num_batches_tracked").item<int64_t>() == 1);

  nn::LazyBatchNorm2d partly;
  partly.load_state_dict({{"running_mean", ones({2})}}, false);
  CHECK(partly.num_features() == 2);
  CHECK(mismatch(partly.running_mean(), {2}, {1, 1}) == "");
  CHECK(mismatch(partly.running_var(), {2}, {1, 1}) == "");
  CHECK(mismatch(partly.weight(), {2}, {1, 1}) == "");

  nn::LazyBatchNorm2d wrong;
  CHECK(wrong_error<ValueError>(
            [&] {
              wrong.load_state_dict({{"weight", ones({2})}, {"bias", ones({3})}}, false);
            },
            {"bias", "[3]"}) == "");
  CHECK(wrong.num_features() == std::nullopt);
}

TEST_CASE("materialize: the shape and the weights of a first call") {
  manual_seed(4);
  nn::Sequential walked = network();
  CHECK(nn::materialize(walked, {2, 3, 11, 9}) == Shape{2, 3});
  manual_seed(4);
  nn::Sequential called = network();
  CHECK(called(zeros({2, 3, 11, 9})).shape() == Shape{2, 3});
  const auto expected = called.named_parameters();
  for (const auto& entry : walked.named_parameters()) {
    INFO(entry.first);
    CHECK(entry.second.device() == cpu);
    CHECK(entry.second.requires_grad());
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].first);
    CHECK(difference(walked.parameters()[i], expected[i].second) == "");
  }
}

TEST_CASE("materialize: nothing is computed, running statistics stay") {
  nn::Sequential model = network();
  nn::materialize(model, {2, 3, 11, 9});
  const auto& norm = model.at<nn::LazyBatchNorm2d>(1);
  CHECK(mismatch(norm.running_mean(), {4}, {0, 0, 0, 0}) == "");
  CHECK(mismatch(norm.running_var(), {4}, {1, 1, 1, 1}) == "");
  CHECK(norm.state_dict().at("num_batches_tracked").item<int64_t>() == 0);
  CHECK(model.is_training());
  const uint64_t version = norm.running_mean().version();
  nn::materialize(model, {2, 3, 11, 9});
  CHECK(norm.running_mean().version() == version);
  CHECK(nn::materialize(model, {5, 3, 20, 20}) == Shape{5, 3});
}

TEST_CASE("materialize: images too large for any memory are no problem") {
  nn::Sequential model{nn::LazyConv2d(4, 3, {.padding = 1}), nn::MaxPool2d(2)};
  CHECK(nn::materialize(model, {1000000, 3, 100000, 100000}) == Shape{1000000, 4, 50000, 50000});
}

TEST_CASE("materialize: double precision") {
  nn::LazyConv2d conv(2, 3, {.dtype = float64});
  CHECK_THROWS_AS(nn::materialize(conv, {1, 2, 5, 5}, float32), DTypeError);
  CHECK(conv.in_channels() == std::nullopt);
  nn::materialize(conv, {1, 2, 5, 5});
  CHECK(conv.weight().dtype() == float64);
}

TEST_CASE("materialize: what does not fit raises the model's error") {
  nn::Sequential model = network();
  CHECK_THROWS_AS(nn::materialize(model, {2, 3}), ShapeError);
  CHECK_FALSE(model.parameters()[0].is_initialized());
}

}  // namespace
