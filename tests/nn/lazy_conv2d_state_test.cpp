// LazyConv2d: first values, state dicts, and what can be done before the first forward.
#include <doctest/doctest.h>

#include <cmath>

#include "lucid/lucid.h"
#include "tests/support/check.h"
#include "tests/support/temporary_folder.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

std::string difference(const Tensor& a, const Tensor& b) {
  return mismatch(a, b.dtype(), b.shape(), b.to_vector<double>());
}

void check_untouched(const nn::LazyConv2d& lazy) {
  CHECK(lazy.in_channels() == std::nullopt);
  CHECK_FALSE(lazy.weight().is_initialized());
  CHECK_FALSE(lazy.bias().is_initialized());
}

TEST_CASE("LazyConv2d: first values are PyTorch's distributions") {
  manual_seed(3);
  nn::LazyConv2d lazy(64, 3, {.groups = 2});
  lazy(zeros({1, 32, 4, 4}));
  const double bound = 1 / std::sqrt(16.0 * 9);
  for (const Tensor& tensor : {Tensor(lazy.weight()), Tensor(lazy.bias())}) {
    double greatest = 0, squares = 0, sum = 0;
    for (const double value : tensor.to_vector<double>()) {
      greatest = std::max(greatest, std::abs(value));
      squares += value * value;
      sum += value;
    }
    const auto count = static_cast<double>(tensor.numel());
    CHECK(greatest <= bound);
    CHECK(greatest > 0.9 * bound);
    // Five standard errors of mean and variance of a uniform distribution.
    CHECK(std::abs(sum / count) < 5 * bound / std::sqrt(3 * count));
    CHECK(std::abs(squares / count - bound * bound / 3) <
          5 * bound * bound * std::sqrt(4.0 / 45 / count));
  }
}

TEST_CASE("LazyConv2d: the same seed gives the same weights, lazy or eager") {
  for (const bool bias : {true, false}) {
    manual_seed(7);
    nn::LazyConv2d lazy(4, 3, {.bias = bias});
    nn::LazyLinear after(3);
    lazy(zeros({1, 2, 5, 5}));
    manual_seed(7);
    const nn::Conv2d eager(2, 4, 3, {.bias = bias});
    const nn::Linear eager_after(6, 3);
    CHECK(difference(lazy.weight(), eager.weight()) == "");
    if (bias) CHECK(difference(lazy.bias(), eager.bias()) == "");
    after(zeros({1, 6}));
    CHECK(difference(after.weight(), eager_after.weight()) == "");
  }
}

TEST_CASE("LazyConv2d: the same seed gives the same weights in any order of materialisation") {
  manual_seed(11);
  nn::LazyConv2d first(4, 3), second(4, 3);
  first(zeros({1, 2, 5, 5}));
  second(zeros({1, 2, 5, 5}));
  manual_seed(11);
  nn::LazyConv2d early(4, 3), late(4, 3);
  rand({100});
  late(zeros({1, 2, 5, 5}));
  early(zeros({1, 2, 5, 5}));
  CHECK(difference(early.weight(), first.weight()) == "");
  CHECK(difference(late.weight(), second.weight()) == "");
  CHECK(difference(late.bias(), second.bias()) == "");
  CHECK(difference(early.weight(), late.weight()) != "");
}

TEST_CASE("LazyConv2d: weights do not depend on the first input's values, size or batch") {
  manual_seed(2);
  nn::LazyConv2d a(4, 3);
  a(zeros({1, 2, 5, 5}));
  manual_seed(2);
  nn::LazyConv2d b(4, 3);
  const NoGradGuard guard;
  b(randn({2, 9, 8}));
  CHECK(difference(a.weight(), b.weight()) == "");
  CHECK(b.weight().requires_grad());
}

TEST_CASE("LazyConv2d: before the first forward parameters are listed and named") {
  nn::LazyConv2d lazy(4, 3);
  const auto named = lazy.named_parameters();
  REQUIRE(named.size() == 2);
  CHECK(named[0].first == "weight");
  CHECK(named[1].first == "bias");
  const StateDict state = lazy.state_dict();
  REQUIRE(state.size() == 2);
  CHECK_FALSE(nn::is_initialized(state.at("weight")));
  lazy.eval();
  lazy.zero_grad();
  CHECK_FALSE(lazy.is_training());
  lazy(zeros({1, 2, 5, 5}));
  // What was handed out before is the same parameter.
  CHECK(named[0].second.is_same(lazy.weight()));
  CHECK(named[0].second.shape() == Shape{4, 2, 3, 3});
  CHECK(nn::is_initialized(state.at("bias")));
}

TEST_CASE("LazyConv2d: freezing works before the first forward") {
  nn::LazyConv2d lazy(4, 3);
  lazy.requires_grad_(false);
  const Tensor y = lazy(zeros({1, 2, 5, 5}));
  CHECK_FALSE(lazy.weight().requires_grad());
  CHECK_FALSE(y.requires_grad());
}

TEST_CASE("LazyConv2d: a use of values before the first forward is an error") {
  const nn::LazyConv2d lazy(4, 3);
  const nn::Parameter weight = lazy.weight();
  CHECK(wrong_error<UninitializedError>([&] { weight.shape(); }, {"uninitialized"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { weight.numel(); }, {}) == "");
  CHECK(wrong_error<UninitializedError>([&] { weight.data<float>(); }, {}) == "");
  CHECK(wrong_error<UninitializedError>([&] { weight.to_vector<float>(); }, {}) == "");
  CHECK(wrong_error<UninitializedError>([&] { weight.sum(); }, {}) == "");
  CHECK(wrong_error<UninitializedError>([&] { weight + weight; }, {}) == "");
  CHECK(wrong_error<UninitializedError>([&] { weight.detach().fill_(1); }, {}) == "");
}

TEST_CASE("LazyConv2d: a model is saved and loaded before its first forward") {
  const TemporaryFolder folder;
  const nn::Sequential model{nn::Linear(2, 2), nn::LazyConv2d(4, 3)};
  save(model.state_dict(), folder.file("weights"));
  nn::Sequential other{nn::Linear(2, 2), nn::LazyConv2d(4, 3)};
  const nn::LoadResult result = other.load_state_dict(load(folder.file("weights")));
  CHECK(result.missing_keys.empty());
  CHECK(difference(other.at<nn::Linear>(0).weight(), model.at<nn::Linear>(0).weight()) == "");
  check_untouched(other.at<nn::LazyConv2d>(1));
  // Weights that are there are not forgotten.
  other.at<nn::LazyConv2d>(1)(zeros({1, 2, 5, 5}));
  CHECK(wrong_error<ValueError>([&] { other.load_state_dict(load(folder.file("weights"))); },
                                {"1.weight", "uninitialized", "1.bias"}) == "");
}

TEST_CASE("LazyConv2d: an optimiser built early trains it") {
  nn::LazyConv2d lazy(2, 1);
  optim::SGD sgd(lazy.parameters(), {.lr = 0.5});
  sgd.step();
  sgd.zero_grad();
  check_untouched(lazy);
  lazy(ones({1, 1, 1, 1})).sum().backward();
  const Tensor before = lazy.weight().detach().clone();
  sgd.step();
  CHECK(mismatch(lazy.weight().detach() - before, {2, 1, 1, 1}, {-0.5, -0.5}, 1e-6) == "");
}

TEST_CASE("LazyConv2d: a state dict materialises it") {
  nn::LazyConv2d lazy(4, {3, 2}, {.groups = 2});
  const nn::Parameter weight = lazy.weight();
  const StateDict state{{"weight", pattern({4, 3, 3, 2}, float32)},
                        {"bias", pattern({4}, float32, 2)}};
  const nn::LoadResult result = lazy.load_state_dict(state);
  CHECK(result.missing_keys.empty());
  CHECK(result.unexpected_keys.empty());
  CHECK(lazy.in_channels() == 6);
  CHECK(weight.is_same(lazy.weight()));
  CHECK(difference(lazy.weight(), state.at("weight")) == "");
  CHECK(difference(lazy.bias(), state.at("bias")) == "");
  CHECK(lazy.weight().requires_grad());
  // The module has a copy of its own.
  state.at("weight").fill_(9);
  CHECK(lazy.weight().at<float>({0, 0, 0, 0}) != 9);

  SUBCASE("and the first forward leaves what was loaded") {
    const Tensor loaded = lazy.weight().detach().clone();
    CHECK(lazy(zeros({1, 6, 5, 5})).shape() == Shape{1, 4, 3, 4});
    CHECK(difference(lazy.weight(), loaded) == "");
    CHECK(difference(lazy.bias(), state.at("bias")) == "");
  }
  SUBCASE("and another number of channels is refused") {
    CHECK_THROWS_AS(lazy(zeros({1, 4, 5, 5})), ShapeError);
    CHECK(lazy.in_channels() == 6);
  }
}

TEST_CASE("LazyConv2d: checkpoints round-trip between lazy and eager layers and files") {
  const TemporaryFolder folder;
  nn::Conv2d eager(3, 4, 3);
  save(eager.state_dict(), folder.file("weights"));
  nn::LazyConv2d lazy(4, 3);
  lazy.load_state_dict(load(folder.file("weights")));
  nn::Conv2d again(3, 4, 3);
  again.load_state_dict(lazy.state_dict());
  const Tensor x = randn({2, 3, 5, 5});
  CHECK(difference(lazy(x), eager(x)) == "");
  CHECK(difference(again(x), eager(x)) == "");
}

TEST_CASE("LazyConv2d: the type is the module's if set, else the checkpoint's") {
  const StateDict state{{"weight", pattern({2, 1, 1, 1}, float64)},
                        {"bias", pattern({2}, float64)}};
  nn::LazyConv2d open(2, 1);
  open.load_state_dict(state);
  CHECK(open.weight().dtype() == float64);
  CHECK(open.bias().dtype() == float64);
  CHECK(open(zeros({1, 2, 2}, {.dtype = float64})).dtype() == float64);
  nn::LazyConv2d mixed(2, 1);
  mixed.load_state_dict({{"weight", state.at("weight")}, {"bias", zeros({2})}});
  CHECK(mixed.bias().dtype() == float64);
  nn::LazyConv2d single(2, 1, {.dtype = float32});
  single.load_state_dict(state);
  CHECK(single.weight().dtype() == float32);
  CHECK(difference(single.weight(), state.at("weight").to(float32)) == "");
  CHECK(single.bias().dtype() == float32);
}

TEST_CASE("LazyConv2d: what does not fit is refused and changes nothing") {
  const Tensor bias = zeros({4});
  const auto refusal = [&](const StateDict& state, std::initializer_list<const char*> parts) {
    nn::Sequential model{nn::Linear(2, 2), nn::LazyConv2d(4, {3, 2})};
    auto& lazy = model.at<nn::LazyConv2d>(1);
    const Tensor before = model.at<nn::Linear>(0).weight().detach().clone();
    StateDict whole{{"0.weight", zeros({2, 2})}, {"0.bias", zeros({2})}};
    for (const auto& [name, value] : state) whole.insert("1." + name, value);
    const std::string wrong = wrong_error<ValueError>([&] { model.load_state_dict(whole); }, parts);
    check_untouched(lazy);
    CHECK(difference(model.at<nn::Linear>(0).weight(), before) == "");
    return wrong;
  };
  // Another rank, out_channels, kernel size, or no channels.
  CHECK(refusal({{"weight", zeros({4, 3, 3})}, {"bias", bias}},
                {"1.weight", "(4, in_channels / groups, 3, 2)", "[4, 3, 3]"}) == "");
  CHECK(refusal({{"weight", zeros({5, 3, 3, 2})}, {"bias", bias}}, {"1.weight", "[5, 3, 3, 2]"}) ==
        "");
  CHECK(refusal({{"weight", zeros({4, 3, 2, 3})}, {"bias", bias}}, {"1.weight", "[4, 3, 2, 3]"}) ==
        "");
  CHECK(refusal({{"weight", zeros({4, 0, 3, 2})}, {"bias", bias}}, {"1.weight", "[4, 0, 3, 2]"}) ==
        "");
  CHECK(refusal({{"weight", zeros({})}, {"bias", bias}}, {"1.weight", "[]"}) == "");
  CHECK(refusal({{"weight", zeros({4, 1, 3, 2}, {.dtype = int64})}, {"bias", bias}},
                {"1.weight", "int64"}) == "");
  CHECK(refusal({{"weight", zeros({4, 1, 3, 2})}, {"bias", zeros({3})}},
                {"1.bias", "[4]", "[3]"}) == "");
  CHECK(refusal({{"weight", zeros({4, 1, 3, 2})}}, {"1.bias", "missing"}) == "");
  CHECK(refusal({{"weight", Tensor()}, {"bias", bias}}, {"1.weight", "undefined"}) == "");
  CHECK(refusal({{"weight", empty({4, 1, 3, 2}, {.device = meta})}, {"bias", bias}},
                {"1.weight", "meta"}) == "");
}

TEST_CASE("LazyConv2d: a state dict with one of its two tensors") {
  const nn::Conv2d expected = [] {
    manual_seed(5);
    return nn::Conv2d(3, 2, 1);
  }();
  manual_seed(5);
  nn::LazyConv2d lazy(2, 1);
  SUBCASE("the weight gives the shape, and the bias gets its first values") {
    const Tensor weight = pattern({2, 3, 1, 1}, float32);
    const auto result = lazy.load_state_dict({{"weight", weight}}, false);
    CHECK(result.missing_keys == std::vector<std::string>{"bias"});
    CHECK(lazy.in_channels() == 3);
    CHECK(difference(lazy.weight(), weight) == "");
    CHECK(difference(lazy.bias(), expected.bias()) == "");
  }
  SUBCASE("the bias alone does not, and is kept") {
    const Tensor bias = pattern({2}, float32);
    lazy.load_state_dict({{"bias", bias}}, false);
    CHECK(lazy.in_channels() == std::nullopt);
    lazy(zeros({1, 3, 2, 2}));
    CHECK(difference(lazy.weight(), expected.weight()) == "");
    CHECK(difference(lazy.bias(), bias) == "");
  }
  SUBCASE("a loaded bias of another type than the input leaves the weight unset") {
    lazy.load_state_dict({{"bias", pattern({2})}}, false);
    CHECK(wrong_error<DTypeError>([&] { lazy(zeros({1, 3, 2, 2})); }, {"float64"}) == "");
    CHECK(lazy.in_channels() == std::nullopt);
  }
}

}  // namespace
