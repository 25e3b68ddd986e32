// Tables of a model's layers, and counts of its parameters.
#include <doctest/doctest.h>

#include <sstream>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

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

TEST_CASE("summary: every layer that ran, and the parameters") {
  nn::Sequential model = network();
  model.at<nn::LazyConv2d>(0).requires_grad_(false);
  const nn::Summary summary = nn::summary(model, {2, 3, 11, 9});
  struct Expected {
    const char *path, *type;
    Shape shape;
    int64_t parameters;
  };
  const std::vector<Expected> expected{{"0", "LazyConv2d", {2, 4, 11, 9}, 108},
                                       {"1", "LazyBatchNorm2d", {2, 4, 11, 9}, 8},
                                       {"2", "ReLU", {2, 4, 11, 9}, 0},
                                       {"3", "MaxPool2d", {2, 4, 5, 4}, 0},
                                       {"4.0", "LazyConv2d", {2, 6, 2, 1}, 222},
                                       {"4.1", "ReLU", {2, 6, 2, 1}, 0},
                                       {"5", "AdaptiveAvgPool2d", {2, 6, 2, 1}, 0},
                                       {"6", "Flatten", {2, 12}, 0},
                                       {"7", "Dropout", {2, 12}, 0},
                                       {"8", "LazyLinear", {2, 3}, 39}};
  REQUIRE(summary.layers.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].path);
    CHECK(summary.layers[i].path == expected[i].path);
    CHECK(summary.layers[i].type == expected[i].type);
    CHECK(summary.layers[i].output_shape == expected[i].shape);
    CHECK(summary.layers[i].parameters == expected[i].parameters);
  }
  CHECK(summary.parameters == 377);
  CHECK(summary.trainable == 377 - 108);
  CHECK(summary.parameter_bytes == 377 * 4);
}

TEST_CASE("summary: shapes are those of a real forward") {
  nn::Sequential model = network();
  const nn::Summary summary = nn::summary(model, {3, 1, 12, 10});
  std::vector<Shape> shapes;
  std::vector<nn::HookHandle> hooks;
  for (const auto& entry : model.named_modules()) {
    if (!entry.second->named_children().empty()) continue;
    hooks.push_back(entry.second->register_forward_hook(
        [&](nn::Module&, const Tensor&, const Tensor& y) { shapes.push_back(y.shape()); }));
  }
  model(rand({3, 1, 12, 10}));
  REQUIRE(shapes.size() == summary.layers.size());
  for (size_t i = 0; i < shapes.size(); ++i) CHECK(shapes[i] == summary.layers[i].output_shape);
}

TEST_CASE("summary: parameters that two layers share count once") {
  const nn::Linear shared(40, 40);
  nn::Sequential model{shared, nn::ReLU(), shared};
  const nn::Summary summary = nn::summary(model, {1, 40});
  CHECK(summary.parameters == 1640);
  CHECK(summary.layers.size() == 3);
}

TEST_CASE("summary: lazy layers stay lazy unless asked to materialise") {
  manual_seed(1);
  nn::Sequential model = network();
  nn::summary(model, {2, 3, 11, 9});
  CHECK(model.has_uninitialized());
  for (const nn::Parameter& parameter : model.parameters()) CHECK_FALSE(parameter.is_initialized());
  CHECK_FALSE(nn::is_initialized(model.at<nn::LazyBatchNorm2d>(1).running_mean()));
  CHECK(model.parameters()[0].impl()->device == cpu);
  // Another input is as good as the first.
  CHECK(nn::summary(model, {1, 5, 30, 30}).layers[0].parameters == 5 * 4 * 9);
  const nn::Summary kept = nn::summary(model, {2, 3, 11, 9}, {.materialize = true});
  CHECK_FALSE(model.has_uninitialized());
  CHECK(mismatch(model.at<nn::LazyBatchNorm2d>(1).running_mean(), {4}, {0, 0, 0, 0}) == "");
  manual_seed(1);
  nn::Sequential other = network();
  nn::materialize(other, {2, 3, 11, 9});
  CHECK(equal(model.parameters()[0], other.parameters()[0]));
  CHECK(kept.parameters == nn::count_parameters(model).parameters);
}

TEST_CASE("summary: weights that no memory could hold are no problem") {
  nn::Sequential model{nn::LazyLinear(int64_t{1} << 28), nn::LazyLinear(int64_t{1} << 28)};
  const nn::Summary summary = nn::summary(model, {1, 8});
  CHECK(summary.layers[1].multiply_adds == 0x1p56);
}

TEST_CASE("summary: the input has the type of the parameters unless it is given") {
  nn::Sequential model{nn::LazyLinear(3, {.dtype = float64})};
  CHECK(nn::summary(model, {1, 2}).activation_bytes == 3 * 8);
  CHECK_THROWS_AS(nn::summary(model, {1, 2}, {.dtype = float32}), DTypeError);
  nn::Sequential cast{nn::LazyLinear(3)};
  cast.to(float64);
  CHECK(nn::summary(cast, {1, 2}).parameter_bytes == 9 * 8);
}

TEST_CASE("summary: multiply-adds and the memory of activations") {
  nn::Sequential model{nn::LazyConv2d(6, {3, 2}, {.stride = 2, .groups = 2}), nn::ReLU(),
                       nn::Flatten(), nn::LazyLinear(5)};
  const nn::Summary summary = nn::summary(model, {2, 4, 9, 8});
  // 6 maps of 4 x 4 pixels for each of 2 images; each needs 2 channels of 3 x 2 taps.
  CHECK(summary.layers[0].multiply_adds == 2 * 6 * 4 * 4 * 2 * 3 * 2);
  CHECK(summary.layers[1].multiply_adds == 0);
  CHECK(summary.layers[3].multiply_adds == 2 * 5 * 96);
  CHECK(summary.multiply_adds == summary.layers[0].multiply_adds + 960);
  CHECK(summary.layers[2].output_bytes == 0);
  CHECK(summary.activation_bytes == 4 * (2 * 96 + 2 * 96 + 2 * 5));
}

TEST_CASE("count_parameters: before and after the first forward") {
  nn::Sequential model{nn::Linear(2, 3), nn::LazyLinear(4), nn::LazyBatchNorm1d()};
  model.at<nn::Linear>(0).requires_grad_(false);
  nn::ParameterCount count = nn::count_parameters(model);
  CHECK(count.parameters == 9);
  CHECK(count.trainable == 0);
  CHECK(count.uninitialized == 4);
  model(ones({2, 2}));
  count = nn::count_parameters(model);
  CHECK(count.parameters == 9 + 16 + 8);
  CHECK(count.trainable == 24);
  CHECK(count.uninitialized == 0);
}

TEST_CASE("summary: the table") {
  nn::Sequential model{nn::LazyConv2d(30, 5), nn::Flatten(), nn::LazyLinear(10)};
  std::ostringstream out;
  out << nn::summary(model, {1, 3, 12, 12});
  CHECK(out.str() == R"(Layer         Output shape   Parameters  Multiply-adds
------------------------------------------------------
0 LazyConv2d  [1, 30, 8, 8]       2,280        144,000
1 Flatten     [1, 1920]               0              0
2 LazyLinear  [1, 10]            19,210         19,200
------------------------------------------------------
Parameters: 21,490, 83.9 KiB
Multiply-adds: 163,200
Activations: 7.5 KiB
)");
}

TEST_CASE("summary: what a layer does not use, writes by hand, or cannot normalise") {
  struct Odd : nn::Module {
    nn::Parameter unused = register_parameter("unused", nn::Parameter::uninitialized());
    nn::Parameter weight = register_parameter(
        "weight", nn::lazy_parameter({"n"}, [](const Tensor& values, const nn::LazySizes&) {
          for (int64_t i = 0; i < values.numel(); ++i) values.data<float>()[i] = 1;
        }));
    nn::LazySizes infer_sizes(const Tensor& x) const override { return {{"n", x.shape(-1)}}; }
    Tensor forward(const Tensor& x) override { return x * weight; }
  };
  nn::Sequential model{nn::Lazy<Odd>(), nn::LazyBatchNorm1d()};
  const nn::Summary summary = nn::summary(model, {1, 4});  // one value per channel, in training
  CHECK(summary.layers[0].parameters == 4);
  CHECK(summary.parameters == 12);
}

TEST_CASE("materialize: the input has the type of the parameters unless it is given") {
  nn::Sequential model{nn::LazyLinear(3)};
  model.to(float64);
  nn::materialize(model, {1, 2});
  CHECK(model.parameters()[0].dtype() == float64);
}

}  // namespace
