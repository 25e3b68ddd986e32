// Sequential, ModuleList and ModuleDict: names, access, loops, nesting and printing.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

TEST_CASE("Sequential: named layers") {
  nn::Sequential model{{"conv", nn::LazyConv2d(2, 1)}, {"relu", nn::ReLU()}};
  model.push_back("flat", nn::Flatten()).push_back(nn::LazyLinear(3));
  CHECK(model.size() == 4);
  CHECK(model(ones({1, 2, 3, 3})).shape() == Shape{1, 3});
  CHECK(model.named_parameters()[0].first == "conv.weight");
  CHECK(model.named_parameters()[2].first == "3.weight");
  CHECK(model.contains("relu"));
  CHECK_FALSE(model.contains("1"));
  CHECK(model["conv"].type_name() == "LazyConv2d");
  CHECK(model.at<nn::LazyConv2d>("conv").in_channels() == 2);
  CHECK(wrong_error<IndexError>([&] { model["pool"]; },
                                {"Sequential", "pool", "conv, relu, flat, 3"}) == "");
  CHECK(wrong_error<ValueError>([&] { model.at<nn::ReLU>("conv"); },
                                {"Sequential", "conv", "LazyConv2d"}) == "");
  CHECK_THROWS_AS(model.push_back("relu", nn::ReLU()), ValueError);
  CHECK_THROWS_AS((nn::Sequential{{"a", nn::ReLU()}, {"a", nn::ReLU()}}), ValueError);
  CHECK(model.size() == 4);
  CHECK(model.str() == R"(Sequential(
  (conv): LazyConv2d(in_channels=2, out_channels=2, kernel_size=(1, 1), stride=(1, 1))
  (relu): ReLU()
  (flat): Flatten(start_dim=1, end_dim=-1)
  (3): LazyLinear(in_features=18, out_features=3, bias=True)
))");
}

TEST_CASE("Sequential: positions, also from the end, and loops") {
  nn::Sequential model{nn::Linear(1, 2), nn::ReLU(), nn::Linear(2, 3)};
  CHECK(model[0].type_name() == "Linear");
  CHECK(&model[-1] == &model[2]);
  CHECK(model.at<nn::Linear>(-1).out_features() == 3);
  CHECK_THROWS_AS(model[3], IndexError);
  CHECK_THROWS_AS(model[-4], IndexError);
  std::string types;
  for (const nn::Module& module : model) types += module.type_name() + " ";
  CHECK(types == "Linear ReLU Linear ");
  CHECK(std::distance(model.begin(), model.end()) == 3);
  CHECK(model.begin()->type_name() == "Linear");
}

TEST_CASE("Sequential: an empty one is the identity") {
  nn::Sequential model;
  const Tensor x = ones({2});
  CHECK(model(x).is_same(x));
  CHECK(model.empty());
  CHECK(model.str() == "Sequential()");
  CHECK(model.parameters().empty());
  CHECK(nn::Sequential({}).empty());
}

TEST_CASE("Sequential: nesting") {
  nn::Sequential model{nn::Sequential{nn::Linear(1, 2), nn::Sequential{}}, nn::ReLU()};
  CHECK(model.named_parameters()[0].first == "0.0.weight");
  CHECK(model(ones({1, 1})).shape() == Shape{1, 2});
  CHECK(model.str() == R"(Sequential(
  (0): Sequential(
    (0): Linear(in_features=1, out_features=2, bias=True)
    (1): Sequential()
  )
  (1): ReLU()
))");
}

TEST_CASE("ModuleList: modules in a list") {
  nn::ModuleList list{nn::Linear(1, 2), nn::ReLU()};
  list.push_back(nn::Linear(2, 1));
  CHECK(list.size() == 3);
  CHECK(list.at<nn::Linear>(2).in_features() == 2);
  Tensor x = ones({1, 1});
  for (nn::Module& layer : list) x = layer(x);
  CHECK(x.shape() == Shape{1, 1});
  CHECK(list.parameters().size() == 4);
  CHECK(wrong_error<NotImplementedError>([&] { list(x); }, {"ModuleList", "forward"}) == "");
  CHECK(list.str() == R"(ModuleList(
  (0): Linear(in_features=1, out_features=2, bias=True)
  (1): ReLU()
  (2): Linear(in_features=2, out_features=1, bias=True)
))");
}

TEST_CASE("ModuleDict: modules by name, in order") {
  nn::ModuleDict dict{{"wide", nn::Linear(1, 9)}, {"act", nn::ReLU()}};
  dict.insert("narrow", nn::LazyLinear(1));
  CHECK(dict.size() == 3);
  CHECK(dict["wide"](ones({1, 1})).shape() == Shape{1, 9});
  CHECK(dict.at<nn::LazyLinear>("narrow").out_features() == 1);
  CHECK(dict.contains("act"));
  CHECK(dict.named_children()[2].first == "narrow");
  CHECK(dict.named_parameters()[0].first == "wide.weight");
  CHECK_THROWS_AS(dict["none"], IndexError);
  CHECK_THROWS_AS(dict.insert("act", nn::ReLU()), ValueError);
  CHECK_THROWS_AS(dict.insert("a.b", nn::ReLU()), ValueError);
  CHECK_THROWS_AS(dict(ones({1})), NotImplementedError);
}

TEST_CASE("containers are modules like any other") {
  struct Net : nn::Module {
    nn::ModuleList blocks = register_module("blocks", nn::ModuleList());
    nn::ModuleDict heads =
        register_module("heads", nn::ModuleDict{{"a", nn::LazyLinear(2)}, {"b", nn::Identity()}});
    Net() { blocks.push_back(nn::LazyLinear(4)).push_back(nn::Tanh()); }
    Tensor forward(const Tensor& x) override {
      Tensor y = x;
      for (nn::Module& block : blocks) y = block(y);
      return heads["b"](heads["a"](y));
    }
  };
  Net net;
  CHECK(net(ones({1, 3})).shape() == Shape{1, 2});
  std::vector<std::string> names;
  for (const auto& entry : net.named_parameters()) names.push_back(entry.first);
  CHECK(names == std::vector<std::string>{"blocks.0.weight", "blocks.0.bias", "heads.a.weight",
                                          "heads.a.bias"});
  net.eval();
  CHECK_FALSE(net.heads["a"].is_training());
}

TEST_CASE("Module: casts keep handles, gradients and buffers together") {
  nn::Sequential model{nn::Linear(2, 3), nn::BatchNorm1d(3)};
  const nn::Parameter weight = model.at<nn::Linear>(0).weight();
  const Tensor before = weight.detach().clone();
  const Tensor x = pattern({4, 2}, float32);
  const Tensor loss = model(x).square().sum();
  model(x).sum().backward();
  model.to(float64);
  CHECK(weight.is_same(model.at<nn::Linear>(0).weight()));
  CHECK(weight.dtype() == float64);
  CHECK(equal(weight, before.to(float64)));
  CHECK(weight.grad().dtype() == float64);
  CHECK(weight.requires_grad());
  CHECK(weight.is_leaf());
  CHECK(model.state_dict().at("1.running_var").dtype() == float64);
  CHECK(model.state_dict().at("1.num_batches_tracked").dtype() == int64);
  CHECK(model(x.to(float64)).dtype() == float64);
  // What was recorded before does not fit any more, and says so.
  CHECK_THROWS_AS(loss.backward(), AutogradError);
  model.to(float32);
  CHECK(equal(weight, before));
  CHECK(wrong_error<DTypeError>([&] { model.to(int64); }, {"Sequential", "int64"}) == "");
}

TEST_CASE("containers: a module given as one of its bases is refused") {
  nn::LazyLinear lazy(2);
  const nn::Linear& base = lazy;
  nn::Sequential model;
  CHECK(wrong_error<ValueError>([&] { model.push_back(base); }, {"LazyLinear", "base"}) == "");
  CHECK_THROWS_AS(nn::Sequential(base, nn::ReLU()), ValueError);
  CHECK_THROWS_AS((nn::Sequential{{"a", base}}), ValueError);
  CHECK(model.empty());
}

TEST_CASE("Sequential: a single one in braces is a copy, by name or push_back it nests") {
  const nn::Sequential inner{nn::Linear(1, 2)};
  CHECK(nn::Sequential{inner}.named_parameters()[0].first == "0.weight");
  CHECK(nn::Sequential{{"0", inner}}.named_parameters()[0].first == "0.0.weight");
  CHECK(nn::Sequential().push_back(inner).named_parameters()[0].first == "0.0.weight");
}

TEST_CASE("Module: one that was moved from is a handle still") {
  nn::Linear linear(2, 3);
  const nn::Linear moved = std::move(linear);
  CHECK(linear(ones({1, 2})).shape() == Shape{1, 3});  // NOLINT(bugprone-use-after-move)
  CHECK(moved.weight().is_same(linear.weight()));
}

}  // namespace
