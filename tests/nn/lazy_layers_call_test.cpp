// First calls of a special kind: on another device, on a copy, without a tape, with an output size.
#include <doctest/doctest.h>

#include "tests/nn/lazy_layers.h"
#include "tests/support/check.h"

using namespace lucid;
using namespace lucid::test;

namespace {

TEST_CASE("lazy layers: a copy made before the first forward is a handle to the same layer") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    const ModulePtr copy = layer.copy(*lazy);
    const Tensor x = normal_values(layer.input);
    (*copy)(x);
    CHECK_FALSE(lazy->has_uninitialized());
    CHECK(lazy->str() == copy->str());
    const StateDict mine = lazy->state_dict();
    for (const auto& [name, value] : copy->state_dict()) {
      CHECK(value.impl()->storage.get() == mine.at(name).impl()->storage.get());
    }
    lazy->eval();
    CHECK(equal((*lazy)(x), (*copy)(x)));
  }
}

TEST_CASE("lazy layers: a first forward without a tape leaves parameters trainable") {
  for (const LazyLayer& layer : lazy_layers()) {
    if (layer.parameters.empty()) continue;
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    {
      const NoGradGuard guard;
      CHECK_FALSE((*lazy)(normal_values(layer.input)).requires_grad());
    }
    CHECK((*lazy)(normal_values(layer.input)).requires_grad());
    for (const nn::Parameter& parameter : lazy->parameters()) {
      CHECK(parameter.requires_grad());
      CHECK(parameter.is_leaf());
    }
  }
}

// A first call with an output size, against the eager layer's; then sizes that none gives.
template <class Lazy, class Eager, class Size>
void check_output_size(Lazy lazy, Eager eager, const Shape& x_shape, const Size& size) {
  CAPTURE(eager.str());
  const Tensor x = normal_values(x_shape);
  Lazy refused = nn::clone(lazy);
  Size impossible = size;
  impossible[0] += 100;
  CHECK_THROWS_AS(refused.forward(x, impossible), ValueError);
  CHECK_FALSE(refused.weight().is_initialized());
  CHECK_THROWS_AS(refused.forward(Tensor(), size), UninitializedError);
  const Tensor y = lazy.forward(x, size);
  CHECK(lazy.in_channels() == 4);
  eager.load_state_dict(lazy.state_dict());
  CHECK(equal(y, eager.forward(x, size)));
  for (size_t i = 0; i < x_shape.size() - 2; ++i) CHECK(y.shape()[i + 2] == size[i]);
  CHECK(equal(lazy(x), eager(x)));
}

TEST_CASE("lazy transposed convolutions: a first forward with an output size") {
  check_output_size(nn::LazyConvTranspose1d(6, 3, {.stride = 2}),
                    nn::ConvTranspose1d(4, 6, 3, {.stride = 2}), {2, 4, 5}, nn::Size1d(12));
  check_output_size(nn::LazyConvTranspose2d(6, 3, {.stride = 2, .groups = 2}),
                    nn::ConvTranspose2d(4, 6, 3, {.stride = 2, .groups = 2}), {2, 4, 3, 5},
                    nn::Size2d(7, 12));
  check_output_size(nn::LazyConvTranspose3d(2, 2, {.stride = {1, 2, 3}}),
                    nn::ConvTranspose3d(4, 2, 2, {.stride = {1, 2, 3}}), {1, 4, 2, 3, 2},
                    nn::Size3d(3, 7, 5));
  // Written as for the eager layers.
  nn::LazyConvTranspose2d lazy(2, 3, {.stride = 2});
  CHECK(lazy.forward(zeros({1, 4, 3, 5}), {8, 11}).shape() == Shape{1, 2, 8, 11});
  nn::LazyConvTranspose1d line(2, 3, {.stride = 2});
  CHECK(line.forward(zeros({4, 5}), 12).shape() == Shape{2, 12});
}

TEST_CASE(
    "lazy layers: a device that is set outweighs inputs and state dicts, else the values' counts") {
  using nn::clone;
  const auto check = [](auto on_meta, auto open, const nn::Module& eager, const Shape& shape) {
    CAPTURE(on_meta.str());
    const auto devices = [](const nn::Module& module) {
      std::vector<Device> result;
      for (const nn::Parameter& parameter : module.parameters()) {
        result.push_back(parameter.device());
      }
      return result;
    };
    CHECK_THROWS_AS(on_meta(zeros(shape)), DeviceError);
    for (const nn::Parameter& parameter : on_meta.parameters()) {
      CHECK_FALSE(parameter.is_initialized());
    }
    auto called = clone(on_meta);
    CHECK(called(empty(shape, {.device = meta})).is_meta());
    auto loaded = clone(on_meta);
    loaded.load_state_dict(eager.state_dict());
    open.load_state_dict(eager.state_dict());
    const size_t count = eager.parameters().size();
    CHECK(devices(called) == std::vector<Device>(count, meta));
    CHECK(devices(loaded) == std::vector<Device>(count, meta));
    CHECK(devices(open) == std::vector<Device>(count, cpu));
    for (size_t i = 0; i < count; ++i) {
      CHECK(loaded.parameters()[i].shape() == eager.parameters()[i].shape());
    }
  };
  check(nn::LazyConv2d(2, 1, {.device = meta}), nn::LazyConv2d(2, 1), nn::Conv2d(4, 2, 1),
        {2, 4, 3, 3});
  check(nn::LazyConvTranspose1d(2, 1, {.device = meta}), nn::LazyConvTranspose1d(2, 1),
        nn::ConvTranspose1d(4, 2, 1), {2, 4, 3});
  check(nn::LazyLinear(2, {.device = meta}), nn::LazyLinear(2), nn::Linear(4, 2), {2, 4});
  check(nn::LazyBatchNorm2d({.device = meta}), nn::LazyBatchNorm2d(), nn::BatchNorm2d(4),
        {2, 4, 3, 3});
  check(nn::LazyInstanceNorm1d({.track_running_stats = false, .device = meta}),
        nn::LazyInstanceNorm1d({.track_running_stats = false}),
        nn::InstanceNorm1d(4, {.affine = true}), {2, 4, 3});
  check(nn::LazyGroupNorm(2, {.device = meta}), nn::LazyGroupNorm(2), nn::GroupNorm(2, 4),
        {2, 4, 3});
  check(nn::LazyLayerNorm(1, {.device = meta}), nn::LazyLayerNorm(), nn::LayerNorm(4), {2, 4});
  check(nn::LazyRMSNorm(1, {.device = meta}), nn::LazyRMSNorm(), nn::RMSNorm(4), {2, 4});
}

}  // namespace
