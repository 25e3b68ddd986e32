// What a call that fails leaves behind: nothing.
#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <utility>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/allocator.h"
#include "nn/functional.h"
#include "nn/lazy.h"
#include "nn/modules/activation.h"
#include "nn/modules/batch_norm.h"
#include "nn/modules/conv.h"
#include "nn/modules/linear.h"
#include "nn/modules/shape.h"
#include "nn/sequential.h"
#include "nn/summary.h"
#include "optim/adam.h"
#include "optim/sgd.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using lucid::Tensor;
using lucid::test::mismatch;
using lucid::test::wrong_error;

namespace {

// Caps the memory at what is in use and `extra` bytes.
class MemoryCap {
 public:
  explicit MemoryCap(int64_t extra) {
    lucid::empty_cache();
    lucid::set_memory_limit(lucid::memory_statistics().in_use + extra);
  }
  ~MemoryCap() { lucid::set_memory_limit(0); }
};

// Runs `call` with ever more memory until it succeeds; after every failure `unchanged` must hold.
template <class Call, class Unchanged>
int failures_before_success(const Call& call, const Unchanged& unchanged) {
  int failures = 0;
  for (int64_t extra = 64; extra < int64_t{1} << 24; extra += extra / 8 + 64) {
    bool failed = false;
    {
      const MemoryCap cap(extra);
      try {
        call();
      } catch (const lucid::OutOfMemoryError&) {
        failed = true;
      }
    }
    if (!failed) return failures;
    ++failures;
    if (!unchanged()) return -1;
  }
  return -2;
}

bool all_uninitialized(const nn::Module& model) {
  for (const auto& parameter : model.parameters()) {
    if (parameter.is_initialized()) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("load_state_dict without memory changes nothing") {
  nn::Sequential source{nn::Linear(64, 32), nn::Linear(32, 16)};
  const auto state = source.state_dict();

  SUBCASE("lazy layers stay lazy") {
    nn::Sequential target{nn::LazyLinear(32), nn::LazyLinear(16)};
    CHECK(failures_before_success([&] { target.load_state_dict(state); },
                                  [&] { return all_uninitialized(target); }) > 2);
    CHECK(lucid::equal(target.parameters()[2], source.parameters()[2]));
  }
  SUBCASE("initialised layers keep their values, also when types are converted") {
    nn::Sequential target{nn::Linear(64, 32, {.dtype = lucid::float64}),
                          nn::Linear(32, 16, {.dtype = lucid::float64})};
    std::vector<Tensor> before;
    for (const auto& parameter : target.parameters()) before.push_back(parameter.detach().clone());
    const auto unchanged = [&] {
      for (size_t i = 0; i < before.size(); ++i) {
        if (!lucid::equal(before[i], target.parameters()[i])) return false;
      }
      return true;
    };
    CHECK(failures_before_success([&] { target.load_state_dict(state); }, unchanged) > 2);
  }
}

TEST_CASE("a state dict may share memory with the module it is loaded into") {
  nn::Sequential model{nn::Linear(1, 1, {.bias = false}), nn::Linear(1, 1, {.bias = false})};
  {
    const lucid::NoGradGuard guard;
    model.parameters()[0].fill_(1);
    model.parameters()[1].fill_(2);
  }
  const lucid::StateDict swapped{{"0.weight", model.parameters()[1].detach()},
                                 {"1.weight", model.parameters()[0].detach()}};
  model.load_state_dict(swapped);
  CHECK(model.parameters()[0].item<float>() == 2);
  CHECK(model.parameters()[1].item<float>() == 1);
}

TEST_CASE("a lazy layer that found no memory is still lazy") {
  const Tensor x = lucid::ones({1, 16, 8, 8});
  nn::LazyConv2d conv(64, 3);
  CHECK(failures_before_success([&] { conv(x); },
                                [&] {
                                  // Either nothing happened, or everything did and the output
                                  // failed.
                                  return conv.weight().is_initialized() ==
                                         conv.bias().is_initialized();
                                }) > 2);
  lucid::manual_seed(3);
  nn::LazyConv2d late(64, 3);
  lucid::manual_seed(3);
  nn::LazyConv2d reference(64, 3);
  reference(x);
  CHECK(failures_before_success([&] { late(x); }, [] { return true; }) > 2);
  CHECK(lucid::equal(late.weight(), reference.weight()));
  CHECK(lucid::equal(late.bias(), reference.bias()));
}

TEST_CASE("a walk that fails in a later layer initialises none") {
  nn::Sequential model{nn::LazyConv2d(4, 1), nn::LazyConv2d(4, 7)};
  CHECK_THROWS_AS(nn::materialize(model, {1, 8, 5, 5}), lucid::ShapeError);
  CHECK(all_uninitialized(model));
  CHECK_THROWS_AS(nn::summary(model, {1, 8, 5, 5}), lucid::ShapeError);
  CHECK(all_uninitialized(model));
  CHECK(nn::materialize(model, {1, 3, 9, 9}) == lucid::Shape{1, 4, 3, 3});
}

TEST_CASE("an optimiser's step without memory can be repeated") {
  // The gradient is not contiguous, so the step needs a copy of it.
  const auto run = [](auto make_optimizer, bool starve) {
    nn::Parameter weight(lucid::full({32, 32}, 1.0));
    auto optimizer = make_optimizer(weight);
    for (int step = 0; step < 3; ++step) {
      weight.set_grad(lucid::arange(0.0, 1024.0).reshape({32, 32}).t());
      if (starve) {
        failures_before_success([&] { optimizer->step(); }, [] { return true; });
      } else {
        optimizer->step();
      }
    }
    return weight.detach().clone();
  };
  const auto sgd = [](const nn::Parameter& weight) {
    return std::make_unique<lucid::optim::SGD>(
        std::vector{weight}, lucid::optim::SGDOptions{.lr = 0.1, .momentum = 0.9});
  };
  const auto adam = [](const nn::Parameter& weight) {
    return std::make_unique<lucid::optim::Adam>(std::vector{weight});
  };
  CHECK(lucid::equal(run(sgd, true), run(sgd, false)));
  CHECK(lucid::equal(run(adam, true), run(adam, false)));
}

TEST_CASE("batch norm that fails leaves the running statistics alone") {
  nn::BatchNorm2d norm(2);
  const Tensor x = lucid::ones({2, 2, 3, 3}, {.requires_grad = true});
  const Tensor y = x * 2;
  const Tensor view = y[0];
  view.mul_(x.detach()[0] * x[0]);  // y itself is stale now
  CHECK_THROWS_AS(norm(y), lucid::AutogradError);
  CHECK(mismatch(norm.running_mean(), {2}, {0, 0}) == "");
  CHECK(norm.state_dict().at("num_batches_tracked").item<int64_t>() == 0);

  nn::LazyBatchNorm2d lazy({.track_running_stats = false});
  lazy.eval();
  CHECK_THROWS_AS(lazy(lucid::ones({1, 3, 1, 1})), lucid::ValueError);
  CHECK(!lazy.weight().is_initialized());
}

TEST_CASE("a module cannot contain itself") {
  nn::Sequential model{nn::ReLU()};
  CHECK(wrong_error<lucid::ValueError>([&] { model.push_back(model); }, {"itself"}) == "");
  nn::Sequential outer{nn::Identity(), model};
  CHECK(wrong_error<lucid::ValueError>([&] { model.push_back(outer); }, {"itself"}) == "");
  CHECK(model.size() == 1);
}

TEST_CASE("a module that was moved from is still a handle") {
  nn::Sequential model{nn::Linear(2, 3)};
  nn::Sequential moved = std::move(model);
  CHECK(model.parameters().size() == 2);  // NOLINT(bugprone-use-after-move)
  CHECK(moved.parameters().size() == 2);
}

TEST_CASE("parameters on the meta device are refused for an input with values") {
  nn::Linear linear(2, 2, {.device = lucid::meta});
  CHECK(wrong_error<lucid::DeviceError>(
            [&] {
              linear(lucid::ones({1, 2}));
            },
            {"linear", "meta"}) == "");
  nn::Conv2d conv(1, 2, 1, {.device = lucid::meta});
  CHECK(wrong_error<lucid::DeviceError>(
            [&] {
              conv(lucid::ones({1, 1, 2, 2}));
            },
            {"conv2d", "meta"}) == "");
  CHECK(linear(lucid::ones({1, 2}, {.device = lucid::meta})).shape() == lucid::Shape{1, 2});
}

TEST_CASE("losses name themselves when scores are integers") {
  const Tensor scores = lucid::ones({2, 3}, {.dtype = lucid::int64});
  const Tensor labels = lucid::zeros({2}, {.dtype = lucid::int64});
  namespace F = nn::functional;
  CHECK(wrong_error<lucid::DTypeError>([&] { F::cross_entropy(scores, labels); },
                                       {"cross_entropy", "int64"}) == "");
  CHECK(wrong_error<lucid::DTypeError>([&] { F::mse_loss(scores, scores); },
                                       {"mse_loss", "int64"}) == "");
  CHECK(wrong_error<lucid::ShapeError>(
            [&] {
              const int64_t huge = std::numeric_limits<int64_t>::max();
              F::pad(lucid::ones({1, 1, 3, 3}), {huge, huge}, nn::PaddingMode::replicate);
            },
            {"pad"}) == "");
}
