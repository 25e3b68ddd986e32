// The tape on several threads: modes, observers, hooks, and graphs and leaves that threads share.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <optional>
#include <vector>

#include "lucid/lucid.h"
#include "tests/support/at_once.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Floats = std::vector<float>;

// The bytes of a small convolution and of its gradients.
Floats convolved(int64_t batch) {
  Generator generator(4);
  const Tensor x = randn({batch, 4, 16, 16}, generator, {.requires_grad = true});
  const Tensor weight = randn({24, 4, 3, 3}, generator, {.requires_grad = true});
  const Tensor y = nn::functional::conv2d(x, weight, {}, {.padding = 1});
  (y * y).sum().backward();
  Floats result;
  for (const Tensor& t : {y.detach(), x.grad(), weight.grad()}) {
    const Floats values = t.to_vector<float>();
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

}  // namespace

TEST_CASE("tape: each thread has its own modes") {
  const Tensor x = ones({3}, {.requires_grad = true});  // read by all
  std::atomic<int> wrong{0};
  at_once(4, [&](int i) {
    for (int round = 0; round < 200; ++round) {
      std::optional<NoGradGuard> no_grad;
      std::optional<InferenceMode> inference;
      std::optional<EnableGradGuard> enabled;
      if (i != 0) no_grad.emplace();
      if (i == 2) inference.emplace();
      if (i >= 2) enabled.emplace();
      const bool expected = i == 0 || i == 3;
      const Tensor y = x * 2 + 1;
      if (grad_enabled() != expected || y.requires_grad() != expected) ++wrong;
      if (inference_mode_enabled() != (i == 2)) ++wrong;
      if (expected && !equal(autograd::grad({y.sum()}, {x})[0], full({3}, 2.0))) ++wrong;
    }
  });
  CHECK(wrong == 0);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("tape: a profiler sees its thread alone, and anomaly mode stops its thread alone") {
  constexpr int rounds = 100;
  const Tensor negative = full({2}, -1.0);  // read by all
  std::atomic<int> wrong{0};
  at_once(4, [&](int i) {
    for (int round = 0; round < rounds; ++round) {
      const Tensor x = full({2}, 3.0, {.requires_grad = true});
      if (i == 0) {
        Profiler profiler;
        (exp(x) * x).sum().backward();
        profiler.stop();
        int64_t exps = 0, others = 0;
        for (const Profiler::Row& row : profiler.rows()) {
          (row.name == "exp" ? exps : others) += row.calls + row.backward_calls;
        }
        if (exps != 2 || others != 4) ++wrong;  // mul and sum
      } else if (i == 1) {
        const autograd::AnomalyGuard guard;
        const autograd::OriginGuard origin("here");
        try {
          sqrt(negative);
          ++wrong;
        } catch (const AutogradError& error) {
          if (std::string(error.what()).find("in module here") == std::string::npos) ++wrong;
        }
      } else {
        if (!std::isnan(sqrt(negative).to_vector<float>()[0])) ++wrong;
        if (autograd::anomaly_enabled() || !autograd::current_origin().empty()) ++wrong;
        (tanh(x) * x).sum().backward();
      }
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("tape: threads add to the gradients of leaves that they share") {
  constexpr int count = 4, rounds = 100;
  const Tensor shared = ones({8}, {.requires_grad = true});
  std::atomic<int> seen{0}, accumulated{0}, wrong{0};
  const HookHandle hook = shared.register_hook([&](const Tensor& grad) {
    ++seen;
    return grad * 2;
  });
  const HookHandle after =
      shared.register_post_accumulate_grad_hook([&](const Tensor&) { ++accumulated; });
  // Hooks that are gone by now leave places behind, which the first backward passes clear away.
  for (int k = 0; k < 50; ++k) {
    HookHandle gone = shared.register_hook([&](const Tensor&) {
      ++wrong;
      return Tensor();
    });
  }
  at_once(count, [&](int i) {
    for (int round = 0; round < rounds; ++round) {
      (shared * (i + 1)).sum().backward();
    }
  });
  CHECK(equal(shared.grad(), full({8}, 2.0 * rounds * (1 + 2 + 3 + 4))));
  CHECK(seen == count * rounds);
  CHECK(accumulated == count * rounds);
  CHECK(wrong == 0);
}

TEST_CASE("tape: hooks come and go on a leaf while other threads go back to it") {
  const Tensor shared = ones({8}, {.requires_grad = true});
  std::atomic<int> always{0}, sometimes{0};
  const HookHandle hook = shared.register_hook([&](const Tensor&) {
    ++always;
    return Tensor();
  });
  at_once(4, [&](int i) {
    for (int round = 0; round < 100; ++round) {
      if (i == 0) {
        const HookHandle passing = shared.register_hook([&](const Tensor&) {
          ++sometimes;
          return Tensor();
        });
        (shared * 2).sum().backward();
      } else {
        (shared * 3).sum().backward();
      }
    }
  });
  CHECK(always == 400);
  CHECK(sometimes >= 100);
  CHECK(equal(shared.grad(), full({8}, 100.0 * (2 + 3 * 3))));
}

TEST_CASE("tape: several threads go back through one graph that is retained") {
  const Tensor x = full({16}, 0.5, {.requires_grad = true});
  const Tensor weight = full({16}, 2.0, {.requires_grad = true});
  const Tensor trunk = tanh(x * weight);
  const Tensor squared = autograd::apply_custom(
      "squared", {trunk},
      [&](autograd::FunctionContext& context) {
        context.save_for_backward({trunk});
        return std::vector<Tensor>{trunk * trunk};
      },
      [](autograd::FunctionContext& context, const std::vector<Tensor>& grads) {
        return std::vector<Tensor>{grads[0] * context.saved_tensors()[0] * 2};
      })[0];
  std::atomic<int> seen{0};
  const HookHandle hook = squared.register_hook([&](const Tensor&) {
    ++seen;
    return Tensor();
  });
  const Tensor loss = (log_softmax(squared, 0) * sigmoid(trunk)).sum();
  const autograd::GradOptions keep{.retain_graph = true};
  const std::vector<Tensor> expected = autograd::grad({loss}, {x, weight}, {}, keep);
  std::atomic<int> wrong{0};
  at_once(4, [&](int i) {
    for (int round = 0; round < 50; ++round) {
      // Some through the common graph alone, some through a part of their own as well.
      const Tensor mine = i % 2 == 0 ? loss : loss * 1;
      const std::vector<Tensor> grads = autograd::grad({mine}, {x, weight}, {}, keep);
      if (!equal(grads[0], expected[0]) || !equal(grads[1], expected[1])) ++wrong;
    }
  });
  CHECK(wrong == 0);
  CHECK(seen == 1 + 4 * 50);
}

TEST_CASE("tape: recorded by one thread, gone back through by a second, freed by a third") {
  std::vector<Tensor> leaves(30), losses(30);
  at_once(3, [&](int i) {
    for (size_t k = static_cast<size_t>(i); k < losses.size(); k += 3) {
      leaves[k] = full({5}, static_cast<double>(k), {.requires_grad = true});
      losses[k] = leaves[k].square().sum();
    }
  });
  at_once(3, [&](int i) {
    for (size_t k = static_cast<size_t>(i + 1) % 3; k < losses.size(); k += 3) {
      losses[k].backward({}, true);
    }
  });
  at_once(3, [&](int i) {
    for (size_t k = static_cast<size_t>(i + 2) % 3; k < losses.size(); k += 3) losses[k] = {};
  });
  for (size_t k = 0; k < leaves.size(); ++k) {
    CHECK(equal(leaves[k].grad(), full({5}, 2.0 * static_cast<double>(k))));
  }
}

TEST_CASE("tape: the number of threads may change while others convolve") {
  const int before = get_num_threads();
  set_num_threads(1);
  // One batch that is divided by images and one that is not, depending on the number of threads.
  const std::vector<Floats> expected{convolved(4), convolved(7)};
  std::atomic<int> wrong{0};
  std::atomic<int> working{3};
  at_once(4, [&](int i) {
    for (int round = 0; i < 3 && round < 25; ++round) {
      const bool odd = (round + i) % 2 == 1;
      if (convolved(odd ? 7 : 4) != expected[odd ? 1 : 0]) ++wrong;
    }
    if (i < 3) --working;
    for (int k = 0; i == 3 && working > 0; ++k) set_num_threads(1 + k % 8);
  });
  set_num_threads(before);
  CHECK(wrong == 0);
}
