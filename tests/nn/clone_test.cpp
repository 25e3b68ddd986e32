// Deep copies of modules.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

// A module with everything a member can be, and nothing said about cloning.
struct Block : nn::Module {
  nn::LazyConv2d conv = register_module("conv", nn::LazyConv2d(3, 1));
  nn::LazyBatchNorm2d norm = register_module("norm", nn::LazyBatchNorm2d());
  nn::Parameter gain = register_parameter("gain", nn::Parameter(full({1}, 2.0)));
  nn::Buffer calls = register_buffer("calls", zeros({1}));
  std::vector<nn::Linear> heads;
  nn::ModuleList list = register_module("list", nn::ModuleList{nn::Linear(3, 3)});

  Block() {
    for (int i = 0; i < 2; ++i) {
      heads.push_back(register_module("head" + std::to_string(i), nn::Linear(3, 2)));
    }
  }
  Tensor forward(const Tensor& x) override {
    calls.add_(1);
    Tensor y = norm(conv(x)).mean({2, 3}) * gain;
    for (nn::Module& layer : list) y = layer(y);
    return heads[0](y) + heads[1](y);
  }
};

std::vector<const Storage*> storages(const nn::Module& module) {
  std::vector<const Storage*> result;
  for (const auto& entry : module.state_dict()) {
    result.push_back(entry.second.impl()->storage.get());
  }
  return result;
}

void check_apart(const nn::Module& a, const nn::Module& b) {
  const auto mine = storages(a);
  const auto theirs = storages(b);
  REQUIRE(mine.size() == theirs.size());
  for (const Storage* storage : mine) {
    if (!storage) continue;
    CHECK(std::find(theirs.begin(), theirs.end(), storage) == theirs.end());
  }
}

void check_equal(const nn::Module& a, const nn::Module& b) {
  const StateDict theirs = b.state_dict();
  for (const auto& entry : a.state_dict()) {
    const std::string& name = entry.first;
    CAPTURE(name);
    CHECK(equal(entry.second, theirs.at(name)));
  }
}

const Tensor images = pattern({2, 2, 4, 4}, float32);

TEST_CASE("clone: a custom module keeps its type and shares nothing") {
  Block original;
  const Tensor before = original(images);
  Block copy = nn::clone(original);
  CHECK(copy.type_name() == "Block");
  check_equal(original, copy);
  check_apart(original, copy);
  CHECK(equal(original(images), copy(images)));
  // Every member belongs to the clone: what is registered is what forward() uses.
  for (const auto& entry : copy.named_parameters()) {
    const NoGradGuard guard;
    entry.second.fill_(0);
  }
  CHECK(copy(images).abs().max().item<double>() == 0);
  CHECK(original.gain.item<double>() == 2);
  CHECK(copy.calls.item<double>() == 3);
  CHECK(original.calls.item<double>() == 2);
  CHECK(copy.heads[1].weight().is_same(copy.named_parameters().at(9).second) !=
        copy.heads[1].weight().is_same(original.heads[1].weight()));
  CHECK(before.shape() == Shape{2, 2});
}

TEST_CASE("clone: before the first forward, with the same first values to come") {
  manual_seed(3);
  Block original;
  Block copy = nn::clone(original);
  CHECK(copy.has_uninitialized());
  copy(images);
  CHECK(original.has_uninitialized());
  CHECK(original.conv.in_channels() == std::nullopt);
  CHECK(copy.conv.in_channels() == 2);
  original(images);
  check_equal(original, copy);
  check_apart(original, copy);
  CHECK(wrong_error<UninitializedError>(
            [] {
              nn::Sequential outer{{"inner", nn::clone(nn::Sequential{nn::LazyLinear(2)})}};
              outer.parameters()[0].sum();
            },
            {"inner.0.weight"}) == "");
}

TEST_CASE("clone: modes, frozen parameters and types") {
  nn::Sequential original{nn::Linear(2, 3, {.dtype = float64}), nn::Dropout(0.5),
                          nn::LazyLinear(2, {.dtype = float64})};
  original[1].eval();
  original.at<nn::Linear>(0).requires_grad_(false);
  original.at<nn::LazyLinear>(2).requires_grad_(false);
  nn::Sequential copy = nn::clone(original);
  CHECK(copy.is_training());
  CHECK_FALSE(copy[1].is_training());
  CHECK_FALSE(copy.at<nn::Linear>(0).weight().requires_grad());
  CHECK(copy.at<nn::Linear>(0).weight().dtype() == float64);
  copy(ones({1, 2}, {.dtype = float64}));
  CHECK_FALSE(copy.at<nn::LazyLinear>(2).weight().requires_grad());
  copy.train(false);
  CHECK(original.is_training());
}

TEST_CASE("clone: gradients and hooks stay with the original") {
  nn::Linear original(2, 1);
  int calls = 0;
  const nn::HookHandle hook = original.register_forward_hook(
      [&calls](nn::Module&, const Tensor&, const Tensor&) { ++calls; });
  original(ones({1, 2})).sum().backward();
  nn::Linear copy = nn::clone(original);
  CHECK_FALSE(copy.weight().grad().defined());
  CHECK(copy.weight().is_leaf());
  copy(ones({1, 2})).sum().backward();
  CHECK(calls == 1);
  CHECK(mismatch(original.weight().grad(), {1, 2}, {1, 1}) == "");
}

TEST_CASE("clone: what was shared inside stays shared inside") {
  const nn::Linear tied(2, 2);
  nn::Sequential original{tied, nn::ReLU(), tied};
  nn::Sequential copy = nn::clone(original);
  CHECK(copy.parameters().size() == 2);
  CHECK(copy.at<nn::Linear>(0).weight().is_same(copy.at<nn::Linear>(2).weight()));
  CHECK_FALSE(copy.at<nn::Linear>(0).weight().is_same(tied.weight()));
}

TEST_CASE("clone: copies stay handles outside of it") {
  nn::Sequential original{nn::LazyLinear(2)};
  nn::Sequential copy = nn::clone(original);
  const nn::Sequential handle = copy;
  copy(ones({1, 3}));
  CHECK(handle.at<nn::LazyLinear>(0).in_features() == 3);
  const nn::Parameter weight = copy.parameters()[0];
  CHECK(weight.is_same(copy.parameters()[0]));
  // A clone of a clone, and one that is moved around.
  nn::Sequential again = nn::clone(nn::clone(copy));
  check_equal(copy, again);
  check_apart(copy, again);
}

TEST_CASE("clone: an optimiser of the clone leaves the original alone") {
  nn::Linear original(2, 1);
  nn::Linear copy = nn::clone(original);
  optim::SGD sgd(copy.parameters(), {.lr = 1});
  const Tensor before = original.weight().detach().clone();
  copy(ones({1, 2})).sum().backward();
  sgd.step();
  CHECK(equal(original.weight(), before));
  CHECK_FALSE(equal(copy.weight(), before));
}

TEST_CASE("clone: a module given as one of its bases is refused") {
  const nn::Sequential model{nn::LazyLinear(2)};
  const nn::Linear& base = model.at<nn::LazyLinear>(0);
  CHECK(wrong_error<ValueError>([&] { nn::clone(base); }, {"LazyLinear", "base"}) == "");
  const nn::Module& module = model;
  CHECK(wrong_error<ValueError>([&] { nn::clone(module); }, {"Sequential"}) == "");
  // The refusal leaves copying as it was.
  const nn::Sequential handle = model;
  CHECK(handle.parameters()[0].is_same(model.parameters()[0]));
}

}  // namespace
