// What can be done to every lazy layer before its first forward: load, cast, clone, optimise.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/nn/lazy_layers.h"
#include "tests/support/check.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

using namespace lucid;
using namespace lucid::test;

namespace {

// An eager layer with values that are nobody's first ones.
ModulePtr trained(const LazyLayer& layer, std::optional<DType> dtype = {}) {
  const ModulePtr eager = layer.eager(dtype);
  scramble(*eager);
  return eager;
}

// The loss whose gradient is none of a normalised output's null directions.
Tensor weighted_sum(const Tensor& y) {
  return (y * normal_values(y.shape(), y.dtype(), 99)).sum();
}

TEST_CASE("lazy layers: a state dict materialises them, the first forward keeps its values") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr eager = trained(layer);
    const ModulePtr lazy = layer.lazy({});
    const nn::LoadResult result = lazy->load_state_dict(eager->state_dict());
    CHECK(result.missing_keys.empty());
    CHECK(result.unexpected_keys.empty());
    CHECK_FALSE(lazy->has_uninitialized());
    CHECK(difference(lazy->state_dict(), eager->state_dict()) == "");
    if (layer.waits()) CHECK(lazy->extra_repr() == eager->extra_repr());
    lazy->eval();
    eager->eval();
    CHECK(equal((*lazy)(normal_values(layer.input)), (*eager)(normal_values(layer.input))));
    CHECK(difference(lazy->state_dict(), eager->state_dict()) == "");
  }
}

TEST_CASE("lazy layers: checkpoints go through a file, both ways") {
  const TemporaryFolder folder;
  const std::string file = folder.file("layer.safetensors");
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    save(lazy->state_dict(), file);  // before the first forward, too
    const ModulePtr early = layer.lazy({});
    early->load_state_dict(load(file));
    CHECK(early->has_uninitialized() == layer.waits());
    (*lazy)(normal_values(layer.input));
    scramble(*lazy);
    save(lazy->state_dict(), file);
    const ModulePtr eager = layer.eager({});
    const ModulePtr other = layer.lazy({});
    eager->load_state_dict(load(file));
    other->load_state_dict(load(file));
    CHECK(difference(eager->state_dict(), lazy->state_dict()) == "");
    CHECK(difference(other->state_dict(), lazy->state_dict()) == "");
  }
}

TEST_CASE("lazy layers: wrong shapes in a state dict are one error, and leave them lazy") {
  for (const LazyLayer& layer : lazy_layers()) {
    if (!layer.waits()) continue;
    CAPTURE(layer.name());
    const StateDict good = trained(layer)->state_dict();
    StateDict bad;
    for (const auto& [key, value] : good) bad.insert(key, ones({7, 1, 7, 1, 7, 1}));
    const ModulePtr lazy = layer.lazy({});
    const std::string message = message_of<ValueError>([&] { lazy->load_state_dict(bad); });
    for (const std::string& key : layer.keys()) {
      CAPTURE(key);
      CHECK(contains(message, key));
      CHECK(not_lazy(layer, *lazy) == "");
    }
    // Each alone, beside others that fit.
    for (const std::string& key : layer.keys()) {
      CAPTURE(key);
      StateDict partly = good;
      partly.set(key, ones({7, 1, 7, 1, 7, 1}));
      const std::string alone = message_of<ValueError>([&] { lazy->load_state_dict(partly); });
      CHECK(contains(alone, key));
      CHECK(contains(alone, "[7, 1, 7, 1, 7, 1]"));
      CHECK(not_lazy(layer, *lazy) == "");
    }
    lazy->load_state_dict(good);
    CHECK(difference(lazy->state_dict(), good) == "");
  }
}

TEST_CASE("lazy layers: a missing or an unexpected key leaves them lazy") {
  for (const LazyLayer& layer : lazy_layers()) {
    if (!layer.waits()) continue;
    CAPTURE(layer.name());
    const StateDict good = trained(layer)->state_dict();
    const ModulePtr lazy = layer.lazy({});
    for (const std::string& key : layer.keys()) {
      StateDict less = good;
      less.erase(key);
      CHECK(contains(message_of<ValueError>([&] { lazy->load_state_dict(less); }), key));
      CHECK(not_lazy(layer, *lazy) == "");
    }
    StateDict more = good;
    more.insert("scale", ones({4}));
    CHECK(contains(message_of<ValueError>([&] { lazy->load_state_dict(more); }), "scale"));
    CHECK(not_lazy(layer, *lazy) == "");
    const nn::LoadResult result = lazy->load_state_dict(more, false);
    CHECK(result.unexpected_keys == std::vector<std::string>{"scale"});
    CHECK(difference(lazy->state_dict(), good) == "");
  }
}

TEST_CASE("lazy layers: windows of another size, or counts that do not fit, are refused") {
  size_t layers = 0;
  for (const LazyLayer& layer : lazy_layers()) {
    if (!contains(layer.type, "Conv")) continue;
    ++layers;
    CAPTURE(layer.name());
    const StateDict good = trained(layer)->state_dict();
    const Shape fits = good.at("weight").shape();
    // Dimension 1 is free for Conv, where it holds input channels, dimension 0 for ConvTranspose.
    const size_t fixed = contains(layer.type, "Transpose") ? 1 : 0;
    for (size_t dim = 0; dim < fits.size(); ++dim) {
      if (dim == 1 - fixed) continue;
      CAPTURE(dim);
      Shape shape = fits;
      shape[dim] += 1;
      StateDict bad = good;
      bad.set("weight", ones(shape));
      const ModulePtr lazy = layer.lazy({});
      CHECK(wrong_error<ValueError>([&] { lazy->load_state_dict(bad); },
                                    {"weight", shape.str().c_str()}) == "");
      CHECK(not_lazy(layer, *lazy) == "");
    }
  }
  CHECK(layers == 18);
}

TEST_CASE("lazy layers: float64 by options, and by to() before the first forward") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const Tensor x = normal_values(layer.input, float64);
    manual_seed(14);
    const ModulePtr eager = layer.eager(float64);
    manual_seed(14);
    const ModulePtr by_options = layer.lazy(float64);
    manual_seed(14);
    const ModulePtr by_cast = layer.lazy({});
    by_cast->to(float64);
    CHECK(not_lazy(layer, *by_cast) == "");
    const Tensor y = (*eager)(x);
    CHECK(y.dtype() == float64);
    for (const ModulePtr& lazy : {by_options, by_cast}) {
      if (layer.waits()) {
        CHECK_THROWS_AS((*lazy)(normal_values(layer.input)), DTypeError);
        CHECK(not_lazy(layer, *lazy) == "");
      }
      CHECK(equal((*lazy)(x), y));
      CHECK(difference(lazy->state_dict(), eager->state_dict()) == "");
    }
  }
}

TEST_CASE("lazy layers: the type is the layer's if set, else the state dict's") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr wide = trained(layer, float64);
    const ModulePtr narrow = trained(layer, float32);
    const ModulePtr open = layer.lazy({});
    open->load_state_dict(wide->state_dict());
    CHECK(difference(open->state_dict(), wide->state_dict()) == "");
    const ModulePtr set = layer.lazy(float64);
    set->load_state_dict(narrow->state_dict());
    for (const auto& entry : set->state_dict()) {
      const std::string& key = entry.first;
      const Tensor& value = entry.second;
      CAPTURE(key);
      CHECK(value.dtype() == (key == "num_batches_tracked" ? int64 : float64));
    }
    set->to(float32);
    CHECK(difference(set->state_dict(), narrow->state_dict()) == "");
  }
}

TEST_CASE("lazy layers: a clone is lazy too, gets the same values, and shares nothing") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    const ModulePtr before = layer.clone(*lazy);
    CHECK(before->type_name() == layer.type);
    CHECK(not_lazy(layer, *before) == "");
    (*before)(normal_values(layer.input));
    CHECK(not_lazy(layer, *lazy) == "");
    (*lazy)(normal_values(layer.input));
    CHECK(difference(lazy->state_dict(), before->state_dict()) == "");
    const ModulePtr after = layer.clone(*lazy);
    CHECK(after->type_name() == layer.type);
    CHECK(difference(after->state_dict(), lazy->state_dict()) == "");
    CHECK(after->str() == lazy->str());
    scramble(*after);
    CHECK(difference(lazy->state_dict(), before->state_dict()) == "");
    if (layer.waits()) CHECK(difference(lazy->state_dict(), after->state_dict()) != "");
  }
}

TEST_CASE("lazy layers: an early optimiser trains them, and skips them in an early step") {
  for (const LazyLayer& layer : lazy_layers()) {
    if (layer.parameters.empty()) continue;
    CAPTURE(layer.name());
    manual_seed(15);
    const ModulePtr eager = layer.eager({});
    manual_seed(15);
    const ModulePtr lazy = layer.lazy({});
    optim::Adam early(lazy->parameters(), {.lr = 0.1});
    early.zero_grad();
    early.step();
    CHECK(not_lazy(layer, *lazy) == "");
    optim::Adam late(eager->parameters(), {.lr = 0.1});
    for (int step = 0; step < 3; ++step) {
      for (const auto& [module, optimizer] : {std::pair{lazy, &early}, {eager, &late}}) {
        optimizer->zero_grad();
        weighted_sum((*module)(normal_values(layer.input))).backward();
        optimizer->step();
      }
    }
    CHECK(difference(lazy->state_dict(), eager->state_dict()) == "");
    manual_seed(15);
    const ModulePtr untrained = layer.eager({});
    for (const auto& entry : lazy->named_parameters()) {
      const std::string& name = entry.first;
      const nn::Parameter& parameter = entry.second;
      CAPTURE(name);
      CHECK_FALSE(equal(parameter, untrained->state_dict().at(name)));
    }
  }
}

TEST_CASE("lazy layers: freezing before the first forward") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    lazy->requires_grad_(false);
    const Tensor y = (*lazy)(normal_values(layer.input));
    CHECK_FALSE(y.requires_grad());
    for (const nn::Parameter& parameter : lazy->parameters()) {
      CHECK_FALSE(parameter.requires_grad());
    }
    lazy->requires_grad_();
    CHECK((*lazy)(normal_values(layer.input)).requires_grad() == !layer.parameters.empty());
  }
}

TEST_CASE("lazy layers: train() and eval() before the first forward") {
  for (const LazyLayer& layer : lazy_layers()) {
    CAPTURE(layer.name());
    const ModulePtr lazy = layer.lazy({});
    const ModulePtr eager = layer.eager({});
    CHECK(lazy->is_training());
    lazy->eval();
    (*lazy)(normal_values(layer.input));
    CHECK_FALSE(lazy->is_training());
    for (const auto& entry : lazy->named_buffers()) {
      const std::string& name = entry.first;
      const Tensor& buffer = entry.second;
      CAPTURE(name);
      CHECK(equal(buffer, eager->state_dict().at(name)));
    }
    lazy->train();
    (*lazy)(normal_values(layer.input));
    for (const auto& entry : lazy->named_buffers()) {
      const std::string& name = entry.first;
      const Tensor& buffer = entry.second;
      CAPTURE(name);
      // PyTorch's instance normalisation never counts.
      const bool still = name == "num_batches_tracked" && contains(layer.type, "Instance");
      CHECK(equal(buffer, eager->state_dict().at(name)) == still);
    }
  }
}

}  // namespace
