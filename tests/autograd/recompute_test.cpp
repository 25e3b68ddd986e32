// Inputs of convolutions that are computed again in the backward pass: nobody can tell but by the
// memory.
#include "autograd/recompute.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>

#include "autograd/anomaly.h"
#include "autograd/checkpoint.h"
#include "autograd/engine.h"
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/fused.h"
#include "autograd/grad_mode.h"
#include "lucid/allocator.h"
#include "lucid/creation.h"
#include "tests/support/at_once.h"
#include "tests/support/check.h"

using namespace lucid;
using namespace lucid::test;
using autograd::grad;
using autograd::SavedTensorHookGuard;

namespace {

using Floats = std::vector<float>;

// Keeps everything that is saved.
struct KeepAll final : autograd::SavedTensorHook {
  IntrusivePtr<autograd::Packed> pack(const Tensor&) override { return {}; }
};

constexpr int64_t channels = 64;  // as few as make it worth while

Tensor leaf(const Shape& shape, uint64_t seed) {
  return pattern(shape, float32, seed).detach().requires_grad_();
}

// conv(z) with z = relu(batch_norm(y)) and y = x * x, which may be written to.
struct Network {
  Tensor x = leaf({2, channels, 8, 8}, 1);
  Tensor scale = leaf({channels}, 2), shift = leaf({channels}, 3);
  Tensor weight = leaf({channels, channels, 3, 3}, 4);
  Tensor y, z;

  std::vector<Tensor> leaves() const { return {x, scale, shift, weight}; }
  Tensor normalized() {
    y = x * x;
    z = autograd::batch_norm_relu(y, {}, {}, scale, shift, {.training = true});
    return z;
  }
  Tensor convolved(const Tensor& input) const {
    return conv(input, weight, {}, {.pad_low = {1, 1}, .pad_high = {1, 1}});
  }
  Tensor loss() { return sum(square(convolved(normalized()))); }
};

std::vector<Floats> values_of(const std::vector<Tensor>& tensors) {
  std::vector<Floats> values;
  for (const Tensor& tensor : tensors) values.push_back(tensor.to_vector<float>());
  return values;
}

// What `compute` gives where everything is kept, and where not.
void check_same(const std::function<std::vector<Tensor>(Network&)>& compute) {
  Network kept, again;
  KeepAll hook;
  std::vector<Floats> expected;
  {
    const SavedTensorHookGuard guard(&hook);
    expected = values_of(compute(kept));
  }
  CHECK(values_of(compute(again)) == expected);
}

// Bytes that the graph of a loss holds besides the network's tensors.
int64_t held_bytes() {
  Network network;
  const int64_t before = memory_statistics().in_use;
  const Tensor loss = network.loss();
  network.y = network.z = {};
  return memory_statistics().in_use - before;
}

TEST_CASE("recompute: what batch norm and relu made of a convolution's input is not kept") {
  const int64_t bytes = 2 * channels * 8 * 8 * 4;
  int64_t kept = 0;
  {
    KeepAll hook;
    const SavedTensorHookGuard guard(&hook);
    kept = held_bytes();
  }
  const int64_t saved = kept - held_bytes();
  CHECK(saved <= bytes);
  CHECK(saved >= bytes * 9 / 10);  // some numbers for each channel are kept instead
}

TEST_CASE("recompute: the same bits, of gradients and of theirs") {
  check_same([](Network& n) { return grad({n.loss()}, n.leaves()); });
  check_same([](Network& n) {
    n.loss().backward();
    return std::vector{n.x.grad(), n.scale.grad(), n.shift.grad(), n.weight.grad()};
  });
  check_same([](Network& n) {
    const std::vector<Tensor> first = grad({n.loss()}, n.leaves(), {}, {.create_graph = true});
    return grad({sum(square(first[0])) + sum(square(first[3]))}, n.leaves());
  });
  check_same([](Network& n) {
    const Tensor loss = n.loss();
    loss.backward({}, true);
    loss.backward();
    return std::vector{n.x.grad(), n.weight.grad()};
  });
}

TEST_CASE("recompute: hooks, retained gradients, checkpoints and anomaly mode see no difference") {
  check_same([](Network& n) {
    Tensor seen;
    n.normalized();
    const auto handle = n.z.register_hook([&](const Tensor& gradient) {
      seen = gradient;
      return gradient * 2;
    });
    n.z.retain_grad();
    sum(square(n.convolved(n.z))).backward();
    return std::vector{seen, n.z.grad(), n.x.grad(), n.weight.grad()};
  });
  check_same([](Network& n) {
    const Tensor out =
        autograd::checkpoint([&](const Tensor&) { return n.convolved(n.normalized()); }, n.x);
    return grad({sum(square(out))}, n.leaves());
  });
  check_same([](Network& n) {
    const autograd::AnomalyGuard anomaly;
    return grad({n.loss()}, n.leaves());
  });
}

TEST_CASE("recompute: writes in between are noticed") {
  for (const bool to_output : {true, false}) {
    Network n;
    const Tensor loss = n.loss();
    {
      const NoGradGuard no_grad;
      (to_output ? n.z : n.y).mul_(2);
    }
    CHECK(wrong_error<AutogradError>([&] { loss.backward(); },
                                     {"conv2d", "modified in place since by mul_"}) == "");
  }
  Network n;
  n.normalized();
  const Tensor loss = sum(square(n.convolved(n.z)));
  n.z.mul_(2);  // recorded
  CHECK(wrong_error<AutogradError>([&] { loss.backward(); }, {"modified in place since"}) == "");
}

TEST_CASE("recompute: a write before the convolution counts") {
  check_same([](Network& n) {
    n.normalized();
    {
      const NoGradGuard no_grad;
      n.z.mul_(3);
    }
    return grad({sum(square(n.convolved(n.z)))}, {n.weight});
  });
  check_same([](Network& n) {
    n.normalized().mul_(3);
    return grad({sum(square(n.convolved(n.z)))}, n.leaves());
  });
}

TEST_CASE("recompute: needs neither the graph before it nor the parameters as they were") {
  check_same([](Network& n) {
    n.normalized();
    const Tensor loss = sum(square(n.convolved(n.z)));
    sum(n.z).backward();  // frees what batch norm had saved
    const NoGradGuard no_grad;
    n.scale.mul_(3);
    n.shift.add_(1);
    return grad({loss}, {n.weight});
  });
  check_same([](Network& n) {
    n.normalized();
    sum(n.z).backward();
    return grad({sum(square(n.convolved(n.z)))}, {n.weight});
  });
}

TEST_CASE("recompute: threads may go through one graph that is retained") {
  Network n;
  const Tensor loss = n.loss();
  const std::vector<Floats> expected =
      values_of(grad({loss}, n.leaves(), {}, {.retain_graph = true}));
  std::array<std::vector<Floats>, 3> got;
  at_once(3, [&](int i) {
    got[static_cast<size_t>(i)] = values_of(grad({loss}, n.leaves(), {}, {.retain_graph = true}));
  });
  for (const auto& values : got) CHECK(values == expected);
}

}  // namespace
