// Learning rate schedules; tests/golden compares their values with PyTorch's.
#include "optim/scheduler.h"

#include <doctest/doctest.h>

#include <limits>
#include <memory>

#include "lucid/creation.h"
#include "lucid/state_values.h"
#include "optim/sgd.h"
#include "tests/support/check.h"

namespace lucid::optim {
namespace {

using test::mismatch;
using test::wrong_error;

struct Fixture {
  SGD optimizer{{nn::Parameter(zeros({1}))}, {.lr = 0.8}};
};

TEST_CASE_FIXTURE(Fixture, "a schedule sets the rate of epoch 0 at once, and others step by step") {
  LinearLR schedule(optimizer, {.start_factor = 0.5, .end_factor = 1, .total_iters = 2});
  CHECK(schedule.base_lr() == 0.8);
  for (const double lr : {0.4, 0.6, 0.8, 0.8}) {
    CHECK(optimizer.lr() == doctest::Approx(lr).epsilon(1e-15));
    CHECK(schedule.last_lr() == optimizer.lr());
    schedule.step();
  }
  CHECK(schedule.last_epoch() == 4);
}

TEST_CASE_FIXTURE(Fixture, "a schedule overwrites what else has set the rate") {
  ExponentialLR schedule(optimizer, 0.5);
  optimizer.set_lr(7);
  schedule.step();
  CHECK(optimizer.lr() == 0.4);
}

TEST_CASE_FIXTURE(Fixture, "schedules refuse options out of range, and leave the rate alone") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto error = [](auto make, std::initializer_list<const char*> parts) {
    return wrong_error<ValueError>(make, parts);
  };
  CHECK(error([&] { StepLR(optimizer, 0); }, {"StepLR", "step_size", "at least 1", "got 0"}) == "");
  for (const double gamma : {-0.1, nan, infinity}) {
    CHECK(error([&] { StepLR(optimizer, 1, {.gamma = gamma}); }, {"StepLR", "gamma"}) == "");
    CHECK(error([&] { MultiStepLR(optimizer, {1}, {.gamma = gamma}); }, {"MultiStepLR", "gamma"}) ==
          "");
    CHECK(error([&] { ExponentialLR(optimizer, gamma); }, {"ExponentialLR", "gamma"}) == "");
  }
  CHECK(error([&] { LinearLR(optimizer, {.start_factor = 1.5}); },
              {"LinearLR", "start_factor in [0, 1]", "got 1.5"}) == "");
  CHECK(error([&] { LinearLR(optimizer, {.end_factor = -1}); }, {"LinearLR", "end_factor"}) == "");
  CHECK(error([&] { LinearLR(optimizer, {.total_iters = 0}); }, {"LinearLR", "total_iters"}) == "");
  CHECK(error([&] { CosineAnnealingLR(optimizer, 0); }, {"CosineAnnealingLR", "T_max"}) == "");
  CHECK(error([&] { CosineAnnealingLR(optimizer, 1, {.eta_min = -1}); },
              {"CosineAnnealingLR", "eta_min"}) == "");
  CHECK(error([&] { LambdaLR(optimizer, nullptr); }, {"LambdaLR", "lr_lambda is empty"}) == "");
  CHECK(error([&] { LambdaLR(optimizer, [](int64_t) { return -1.0; }); },
              {"LambdaLR", "epoch 0", "got -0.8"}) == "");
  CHECK(optimizer.lr() == 0.8);
}

TEST_CASE_FIXTURE(Fixture, "a step that gives no learning rate does not count") {
  LambdaLR schedule(optimizer, [](int64_t epoch) {
    return epoch == 1 ? std::numeric_limits<double>::quiet_NaN() : 0.5;
  });
  CHECK(wrong_error<ValueError>([&] { schedule.step(); }, {"LambdaLR", "epoch 1", "nan"}) == "");
  CHECK(schedule.last_epoch() == 0);
  CHECK(schedule.last_lr() == 0.4);
  CHECK(optimizer.lr() == 0.4);
}

// All of a kind, with options that differ from those of `other`.
std::unique_ptr<LRScheduler> make(int kind, Optimizer& optimizer, bool other) {
  switch (kind) {
    case 0:
      return std::make_unique<LambdaLR>(optimizer, [](int64_t e) { return 1.0 / double(e + 1); });
    case 1:
      return std::make_unique<StepLR>(optimizer, other ? 5 : 2, StepLROptions{other ? 0.1 : 0.5});
    case 2:
      return std::make_unique<MultiStepLR>(
          optimizer, other ? std::vector<int64_t>{1} : std::vector<int64_t>{4, 2, 3},
          MultiStepLROptions{other ? 0.1 : 0.5});
    case 3:
      return std::make_unique<ExponentialLR>(optimizer, other ? 0.1 : 0.5);
    case 4:
      return std::make_unique<LinearLR>(optimizer,
                                        other ? LinearLROptions{} : LinearLROptions{0.5, 0.25, 7});
    default:
      return std::make_unique<CosineAnnealingLR>(optimizer, other ? 3 : 9,
                                                 CosineAnnealingLROptions{other ? 0.0 : 0.1});
  }
}

constexpr int kinds = 6;

TEST_CASE("schedule state: one that was loaded goes on as if there had been no stop") {
  for (int kind = 0; kind < kinds; ++kind) {
    CAPTURE(kind);
    Fixture straight, stopped;
    stopped.optimizer.set_lr(0.3);
    const auto whole = make(kind, straight.optimizer, false);
    const auto loaded = make(kind, stopped.optimizer, true);
    for (int i = 0; i < 3; ++i) whole->step();
    loaded->load_state_dict(whole->state_dict());
    stopped.optimizer.load_state_dict(straight.optimizer.state_dict());
    CHECK(loaded->last_epoch() == 3);
    CHECK(loaded->base_lr() == 0.8);
    CHECK(loaded->last_lr() == whole->last_lr());
    for (int i = 0; i < 4; ++i) {
      CHECK(stopped.optimizer.lr() == straight.optimizer.lr());
      whole->step();
      loaded->step();
    }
  }
}

TEST_CASE("schedule state: everything wrong is in one error, and nothing changes") {
  for (int kind = 0; kind < kinds; ++kind) {
    CAPTURE(kind);
    Fixture fixture;
    const auto schedule = make(kind, fixture.optimizer, false);
    schedule->step();
    const double lr = fixture.optimizer.lr();
    StateDict state = schedule->state_dict();
    state.set("last_epoch", tensor(-1));
    state.set("base_lr", tensor(-0.5));
    state.erase("last_lr");
    state.insert("nonsense", tensor(1));
    CHECK(wrong_error<ValueError>(
              [&] { schedule->load_state_dict(state); },
              {"LR failed, nothing was changed", "last_epoch: expected 0 to", "got -1",
               "base_lr: ", "got -0.5", "last_lr: missing", "nonsense: unexpected"}) == "");
    CHECK(schedule->last_epoch() == 1);
    CHECK(schedule->base_lr() == 0.8);
    schedule->step();
    Fixture other;
    const auto twin = make(kind, other.optimizer, false);
    twin->step();
    CHECK(twin->last_lr() == lr);
    twin->step();
    CHECK(twin->last_lr() == schedule->last_lr());
  }
}

TEST_CASE_FIXTURE(Fixture, "schedule state: options are checked as in the constructor") {
  StepLR schedule(optimizer, 2, {.gamma = 0.5});
  StateDict state = schedule.state_dict();
  state.set("step_size", tensor(0));
  CHECK(wrong_error<ValueError>(
            [&] { schedule.load_state_dict(state); },
            {"  step_size: expected a value of at least 1 and finite, got 0"}) == "");
  schedule.step();
  schedule.step();
  CHECK(optimizer.lr() == 0.4);
  CHECK(wrong_error<ValueError>(
            [&] { schedule.load_state_dict(ExponentialLR(optimizer, 0.5).state_dict()); },
            {"StepLR", "step_size: missing"}) == "");
}

TEST_CASE("schedule state: a prepared load that is called again gives the same once more") {
  for (int kind = 0; kind < kinds; ++kind) {
    CAPTURE(kind);
    Fixture fixture, other;
    const auto schedule = make(kind, fixture.optimizer, false);
    const auto source = make(kind, other.optimizer, true);
    const CommitLoad load = schedule->prepare_load(source->state_dict());
    for (int call = 0; call < 2; ++call) {
      load();
      const StateDict state = schedule->state_dict();
      for (const auto& [name, value] : source->state_dict()) {
        CHECK(mismatch(state.at(name), value.dtype(), value.shape(), value.to_vector<double>()) ==
              "");
      }
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "schedule state: a prepared load that is dropped changes nothing") {
  StepLR schedule(optimizer, 2, {.gamma = 0.5});
  Fixture other;
  StepLR source(other.optimizer, 1, {.gamma = 0.25});
  source.step();
  { const CommitLoad dropped = schedule.prepare_load(source.state_dict()); }
  CHECK(schedule.last_epoch() == 0);
  schedule.step();
  CHECK(optimizer.lr() == 0.8);
  schedule.step();
  CHECK(optimizer.lr() == 0.4);
}

}  // namespace
}  // namespace lucid::optim
