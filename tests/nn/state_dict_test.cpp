// Loading state dicts into modules.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

nn::Sequential model_of(int64_t in) {
  return nn::Sequential{nn::Linear(in, 3), nn::BatchNorm2d(2), nn::LazyLinear(4),
                        nn::LazyBatchNorm2d()};
}

StateDict values_for(const nn::Sequential& model) {
  StateDict state;
  uint64_t seed = 1;
  for (const auto& [name, value] : model.state_dict()) {
    if (name == "2.weight") {
      state.insert(name, pattern({4, 5}, float32, ++seed));
    } else if (!nn::is_initialized(value)) {
      state.insert(name, pattern({name.starts_with("2") ? 4 : 6}, float32, ++seed));
    } else {
      state.insert(name,
                   value.shape().empty() ? full({}, 7) : pattern(value.shape(), float32, ++seed));
    }
  }
  return state;
}

std::string difference(const Tensor& a, const Tensor& b) {
  return mismatch(a, b.dtype(), b.shape(), b.to_vector<double>());
}

TEST_CASE("load_state_dict: parameters and buffers, lazy and not") {
  nn::Sequential model = model_of(2);
  const StateDict state = values_for(model);
  const nn::LoadResult result = model.load_state_dict(state);
  CHECK(result.missing_keys.empty());
  CHECK(result.unexpected_keys.empty());
  const StateDict loaded = model.state_dict();
  REQUIRE(loaded.size() == state.size());
  for (const auto& entry : state) {
    INFO(entry.first);
    CHECK(difference(loaded.at(entry.first), entry.second) == "");
  }
  CHECK(model.at<nn::LazyBatchNorm2d>(3).num_features() == 6);
  CHECK(loaded.at("3.num_batches_tracked").dtype() == int64);
}

TEST_CASE("state_dict: shares memory, without the tape") {
  const nn::Linear linear(2, 3);
  const StateDict state = linear.state_dict();
  CHECK_FALSE(state.at("weight").requires_grad());
  state.at("weight").fill_(4);
  CHECK(linear.weight().at<float>({2, 1}) == 4);
}

TEST_CASE("load_state_dict: everything wrong is in one error, and nothing changes") {
  nn::Sequential model = model_of(2);
  StateDict state = values_for(model);
  state.set("0.weight", zeros({3, 9}));
  state.set("1.running_mean", zeros({5}));
  state.set("1.num_batches_tracked", full({}, 0.5));
  state.set("2.weight", zeros({7, 5}));
  state.set("3.bias", zeros({2, 6}));
  state.erase("0.bias");
  state.insert("9.weight", zeros({1}));
  const Tensor weight = model.at<nn::Linear>(0).weight().detach().clone();
  CHECK(wrong_error<ValueError>(
            [&] { model.load_state_dict(state); },
            {"load_state_dict", "Sequential", "nothing was changed", "0.weight", "[3, 2]", "[3, 9]",
             "1.running_mean", "[2]", "[5]", "1.num_batches_tracked", "int64", "2.weight",
             "(4, in_features)", "[7, 5]", "3.bias", "[2, 6]", "0.bias: missing",
             "9.weight: unexpected"}) == "");
  CHECK(difference(model.at<nn::Linear>(0).weight(), weight) == "");
  CHECK(mismatch(model.at<nn::BatchNorm2d>(1).weight(), {2}, {1, 1}) == "");
  CHECK(model.at<nn::LazyLinear>(2).in_features() == std::nullopt);
  CHECK(model.at<nn::LazyBatchNorm2d>(3).num_features() == std::nullopt);
}

TEST_CASE("load_state_dict: not strict, missing and unexpected keys are reported") {
  nn::Linear linear(2, 1);
  const Tensor bias = linear.bias().detach().clone();
  const nn::LoadResult result =
      linear.load_state_dict({{"weight", ones({1, 2})}, {"other", ones({1})}}, false);
  CHECK(result.missing_keys == std::vector<std::string>{"bias"});
  CHECK(result.unexpected_keys == std::vector<std::string>{"other"});
  CHECK(mismatch(linear.weight(), {1, 2}, {1, 1}) == "");
  CHECK(difference(linear.bias(), bias) == "");
  // A mismatch is an error all the same.
  CHECK(wrong_error<ValueError>(
            [&] {
              linear.load_state_dict({{"weight", ones({2, 2})}}, false);
            },
            {"weight", "[1, 2]", "[2, 2]"}) == "");
  CHECK(wrong_error<ValueError>(
            [&] {
              linear.load_state_dict({{"weight", Tensor()}}, false);
            },
            {"weight"}) == "");
}

TEST_CASE("load_state_dict: values take the module's type") {
  nn::Linear linear(2, 1);
  linear.load_state_dict(
      {{"weight", tensor({{0.1, 0.2}}, {.dtype = float64})}, {"bias", tensor({3})}});
  CHECK(linear.weight().dtype() == float32);
  CHECK(linear.weight().at<float>({0, 0}) == 0.1f);
  CHECK(linear.bias().at<float>({0}) == 3);
  nn::Linear wide(2, 1, {.dtype = float64});
  wide.load_state_dict(linear.state_dict());
  CHECK(wide.weight().dtype() == float64);
  CHECK(wide.weight().at<double>({0, 1}) == static_cast<double>(0.2f));
}

TEST_CASE("load_state_dict: parameters stay the leaves they were") {
  nn::Linear linear(2, 1);
  const nn::Parameter weight = linear.weight();
  optim::SGD sgd(linear.parameters(), {.lr = 1});
  linear.load_state_dict({{"weight", ones({1, 2})}, {"bias", zeros({1})}});
  CHECK(weight.is_same(linear.weight()));
  CHECK(weight.is_leaf());
  linear(ones({1, 2})).sum().backward();
  sgd.step();
  CHECK(mismatch(weight, {1, 2}, {0, 0}) == "");
}

TEST_CASE("load_state_dict: a module takes its own") {
  nn::Linear linear(3, 2);
  const Tensor before = linear.weight().detach().clone();
  linear.load_state_dict(linear.state_dict());
  CHECK(difference(linear.weight(), before) == "");
}

TEST_CASE("load_state_dict: views that are not row-major") {
  nn::Linear linear(3, 2);
  const Tensor values = pattern({3, 2}, float32);
  linear.load_state_dict({{"weight", values.t()}, {"bias", values.select(1, 0).narrow(0, 1, 2)}});
  CHECK(difference(linear.weight(), values.t()) == "");
  CHECK(mismatch(linear.bias(), {2}, {values.at<double>({1, 0}), values.at<double>({2, 0})}) == "");
}

TEST_CASE("load_state_dict: two values for one lazy parameter must agree") {
  const nn::LazyLinear shared(2, {.bias = false});
  nn::Sequential model{shared, nn::ReLU(), shared};
  CHECK(wrong_error<ValueError>(
            [&] {
              model.load_state_dict({{"0.weight", zeros({2, 3})}, {"2.weight", zeros({2, 4})}});
            },
            {"2.weight", "[2, 3]", "[2, 4]"}) == "");
  CHECK(shared.in_features() == std::nullopt);
  model.load_state_dict({{"0.weight", zeros({2, 2})}, {"2.weight", ones({2, 2})}});
  CHECK(mismatch(shared.weight(), {2, 2}, {1, 1, 1, 1}) == "");
}

}  // namespace
