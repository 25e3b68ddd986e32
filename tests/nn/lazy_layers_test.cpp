// Every lazy layer before, at and after its first forward.
#include "tests/nn/lazy_layers.h"

#include <doctest/doctest.h>

#include "tests/support/check.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;

namespace {

template <class Entries>
std::vector<std::string> names(const Entries& entries) {
  std::vector<std::string> result;
  for (const auto& entry : entries) result.push_back(entry.first);
  return result;
}

// What is wrong with the error that a first input raises, and with the layer afterwards; "" if
// nothing is.
template <class E>
std::string wrong_refusal(const LazyLayer& layer, nn::Module& module, const Tensor& x) {
  const std::string message = message_of<E>([&] { module(x); });
  const std::string eager = layer.type.substr(4);
  if (!contains(message, eager) && !contains(message, layer.operation)) {
    return "neither layer nor operation are named: " + message;
  }
  return not_lazy(layer, module);
}

TEST_CASE("lazy layers: the table holds all of them") {
  std::vector<std::string> types;
  for (const LazyLayer& layer : lazy_layers()) {
    if (types.empty() || types.back() != layer.type) types.push_back(layer.type);
  }
  CHECK(types ==
        std::vector<std::string>{"LazyConv1d", "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d",
                                 "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyBatchNorm1d",
                                 "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyInstanceNorm1d",
                                 "LazyInstanceNorm2d", "LazyInstanceNorm3d", "LazyGroupNorm",
                                 "LazyLayerNorm", "LazyRMSNorm", "LazyLinear"});
}

TEST_CASE("lazy layers: each is its eager class, under its own name") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    CHECK(layer.is_eager_class(*lazy));
    CHECK(lazy->type_name() == layer.type);
    CHECK(layer.eager({})->type_name() == layer.type.substr(4));
    (*lazy)(normal_values(layer.input));
    CHECK(lazy->type_name() == layer.type);
  }
}

TEST_CASE("lazy layers: before the first forward everything is registered and listed") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    CHECK(names(lazy->named_parameters()) == layer.parameters);
    CHECK(names(lazy->named_buffers()) == layer.buffers);
    CHECK(names(lazy->state_dict()) == layer.keys());
    CHECK(lazy->parameters().size() == layer.parameters.size());
    CHECK(not_lazy(layer, *lazy) == "");
    for (const nn::Parameter& parameter : lazy->parameters()) {
      CHECK_FALSE(parameter.is_initialized());
      CHECK(parameter.requires_grad());
      CHECK(parameter.is_leaf());
    }
    const nn::ParameterCount count = nn::count_parameters(*lazy);
    CHECK(count.parameters == 0);
    CHECK(count.uninitialized == static_cast<int64_t>(layer.parameters.size()));
  }
}

TEST_CASE(
    "LazyInstanceNorm: scales, shifts and tracks unless told otherwise, unlike the eager layer") {
  for (const LazyLayer& layer : lazy_layers()) {
    if (!contains(layer.type, "Instance") || !layer.what.empty()) continue;
    CHECK(contains(layer.lazy({})->str(), "affine=True, track_running_stats=True"));
  }
  CHECK(nn::InstanceNorm2d(4).state_dict().empty());
  CHECK(nn::LazyInstanceNorm2d().state_dict().size() == 5);
}

TEST_CASE("lazy layers: a use of values before the first forward names the key") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    for (const auto& [name, value] : lazy->state_dict()) {
      if (nn::is_initialized(value)) continue;
      CHECK(contains(message_of<UninitializedError>([&value = value] { value.sum(); }), name));
    }
  }
}

TEST_CASE("lazy layers: unknown sizes are printed as None, then as the eager layer's") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    const ModulePtr eager = layer.eager({});
    const auto unknown = [](const nn::Module& module) {
      const std::string text = module.extra_repr();
      return contains(text, "=None, out_") || text.starts_with("None, eps") ||
             contains(text, ", None, eps");
    };
    CHECK(lazy->str().starts_with(layer.type + "("));
    CHECK(lazy->str() == layer.type + "(" + lazy->extra_repr() + ")");
    CHECK(unknown(*lazy));
    CHECK_FALSE(unknown(*eager));
    if (!layer.waits()) continue;
    (*lazy)(normal_values(layer.input));
    CHECK(lazy->extra_repr() == eager->extra_repr());
  }
}

TEST_CASE("lazy layers: the first forward gives the eager layer's shapes, handles stay") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    const std::vector<nn::Parameter> before = lazy->parameters();
    const auto buffers_before = lazy->named_buffers();
    (*lazy)(normal_values(layer.input));
    CHECK_FALSE(lazy->has_uninitialized());
    const ModulePtr eager = layer.eager({});
    const auto expected = eager->state_dict();
    const StateDict state = lazy->state_dict();
    CHECK(names(state) == names(expected));
    for (const auto& entry : state) {
      const std::string& name = entry.first;
      const Tensor& value = entry.second;
      CAPTURE(name);
      CHECK(value.shape() == expected.at(name).shape());
      CHECK(value.dtype() == expected.at(name).dtype());
    }
    for (size_t i = 0; i < before.size(); ++i) CHECK(before[i].is_same(lazy->parameters()[i]));
    for (size_t i = 0; i < before.size(); ++i) CHECK(before[i].is_initialized());
    for (size_t i = 0; i < buffers_before.size(); ++i) {
      CHECK(buffers_before[i].second.is_same(lazy->named_buffers()[i].second));
    }
    CHECK(nn::count_parameters(*lazy).parameters == nn::count_parameters(*eager).parameters);
  }
}

TEST_CASE("lazy layers: the same seed gives the same weights, lazy or eager, in any order") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const Tensor x = normal_values(layer.input);
    manual_seed(11);
    const ModulePtr eager[] = {layer.eager({}), layer.eager({})};
    if (layer.type.find("Norm") == std::string::npos) {
      CHECK(difference(eager[0]->state_dict(), eager[1]->state_dict()) != "");
    }
    for (const int first : {0, 1}) {
      manual_seed(11);
      const ModulePtr lazy[] = {layer.lazy({}), layer.lazy({})};
      for (const int i : {first, 1 - first}) {
        lazy[i]->eval();  // running statistics stay as they were
        (*lazy[i])(x);
      }
      for (const int i : {0, 1}) {
        CHECK(difference(lazy[i]->state_dict(), eager[i]->state_dict()) == "");
      }
    }
  }
}

TEST_CASE("lazy layers: outputs are the eager layer's, bit for bit") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    manual_seed(12);
    const ModulePtr eager = layer.eager({});
    manual_seed(12);
    const ModulePtr lazy = layer.lazy({});
    const Tensor x = normal_values(layer.input);
    CHECK(equal((*lazy)(x), (*eager)(x)));
    CHECK(difference(lazy->state_dict(), eager->state_dict()) == "");
    CHECK(equal((*lazy)(x), (*eager)(x)));
    lazy->eval();
    eager->eval();
    CHECK(equal((*lazy)(x), (*eager)(x)));
  }
}

TEST_CASE("lazy layers: an unbatched first input, where the layer takes one") {
  size_t layers = 0;
  for (const LazyLayer& layer : lazy_layers()) {
    if (!layer.unbatched) continue;
    ++layers;
    CAPTURE(layer.name());
    manual_seed(12);
    const ModulePtr eager = layer.eager({});
    manual_seed(12);
    const ModulePtr lazy = layer.lazy({});
    const Tensor x = normal_values(*layer.unbatched);
    const Tensor y = (*lazy)(x);
    CHECK(equal(y, (*eager)(x)));
    CHECK(difference(lazy->state_dict(), eager->state_dict()) == "");
    lazy->eval();
    // The kernels may group terms otherwise for a batch.
    CHECK(allclose((*lazy)(x.unsqueeze(0)).squeeze(0), (*lazy)(x), 1e-5, 1e-6));
  }
  CHECK(layers > 20);
}

TEST_CASE("lazy layers: materialize() by shape is a first forward") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    manual_seed(13);
    const ModulePtr eager = layer.eager({});
    manual_seed(13);
    const ModulePtr lazy = layer.lazy({});
    const Shape y = nn::materialize(*lazy, layer.input);
    CHECK_FALSE(lazy->has_uninitialized());
    CHECK(difference(lazy->state_dict(), eager->state_dict()) == "");
    CHECK(y == (*eager)(normal_values(layer.input)).shape());
    for (const Shape& wrong : layer.wrong) {
      CAPTURE(wrong);
      const ModulePtr other = layer.lazy({});
      CHECK_THROWS_AS(nn::materialize(*other, wrong), ShapeError);
      CHECK(not_lazy(layer, *other) == "");
    }
  }
}

TEST_CASE("lazy layers: a first input of a wrong shape is refused and leaves them lazy") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    CHECK(layer.wrong.size() >= 2);
    for (const Shape& wrong : layer.wrong) {
      CAPTURE(wrong);
      CHECK(wrong_refusal<ShapeError>(layer, *lazy, zeros(wrong)) == "");
    }
    const ModulePtr fresh = layer.eager({});
    scramble(*fresh);
    lazy->load_state_dict(fresh->state_dict());
    CHECK(equal((*lazy)(normal_values(layer.input)), (*fresh)(normal_values(layer.input))));
  }
}

TEST_CASE(
    "lazy layers: a first input of a wrong type, or undefined, is refused and leaves them lazy") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    CHECK(wrong_refusal<DTypeError>(layer, *lazy, zeros(layer.input, {.dtype = int64})) == "");
    CHECK_THROWS_AS((*lazy)(Tensor()), UninitializedError);
    if (!layer.waits()) continue;
    CHECK(wrong_refusal<UninitializedError>(layer, *lazy, Tensor()) == "");
    const Tensor wide = normal_values(layer.input, float64);
    CHECK(wrong_refusal<DTypeError>(layer, *lazy, wide) == "");
    (*lazy)(normal_values(layer.input));
    CHECK_FALSE(lazy->has_uninitialized());
  }
}

}  // namespace
