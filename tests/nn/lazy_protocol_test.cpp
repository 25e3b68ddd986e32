// The lazy protocol with layers of one's own, first values, and where a parameter is said to be.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

// Scales features and mixes them with a matrix: two sizes to wait for, one of them for a buffer.
struct Mix : nn::Module {
  nn::Parameter scale =
      register_parameter("scale", nn::lazy_parameter({"features"}, nn::constant_values(2)));
  nn::Parameter mixer = register_parameter(
      "mixer", nn::lazy_parameter({{"features", 2}, 3}, nn::uniform_values([](const auto& sizes) {
                                    return 1.0 / static_cast<double>(sizes.at("features"));
                                  })));
  nn::Buffer seen = register_buffer("seen", nn::lazy_buffer({"rows"}, nn::constant_values(0)));

  nn::LazySizes infer_sizes(const Tensor& x) const override {
    if (x.dim() != 2) throw ShapeError("Mix: expected a matrix");
    return {{"features", x.shape(1)}, {"rows", x.shape(0)}};
  }
  Tensor forward(const Tensor& x) override { return matmul(x * scale, mixer); }
};
using LazyMix = nn::Lazy<Mix>;

// Forgets to say what it waits for.
struct Silent : nn::Module {
  nn::Parameter weight =
      register_parameter("weight", nn::lazy_parameter({"size"}, nn::constant_values(1)));
  Tensor forward(const Tensor& x) override { return x * weight; }
};

struct Half : Silent {
  nn::LazySizes infer_sizes(const Tensor&) const override { return {{"other", 1}}; }
};

bool untouched(const nn::Module& module) {
  for (const nn::Parameter& parameter : module.parameters()) {
    if (parameter.is_initialized()) return false;
  }
  return module.has_uninitialized();
}

TEST_CASE("lazy protocol: a layer of one's own") {
  LazyMix mix;
  CHECK(mix.type_name() == "Lazy<Mix>");
  CHECK(untouched(mix));
  CHECK(mix(ones({4, 6})).shape() == Shape{4, 3});
  CHECK_FALSE(mix.has_uninitialized());
  CHECK(mismatch(mix.scale, {6}, {2, 2, 2, 2, 2, 2}) == "");
  CHECK(mix.mixer.shape() == Shape{6, 3});
  CHECK(mix.mixer.abs().max().item<double>() <= 1.0 / 6);
  CHECK(mismatch(mix.seen, {4}, {0, 0, 0, 0}) == "");
}

TEST_CASE("lazy protocol: a first forward that fails leaves nothing behind") {
  LazyMix mix;
  CHECK_THROWS_AS(mix(ones({2, 2, 2})), ShapeError);
  CHECK(untouched(mix));
  CHECK_THROWS_AS(mix(ones({2, 4}, {.dtype = float64})), DTypeError);  // in the product, at last
  CHECK(untouched(mix));
  CHECK_THROWS_AS(mix(Tensor()), UninitializedError);
  mix(ones({2, 2}));
  CHECK(mix.scale.shape() == Shape{2});
}

TEST_CASE("lazy protocol: a state dict decides sizes, all of one name alike") {
  LazyMix mix;
  const StateDict state{{"scale", ones({4})}, {"mixer", ones({4, 3})}, {"seen", ones({5})}};
  mix.load_state_dict(state);
  CHECK(mismatch(mix.scale, {4}, {1, 1, 1, 1}) == "");

  LazyMix wrong;
  StateDict other = state;
  other.set("mixer", ones({6, 3}));
  CHECK(wrong_error<ValueError>([&] { wrong.load_state_dict(other); },
                                {"mixer", "[4, 3]", "[6, 3]"}) == "");
  other.set("scale", ones({3, 3}));
  other.set("mixer", ones({5, 3}));
  CHECK(wrong_error<ValueError>([&] { wrong.load_state_dict(other); },
                                {"scale", "(features)", "[3, 3]", "mixer",
                                 "(features (a multiple of 2), 3)", "[5, 3]"}) == "");
  CHECK(untouched(wrong));
}

TEST_CASE("lazy protocol: what a state dict leaves open stays lazy") {
  LazyMix mix;
  mix.load_state_dict({{"scale", ones({4})}}, false);
  CHECK(mix.scale.is_initialized());
  CHECK_FALSE(mix.mixer.is_initialized());  // `rows` is not known yet, so the module is not whole
  CHECK_THROWS_AS(mix(ones({2, 6})), ShapeError);
  CHECK_FALSE(mix.mixer.is_initialized());
  mix(ones({2, 4}));
  CHECK(mismatch(mix.scale, {4}, {1, 1, 1, 1}) == "");
  CHECK(mix.mixer.shape() == Shape{4, 3});
}

TEST_CASE("lazy protocol: mistakes in a layer of one's own are explained") {
  nn::Lazy<Silent> silent;
  CHECK(wrong_error<NotImplementedError>([&] { silent(ones({2})); },
                                         {"Lazy<Silent>", "infer_sizes"}) == "");
  nn::Lazy<Half> half;
  CHECK(wrong_error<ValueError>([&] { half(ones({2})); }, {"size", "infer_sizes"}) == "");
  CHECK(untouched(half));
}

TEST_CASE("lazy protocol: a module holds lazy and eager parts") {
  struct Both : nn::Module {
    nn::LazyLinear inner = register_module("inner", nn::LazyLinear(3));
    nn::Parameter gain = register_parameter("gain", nn::Parameter(ones({3})));
    Tensor forward(const Tensor& x) override { return inner(x) * gain; }
  };
  Both both;
  CHECK(both.has_uninitialized());
  CHECK(nn::materialize(both, {2, 5}) == Shape{2, 3});
  CHECK(both.inner.in_features() == 5);
}

TEST_CASE("lazy parameters: errors name the whole path") {
  nn::Sequential features{nn::ReLU(), nn::LazyLinear(2), nn::LazyBatchNorm1d()};
  nn::Sequential model{{"features", features}, {"head", nn::LazyLinear(3)}};
  const auto use = [](const Tensor& tensor) { return [tensor] { tensor.sum(); }; };
  const auto parameter = [&](size_t i) { return model.parameters()[i]; };
  CHECK(wrong_error<UninitializedError>(
            use(parameter(0)),
            {"features.1.weight", "call the module once", "materialize()", "state dict"}) == "");
  CHECK(wrong_error<UninitializedError>(use(parameter(3)), {"features.2.bias"}) == "");
  CHECK(wrong_error<UninitializedError>(use(parameter(5)), {"head.bias"}) == "");
  CHECK(wrong_error<UninitializedError>(use(model.named_buffers()[0].second),
                                        {"features.2.running_mean"}) == "");
  CHECK(wrong_error<UninitializedError>(use(nn::LazyLinear(2).weight()), {"weight"}) == "");
  CHECK(wrong_error<UninitializedError>(use(nn::Parameter::uninitialized()),
                                        {"an uninitialized parameter"}) == "");
  // A call that failed in between does not make it forget.
  CHECK_THROWS(nn::materialize(model, {2, 0}));
  CHECK(wrong_error<UninitializedError>(use(parameter(0)), {"features.1.weight"}) == "");
}

TEST_CASE("lazy parameters: an initialiser may be chosen before the first forward") {
  const auto run = [](const std::function<void(const nn::Parameter&)>& initialise, bool lazy) {
    manual_seed(7);
    nn::LazyLinear late(5);
    nn::Linear early(4, 5);
    initialise(lazy ? late.weight() : early.weight());
    if (lazy) late(ones({2, 4}));
    return (lazy ? late.weight() : early.weight()).detach().clone();
  };
  const std::vector<std::function<void(const nn::Parameter&)>> initialisers{
      [](const auto& p) { nn::init::constant_(p, 3); },
      [](const auto& p) { nn::init::zeros_(p); },
      [](const auto& p) { nn::init::uniform_(p, 1, 2); },
      [](const auto& p) { nn::init::normal_(p, 5, 0.1); },
      [](const auto& p) { nn::init::kaiming_uniform_(p); },
      [](const auto& p) { nn::init::kaiming_normal_(p, 0.1, nn::init::FanMode::fan_out); },
      [](const auto& p) { nn::init::xavier_uniform_(p, 2); },
      [](const auto& p) { nn::init::xavier_normal_(p); }};
  for (size_t i = 0; i < initialisers.size(); ++i) {
    CAPTURE(i);
    // The streams of both modules are taken first, so those of the initialisers are the same.
    CHECK(equal(run(initialisers[i], true), run(initialisers[i], false)));
  }
  nn::LazyLinear linear(2);
  CHECK_THROWS_AS(nn::init::uniform_(linear.weight(), 2, 1), ValueError);
  // A state dict has the last word.
  nn::init::constant_(linear.weight(), 3);
  nn::init::constant_(linear.bias(), 4);
  linear.load_state_dict({{"weight", ones({2, 2})}}, false);
  CHECK(mismatch(linear.weight(), {2, 2}, {1, 1, 1, 1}) == "");
  CHECK(mismatch(linear.bias(), {2}, {4, 4}) == "");
}

TEST_CASE("lazy parameters: a module can be cast before its first forward") {
  nn::Sequential model{nn::LazyConv2d(2, 3), nn::LazyBatchNorm2d(), nn::Flatten(),
                       nn::LazyLinear(2)};
  CHECK(&model.to(float64) == &model);
  CHECK_THROWS_AS(model(ones({1, 1, 4, 4})), DTypeError);
  CHECK(model.has_uninitialized());
  CHECK(model(rand({2, 1, 4, 4}, {.dtype = float64})).dtype() == float64);
  for (const auto& entry : model.named_parameters()) CHECK(entry.second.dtype() == float64);
  CHECK(model.at<nn::LazyBatchNorm2d>(1).running_mean().dtype() == float64);
  // A cast before loading outweighs the type of the values.
  nn::LazyLinear linear(2);
  linear.to(float64);
  linear.load_state_dict({{"weight", ones({2, 3})}, {"bias", ones({2})}});
  CHECK(linear.weight().dtype() == float64);
}

TEST_CASE("lazy parameters: the state of a model that is still lazy can be loaded into another") {
  nn::Sequential lazy{nn::LazyLinear(2), nn::Linear(2, 2)};
  nn::Sequential other{nn::LazyLinear(2), nn::Linear(2, 2)};
  const nn::LoadResult result = other.load_state_dict(lazy.state_dict());
  CHECK(result.missing_keys.empty());
  CHECK(other.has_uninitialized());
  CHECK(equal(other.at<nn::Linear>(1).weight(), lazy.at<nn::Linear>(1).weight()));
  other(ones({1, 3}));
  CHECK(wrong_error<ValueError>([&] { other.load_state_dict(lazy.state_dict()); },
                                {"0.weight", "uninitialized"}) == "");
}

TEST_CASE("lazy parameters: a load that is prepared and dropped changes nothing") {
  nn::LazyLinear lazy(2);
  const StateDict state{{"weight", ones({2, 3})}, {"bias", ones({2})}};
  {
    const CommitLoad commit = lazy.prepare_load(state);
    CHECK(lazy.in_features() == 3);  // others may check against it
  }
  CHECK(untouched(lazy));
  nn::LoadResult keys;
  const CommitLoad commit = lazy.prepare_load({{"weight", ones({2, 3})}}, false, &keys);
  CHECK(keys.missing_keys == std::vector<std::string>{"bias"});
  commit();
  CHECK(mismatch(lazy.weight(), {2, 3}, {1, 1, 1, 1, 1, 1}) == "");
}

TEST_CASE("lazy parameters: a prepared load shows the values, and takes all of it away again") {
  nn::LazyLinear lazy(2);
  optim::SGD sgd(lazy.parameters(), {.lr = 1, .momentum = 0.9});
  {
    const CommitLoad commit =
        lazy.prepare_load({{"weight", ones({2, 3})}, {"bias", full({2}, 4.0)}});
    CHECK(mismatch(lazy(ones({1, 3})), {1, 2}, {7, 7}) == "");
    lazy(ones({1, 3})).sum().backward();
  }
  CHECK(untouched(lazy));
  CHECK_FALSE(lazy.weight().grad().defined());
  sgd.step();
  lazy(ones({1, 5})).sum().backward();
  sgd.step();
  CHECK(lazy.in_features() == 5);
}

TEST_CASE("lazy parameters: type and device are known before the shape") {
  const nn::LazyLinear lazy(2, {.dtype = float64});
  CHECK(lazy.weight().dtype() == float64);
  CHECK(lazy.weight().device() == cpu);
  CHECK_FALSE(lazy.weight().is_meta());
  CHECK(lazy.weight().is_floating_point());
}

TEST_CASE("lazy parameters: integers keep their type") {
  struct Counts : nn::Module {
    nn::Buffer seen =
        register_buffer("seen", nn::lazy_buffer({"n"}, nn::constant_values(0), {.dtype = int64}));
    nn::Parameter weight =
        register_parameter("weight", nn::lazy_parameter({"n"}, nn::constant_values(1)));
    nn::LazySizes infer_sizes(const Tensor& x) const override { return {{"n", x.shape(-1)}}; }
    Tensor forward(const Tensor& x) override { return x * weight; }
  };
  nn::Lazy<Counts> source;
  source(ones({2, 3}));
  nn::Lazy<Counts> target;
  target.to(float64);
  target.load_state_dict(source.state_dict());
  CHECK(target.seen.dtype() == int64);
  CHECK(target.weight.dtype() == float64);
  nn::Lazy<Counts> wrong;
  CHECK(wrong_error<ValueError>(
            [&] {
              wrong.load_state_dict({{"seen", zeros({3})}, {"weight", zeros({3}).to(int64)}});
            },
            {"seen: expected int64, got float32", "weight: expected float32 or float64"}) == "");
  // Without a plan too: what is trained is floating-point.
  struct Bare : nn::Module {
    nn::Parameter weight = register_parameter("weight", nn::Parameter::uninitialized());
  };
  Bare bare;
  CHECK_THROWS_AS(bare.load_state_dict({{"weight", zeros({3}).to(int64)}}), ValueError);
  bare.load_state_dict({{"weight", ones({3})}});
  CHECK(bare.weight.shape() == Shape{3});
}

TEST_CASE("lazy parameters: materialize() writes the first values that were chosen") {
  const nn::Parameter bare = nn::Parameter::uninitialized();
  nn::init::constant_(bare, 3);
  nn::materialize(bare, {2}, float32);
  CHECK(mismatch(bare, {2}, {3, 3}) == "");
  const nn::LazyLinear lazy(2);
  CHECK_THROWS_AS(nn::materialize(lazy.weight(), {3, 3}, float32), ShapeError);
  CHECK_FALSE(lazy.weight().is_initialized());
  nn::materialize(lazy.weight(), {2, 100}, float32);
  CHECK(lazy.weight().abs().max().item<double>() <= 0.1);
  // The bias cannot know its bound from its own shape.
  CHECK_THROWS_AS(nn::materialize(lazy.bias(), {2}, float32), ValueError);
  CHECK_FALSE(lazy.bias().is_initialized());
}

TEST_CASE("lazy parameters: an initialiser that cannot fit is refused at once") {
  const nn::LazyLinear lazy(2);
  CHECK(wrong_error<ShapeError>([&] { nn::init::xavier_uniform_(lazy.bias()); },
                                {"xavier_uniform_", "two dimensions"}) == "");
  CHECK_THROWS_AS(nn::init::kaiming_normal_(lazy.bias()), ShapeError);
}

TEST_CASE("lazy parameters: first values go with a state dict that has none yet") {
  manual_seed(1);
  nn::LazyLinear source(4);
  const StateDict state = source.state_dict();
  manual_seed(2);
  nn::LazyLinear target(4);
  const uint64_t position = default_generator().position();
  static_cast<void>(target.prepare_load(state));  // dropped
  nn::LazyLinear reference = nn::clone(target);
  target.load_state_dict(state);
  CHECK(default_generator().position() == position);
  for (nn::LazyLinear* layer : {&source, &target, &reference}) (*layer)(ones({1, 3}));
  CHECK(equal(target.weight(), source.weight()));
  CHECK(equal(target.bias(), source.bias()));
  CHECK_FALSE(equal(reference.weight(), source.weight()));
}

}  // namespace
