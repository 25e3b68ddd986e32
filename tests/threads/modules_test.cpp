// Modules on several threads: one model that all use, and copies of it that each trains.
#include <doctest/doctest.h>

#include <atomic>
#include <sstream>
#include <vector>

#include "lucid/lucid.h"
#include "tests/support/at_once.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

using Floats = std::vector<float>;

nn::Sequential network() {
  manual_seed(5);
  return nn::Sequential{nn::Conv2d(2, 6, 3, {.padding = 1}),
                        nn::BatchNorm2d(6),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::Dropout(0.5),
                        nn::Flatten(),
                        nn::Linear(6 * 5 * 5, 4)};
}

Tensor images(int i) {
  Generator generator(static_cast<uint64_t>(i));
  return randn({3, 2, 10, 10}, generator);
}

// The weights after a few steps on images of one's own.
Floats trained(nn::Sequential model, int i) {
  optim::Adam optimizer(model.parameters(), {.lr = 0.01});
  Generator generator(9);
  for (int step = 0; step < 5; ++step) {
    optimizer.zero_grad();
    model(images(i)).square().mean().backward();
    optimizer.step();
  }
  Floats result;
  for (const auto& [name, value] : model.state_dict()) {
    const Floats values = value.to(float32).to_vector<float>();
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

}  // namespace

TEST_CASE("modules: threads use one model, each in its own way") {
  nn::Sequential model = network();
  model.eval();
  std::vector<Floats> expected(4);
  for (int i = 0; i < 4; ++i) {
    const GradModeGuard mode(i > 1);  // without gradients the norm goes into the convolution
    expected[static_cast<size_t>(i)] = model(images(i)).to_vector<float>();
  }
  std::atomic<int> wrong{0};
  at_once(4, [&](int i) {
    const Tensor x = images(i);
    for (int round = 0; round < 20; ++round) {
      Tensor y;
      if (i == 0) {
        const InferenceMode inference;
        y = model(x);
      } else if (i == 1) {
        const NoGradGuard no_grad;
        y = nn::Sequential(model)(x);  // another handle
      } else if (i == 2) {
        const autograd::AnomalyGuard guard;
        y = model(x);
      } else {
        y = autograd::checkpoint(model, x);
      }
      if (y.requires_grad() != (i > 1)) ++wrong;
      if (y.detach().to_vector<float>() != expected[static_cast<size_t>(i)]) ++wrong;
      if (i > 1) y.sum().backward();
    }
  });
  CHECK(wrong == 0);
  CHECK(model.parameters()[0].grad().defined());
}

TEST_CASE("modules: one is read in every other way while threads use it") {
  nn::Sequential model = network();
  model.eval();
  const Floats expected = model(images(0)).to_vector<float>();
  const std::string text = model.str();
  std::atomic<int> wrong{0};
  at_once(4, [&](int i) {
    for (int round = 0; round < 20; ++round) {
      if (i == 0) {
        if (model.str() != text || model.named_modules().size() != 8) ++wrong;
      } else if (i == 1) {
        nn::Sequential other = network();
        other.load_state_dict(model.state_dict());
        other.eval();
        if (other(images(0)).to_vector<float>() != expected) ++wrong;
      } else if (i == 2) {
        nn::Sequential other = nn::clone(model);
        if (other(images(0)).to_vector<float>() != expected) ++wrong;
      } else if (model(images(0)).to_vector<float>() != expected) {
        ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("modules: hooks come and go while threads use the model") {
  constexpr int rounds = 100;
  nn::Sequential model{nn::Linear(4, 4), nn::Tanh()};
  nn::Linear& layer = dynamic_cast<nn::Linear&>(*model.named_modules()[1].second);
  std::atomic<int> before{0}, after{0}, back{0}, passing{0}, gone{0};
  const HookHandle first =
      layer.register_forward_pre_hook([&](nn::Module&, const Tensor&) { ++before; });
  const HookHandle second =
      layer.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor&) { ++after; });
  const HookHandle third =
      layer.register_full_backward_hook([&](const Tensor&, const Tensor&) { ++back; });
  for (int k = 0; k < 50; ++k) {
    HookHandle none =
        layer.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor&) { ++gone; });
  }
  at_once(4, [&](int i) {
    const Tensor x = ones({2, 4}, {.requires_grad = true});
    for (int round = 0; round < rounds; ++round) {
      HookHandle mine, mine_back;
      if (i == 0) {
        mine = layer.register_forward_hook(
            [&](nn::Module&, const Tensor&, const Tensor&) { ++passing; });
        mine_back = layer.register_full_backward_hook([](const Tensor&, const Tensor&) {});
      }
      model(x).sum().backward();
    }
  });
  CHECK(before == 4 * rounds);
  CHECK(after == 4 * rounds);
  CHECK(back == 4 * rounds);
  CHECK(passing >= rounds);
  CHECK(gone == 0);
}

TEST_CASE("modules: each thread trains a clone, to the same bits as one after the other") {
  nn::Sequential model = network();
  for (auto& [name, module] : model.named_modules()) {
    if (module->type_name() == "Dropout") module->eval();  // which draws by chance
  }
  std::vector<Floats> results(4);
  at_once(4, [&](int i) { results[static_cast<size_t>(i)] = trained(nn::clone(model), i); });
  for (int i = 0; i < 4; ++i) {
    CHECK(results[static_cast<size_t>(i)] == trained(nn::clone(model), i));
  }
  CHECK(results[0] != results[1]);
}

TEST_CASE("modules: lazy ones of their own get shapes from a state that threads share") {
  const StateDict state = nn::Sequential{nn::Linear(7, 3), nn::Linear(3, 2)}.state_dict();
  std::vector<Floats> results(4);
  at_once(4, [&](int i) {
    nn::Sequential lazy{nn::LazyLinear(3), nn::LazyLinear(2)};
    if (i % 2 == 0) nn::materialize(lazy, {1, 7});
    lazy.load_state_dict(state);
    results[static_cast<size_t>(i)] = lazy(ones({1, 7})).to_vector<float>();
  });
  for (const Floats& result : results) CHECK(result == results[0]);
}
