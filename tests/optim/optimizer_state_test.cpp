// State dicts of optimisers.
#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "lucid/lucid.h"
#include "lucid/state_values.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

using Parameters = std::vector<nn::Parameter>;
using Make = std::function<std::unique_ptr<optim::Optimizer>(Parameters)>;

template <class Optimizer, class Options>
Make maker(const Options& options) {
  return [options](Parameters p) { return std::make_unique<Optimizer>(std::move(p), options); };
}

struct Method {
  const char* name;
  Make make;
};

const Method methods[] = {
    {"SGD", maker<optim::SGD>(optim::SGDOptions{.lr = 0.1})},
    {"SGD with momentum", maker<optim::SGD>(optim::SGDOptions{
                              .lr = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true})},
    {"Adam", maker<optim::Adam>(optim::AdamOptions{.lr = 0.1, .betas = {0.8, 0.9}})},
    {"Adam with amsgrad", maker<optim::Adam>(optim::AdamOptions{.lr = 0.1, .amsgrad = true})},
    {"AdamW", maker<optim::AdamW>(optim::AdamWOptions{.lr = 0.1, .maximize = true})}};

Parameters parameters() {
  return {nn::Parameter(pattern({3, 2})), nn::Parameter(pattern({4}, float32, 2))};
}

void step(optim::Optimizer& optimizer, uint64_t seed) {
  for (const nn::Parameter& p : optimizer.parameters()) {
    p.set_grad(pattern(p.shape(), p.dtype(), ++seed));
  }
  optimizer.step();
}

std::string difference(const Tensor& a, const Tensor& b) {
  return mismatch(a, b.dtype(), b.shape(), b.to_vector<double>());
}

std::string difference(const StateDict& a, const StateDict& b) {
  if (a.size() != b.size()) return "sizes";
  for (const auto& [name, value] : b) {
    if (!a.contains(name)) return name;
    if (const std::string wrong = difference(a.at(name), value); !wrong.empty()) return wrong;
  }
  return "";
}

StateDict copy(const StateDict& state) {
  StateDict result;
  for (const auto& [name, value] : state) result.insert(name, value.clone());
  return result;
}

std::vector<std::string> names(const StateDict& state) {
  std::vector<std::string> result;
  for (const auto& entry : state) result.push_back(entry.first);
  return result;
}

TEST_CASE("optimiser state: steps after loading are those without a stop, bit for bit") {
  for (const Method& method : methods) {
    INFO(method.name);
    const Parameters straight = parameters(), stopped = parameters();
    const auto whole = method.make(straight);
    auto first = method.make(stopped);
    for (uint64_t i = 0; i < 3; ++i) {
      step(*whole, i);
      step(*first, i);
    }
    const StateDict state = copy(first->state_dict());
    const auto second = method.make(stopped);
    second->load_state_dict(state);
    CHECK(difference(second->state_dict(), state) == "");
    for (uint64_t i = 3; i < 6; ++i) {
      step(*whole, i);
      step(*second, i);
    }
    for (size_t i = 0; i < straight.size(); ++i) CHECK(difference(stopped[i], straight[i]) == "");
  }
}

TEST_CASE("optimiser state: PyTorch's names, for parameters that were changed alone") {
  const Parameters p{nn::Parameter(zeros({2})), nn::Parameter(zeros({3}))};
  optim::SGD sgd(p, {.lr = 0.5, .momentum = 0.9});
  const std::vector<std::string> groups{"param_groups.0.momentum",     "param_groups.0.dampening",
                                        "param_groups.0.weight_decay", "param_groups.0.nesterov",
                                        "param_groups.0.maximize",     "param_groups.0.lr",
                                        "param_groups.0.params"};
  CHECK(names(sgd.state_dict()) == groups);
  p[1].set_grad(ones({3}));
  sgd.step();
  std::vector<std::string> expected{"state.1.momentum_buffer"};
  expected.insert(expected.end(), groups.begin(), groups.end());
  const StateDict state = sgd.state_dict();
  CHECK(names(state) == expected);
  CHECK(mismatch(state.at("state.1.momentum_buffer"), float32, {3}, {1, 1, 1}) == "");
  CHECK(mismatch(state.at("param_groups.0.lr"), float64, {}, {0.5}) == "");
  CHECK(mismatch(state.at("param_groups.0.nesterov"), bool_, {}, {0}) == "");
  CHECK(mismatch(state.at("param_groups.0.params"), int64, {2}, {0, 1}) == "");

  optim::Adam adam(p, {.amsgrad = true});
  adam.step();
  CHECK(names(adam.state_dict()) ==
        std::vector<std::string>{"state.1.step", "state.1.exp_avg", "state.1.exp_avg_sq",
                                 "state.1.max_exp_avg_sq", "param_groups.0.betas",
                                 "param_groups.0.eps", "param_groups.0.weight_decay",
                                 "param_groups.0.amsgrad", "param_groups.0.maximize",
                                 "param_groups.0.lr", "param_groups.0.params"});
  CHECK(mismatch(adam.state_dict().at("state.1.step"), int64, {}, {1}) == "");
  CHECK(mismatch(adam.state_dict().at("param_groups.0.betas"), float64, {2}, {0.9, 0.999}) == "");
}

TEST_CASE("optimiser state: loading replaces the options and forgets other state") {
  const Parameters p = parameters();
  optim::SGD source(p, {.lr = 0.1, .momentum = 0.5, .weight_decay = 0.25, .maximize = true});
  source.set_lr(0.0625);
  optim::SGD target(p, {.lr = 1});
  target.load_state_dict(source.state_dict());
  CHECK(target.lr() == 0.0625);
  CHECK(target.options().momentum == 0.5);
  CHECK(target.options().weight_decay == 0.25);
  CHECK(target.options().maximize);
  optim::Adam fresh(p), used(p);
  step(used, 1);
  CHECK(used.state_dict().size() > fresh.state_dict().size());
  used.load_state_dict(fresh.state_dict());
  CHECK(difference(used.state_dict(), fresh.state_dict()) == "");
}

TEST_CASE("optimiser state: values are copied, in the parameter's type") {
  const nn::Parameter p(zeros({2}, {.dtype = float64}));
  optim::SGD sgd({p}, {.lr = 1, .momentum = 0.5});
  p.set_grad(ones({2}, {.dtype = float64}));
  sgd.step();
  StateDict state = copy(sgd.state_dict());
  state.set("state.0.momentum_buffer", tensor({4, 4}, {.dtype = float32}));
  state.set("param_groups.0.lr", tensor(1));
  sgd.load_state_dict(state);
  state.at("state.0.momentum_buffer").fill_(100);
  CHECK(mismatch(sgd.state_dict().at("state.0.momentum_buffer"), float64, {2}, {4, 4}) == "");
  // Its own state too.
  const StateDict own = sgd.state_dict();
  sgd.load_state_dict(own);
  own.at("state.0.momentum_buffer").fill_(100);
  CHECK(mismatch(sgd.state_dict().at("state.0.momentum_buffer"), float64, {2}, {4, 4}) == "");
}

TEST_CASE("optimiser state: a step of PyTorch's as a float32 is one") {
  const nn::Parameter p(zeros({2}));
  optim::Adam adam({p});
  p.set_grad(ones({2}));
  adam.step();
  StateDict state = copy(adam.state_dict());
  state.set("state.0.step", tensor(7.0));
  adam.load_state_dict(state);
  CHECK(adam.state_dict().at("state.0.step").item<int64_t>() == 7);
}

TEST_CASE("optimiser state: everything wrong is in one error, and nothing changes") {
  const Parameters p = parameters();
  optim::Adam adam(p, {.lr = 0.1, .amsgrad = true});
  step(adam, 1);
  const StateDict before = copy(adam.state_dict());
  StateDict bad = copy(before);
  bad.erase("state.0.exp_avg");
  bad.erase("state.1.max_exp_avg_sq");
  bad.set("state.0.exp_avg_sq", zeros({2, 3}));
  bad.set("state.0.step", tensor(1.5));
  bad.set("state.1.step", tensor(0));
  bad.set("state.1.exp_avg", Tensor());
  bad.set("param_groups.0.lr", state_value(-1.0));
  bad.set("param_groups.0.betas", tensor({0.5, 1.5}));
  bad.set("param_groups.0.eps", zeros({2}));
  bad.set("param_groups.0.amsgrad", tensor(2));
  bad.set("param_groups.0.params", arange(5));
  bad.erase("param_groups.0.weight_decay");
  bad.insert("state.2.step", tensor(1));
  bad.insert("nonsense", tensor(1));
  CHECK(wrong_error<ValueError>(
            [&] { adam.load_state_dict(bad); },
            {"load_state_dict of Adam failed, nothing was changed:\n", "state.0.exp_avg: missing",
             "state.1.max_exp_avg_sq: missing", "state.0.exp_avg_sq: expected shape [3, 2]",
             "got [2, 3]", "state.0.step: expected an integer, got 1.5", "state.1.step: expected 1",
             "state.1.exp_avg: the value given is uninitialized", "param_groups.0.lr: ", "got -1",
             "param_groups.0: Adam: expected betas[1] in [0, 1), got 1.5",
             "param_groups.0.eps: expected 1 number, got shape [2]",
             "param_groups.0.amsgrad: expected true or false, got 2",
             "param_groups.0.params: expected 2 parameters, got 5",
             "param_groups.0.weight_decay: missing", "state.2.step: unexpected",
             "nonsense: unexpected"}) == "");
  CHECK(difference(adam.state_dict(), before) == "");
  CHECK(adam.lr() == 0.1);
}

TEST_CASE("optimiser state: that of another optimiser does not fit") {
  const Parameters p = parameters();
  optim::Adam adam(p);
  optim::SGD sgd(p, {.lr = 0.1, .momentum = 0.9});
  step(sgd, 1);
  CHECK(wrong_error<ValueError>([&] { adam.load_state_dict(sgd.state_dict()); },
                                {"Adam", "param_groups.0.betas: missing",
                                 "state.0.momentum_buffer: unexpected"}) == "");
  CHECK(wrong_error<ValueError>([&] { sgd.load_state_dict(adam.state_dict()); },
                                {"SGD", "param_groups.0.momentum: missing"}) == "");
  StateDict nesterov = copy(sgd.state_dict());
  nesterov.set("param_groups.0.nesterov", state_value(true));
  nesterov.set("param_groups.0.dampening", state_value(0.5));
  CHECK(wrong_error<ValueError>([&] { sgd.load_state_dict(nesterov); },
                                {"param_groups.0: SGD: nesterov needs momentum"}) == "");
}

TEST_CASE("optimiser state: a prepared load that is dropped changes nothing") {
  for (const Method& method : methods) {
    INFO(method.name);
    const auto source = method.make(parameters()), target = method.make(parameters());
    step(*source, 1);
    source->set_lr(0.7);
    const StateDict before = copy(target->state_dict());
    CommitLoad load = target->prepare_load(source->state_dict());
    CHECK(difference(target->state_dict(), before) == "");
    load = nullptr;
    CHECK(difference(target->state_dict(), before) == "");
    load = target->prepare_load(source->state_dict());
    for (int call = 0; call < 2; ++call) load();  // the second changes nothing more
    CHECK(difference(target->state_dict(), source->state_dict()) == "");
  }
}

TEST_CASE("optimiser state: lazy parameters have none before they have a shape, and can get none") {
  for (const Method& method : methods) {
    INFO(method.name);
    nn::LazyLinear lazy(3);
    const auto optimizer = method.make(lazy.parameters());
    optimizer->step();
    const StateDict empty = optimizer->state_dict();
    for (const auto& entry : empty) CHECK(entry.first.starts_with("param_groups."));
    optimizer->load_state_dict(empty);

    nn::LazyLinear other(3);
    other(zeros({1, 2}));
    const auto source = method.make(other.parameters());
    step(*source, 1);
    const StateDict state = source->state_dict();
    if (state.size() == empty.size()) continue;  // an optimiser without any
    CHECK(wrong_error<ValueError>(
              [&] { optimizer->load_state_dict(state); },
              {"state.0.", "parameter 0 is uninitialized", "load its module first"}) == "");
    lazy.load_state_dict(other.state_dict());
    optimizer->load_state_dict(state);
    CHECK(difference(optimizer->state_dict(), state) == "");
  }
}

}  // namespace
