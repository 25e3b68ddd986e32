// Checkpoints: the same bits for less memory.
#include "autograd/checkpoint.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "autograd/engine.h"
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/dropout.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "autograd/gradcheck.h"
#include "lucid/allocator.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;
using autograd::checkpoint;

namespace {

using Floats = std::vector<float>;
using Tensors = std::vector<Tensor>;

// A block with a parameter, dropout, and all kinds of saved tensors.
struct Block {
  Tensor weight;
  explicit Block(Generator& generator) : weight(randn({16, 16}, generator)) {
    weight.requires_grad_();
  }
  Tensor operator()(const Tensor& x) const {
    const Tensor h = dropout(tanh(matmul(x, weight)), 0.5);
    return log_softmax(h * sigmoid(h) + x, 1);
  }
};

struct Result {
  Floats values, by_x;
  std::vector<Floats> by_weight;
  uint64_t position;  // of the random numbers afterwards
  bool operator==(const Result&) const = default;
};

Result train(int checkpointed) {
  Generator generator(1);
  manual_seed(7);
  std::vector<Block> blocks;
  for (int i = 0; i < 3; ++i) blocks.emplace_back(generator);
  const Tensor x = randn({4, 16}, generator, {.requires_grad = true});
  Tensor y = x * 1.5;
  if (checkpointed == 2) {
    y = checkpoint(
        [&](const Tensor& t) {
          Tensor u = blocks[0](t);
          u = checkpoint(blocks[1], u);
          return blocks[2](u);
        },
        y);
  } else {
    for (const Block& block : blocks) y = checkpointed == 1 ? checkpoint(block, y) : block(y);
  }
  Result result{y.to_vector<float>(), {}, {}, 0};
  square(y).sum().backward();
  result.by_x = x.grad().to_vector<float>();
  for (const Block& block : blocks)
    result.by_weight.push_back(block.weight.grad().to_vector<float>());
  result.position = default_generator().position();
  return result;
}

int64_t in_use() {
  return memory_statistics().in_use;
}

}  // namespace

TEST_CASE("a checkpoint gives the same bits, dropout included") {
  const Result expected = train(0);
  CHECK(std::any_of(expected.by_x.begin(), expected.by_x.end(), [](float v) { return v != 0; }));
  CHECK(train(1) == expected);
  CHECK(train(2) == expected);  // one in another
}

TEST_CASE("a checkpoint keeps its inputs alone, and computes one part at a time again") {
  constexpr int64_t count = 1 << 16;
  constexpr int64_t bytes = count * 4;
  const Tensor x = ones({count}, {.requires_grad = true});
  const auto part = [](const Tensor& t) {
    Tensor y = t;
    for (int i = 0; i < 10; ++i) y = sigmoid(y);
    return y;
  };
  // Bytes kept by the forward pass, and at most in use during the backward pass.
  const auto measure = [&](bool checkpointed) {
    const int64_t start = in_use();
    Tensor y = x;
    for (int i = 0; i < 8; ++i) y = checkpointed ? checkpoint(part, y) : part(y);
    const Tensor loss = sum(y);
    y = Tensor();
    const int64_t kept = in_use() - start;
    reset_peak_memory();
    loss.backward();
    const int64_t peak = memory_statistics().peak_in_use - start;
    const Floats grad = x.grad().to_vector<float>();
    x.set_grad({});
    return std::tuple(kept / bytes, peak / bytes, grad);
  };
  const auto [kept_all, peak_all, grad_all] = measure(false);
  const auto [kept, peak, grad] = measure(true);
  CHECK(grad == grad_all);
  CHECK(kept_all >= 80);
  CHECK(kept <= 8);
  CHECK(peak_all >= 80);
  CHECK(peak <= 8 + 10 + 5);
  CHECK(in_use() >= bytes);
}

TEST_CASE("several inputs and outputs, grad() and second derivatives") {
  const auto function = [](const Tensors& in) {
    const Tensor product = in[0] * in[1];
    return Tensors{exp(product), product * product, in[1]};
  };
  const auto combined = [&](const Tensors& in) {
    const Tensors out = checkpoint(function, {in[0] * 2, in[1]});
    return out[0] * out[1] + out[2];
  };
  const TensorOptions options{.dtype = float64, .requires_grad = true};
  const Tensors inputs{tensor({0.5, -0.25, 0.75}, options), tensor({0.3, 0.9, -0.4}, options)};
  CHECK(autograd::gradcheck(combined, inputs));
  CHECK(autograd::gradgradcheck(combined, inputs));
}

TEST_CASE("a retained checkpoint can be run again, also for second derivatives") {
  const Tensor x = tensor({2.0}, {.dtype = float64, .requires_grad = true});
  const Tensor y = checkpoint([](const Tensor& t) { return t * t * t; }, x * 1);
  y.backward({}, true);
  CHECK(x.grad().item<double>() == 12);
  const Tensor first = autograd::grad({y}, {x}, {}, {.create_graph = true})[0];
  CHECK(first.item<double>() == 12);
  CHECK(autograd::grad({first}, {x}, {}, {.retain_graph = true})[0].item<double>() == 12);
  y.backward();
  CHECK(x.grad().item<double>() == 24);
  CHECK_THROWS_AS(y.backward(), AutogradError);
}

TEST_CASE("the function runs again only when somebody needs what it saved") {
  int runs = 0;
  const Tensor x = ones({3}, {.requires_grad = true});
  const auto function = [&](const Tensor& t) {
    ++runs;
    CHECK(grad_enabled());
    return exp(t) * 2;
  };
  Tensor y = checkpoint(function, x);
  CHECK(runs == 1);
  y.sum().backward();
  CHECK(runs == 2);
  y = checkpoint(function, x);
  y = Tensor();
  CHECK(runs == 3);
  {
    const NoGradGuard guard;
    CHECK_FALSE(checkpoint([](const Tensor& t) { return t * 2; }, x).requires_grad());
  }
  const Tensor z = checkpoint(function, x);
  const InferenceMode inference;  // the second run must record for all that
  z.backward(ones({3}));
  CHECK(runs == 5);
}

TEST_CASE("a second run that would differ is an error") {
  const Tensor x = ones({3}, {.requires_grad = true});
  SUBCASE("the input was written to") {
    const Tensor a = x * 2;
    const Tensor y = checkpoint([](const Tensor& t) { return exp(t); }, a);
    a.add_(1);
    CHECK(contains(message_of<AutogradError>([&] { y.sum().backward(); }), "by add_"));
  }
  SUBCASE("a parameter was updated") {
    const Tensor w = ones({3}, {.requires_grad = true});
    const Tensor y = checkpoint([&](const Tensor& t) { return t * w; }, x * 1);
    {
      const NoGradGuard guard;
      w.add_(1);
    }
    CHECK_THROWS_AS(y.sum().backward(), AutogradError);
  }
  SUBCASE("a constant was written to") {
    const Tensor c = ones({3});
    const Tensor y = checkpoint([&](const Tensor& t) { return t * c; }, x * 1);
    c.add_(1);
    CHECK(contains(message_of<AutogradError>([&] { y.sum().backward(); }), "modified in place"));
  }
  SUBCASE("the function itself writes to what was saved") {
    const Tensor y = checkpoint(
        [](const Tensor& t) {
          const Tensor u = exp(t);
          u.add_(1);
          return u * 1;
        },
        x);
    CHECK(contains(message_of<AutogradError>([&] { y.sum().backward(); }), "modified in place"));
  }
  SUBCASE("the function does something else") {
    int runs = 0;
    const Tensor y =
        checkpoint([&](const Tensor& t) { return ++runs == 1 ? exp(exp(t)) : exp(t); }, x);
    CHECK(contains(message_of<AutogradError>([&] { y.sum().backward(); }), "fewer"));
    const Tensor z =
        checkpoint([&](const Tensor& t) { return ++runs == 3 ? exp(t) : exp(exp(t)); }, x);
    CHECK(contains(message_of<AutogradError>([&] { z.sum().backward(); }), "more"));
    CHECK_FALSE(x.grad().defined());
  }
  SUBCASE("there is no function") {
    CHECK_THROWS_AS(checkpoint(std::function<Tensor(const Tensor&)>(), x), ValueError);
  }
}

TEST_CASE("checkpoints leak nothing") {
  train(2);
  const int64_t start = in_use();
  {
    const Tensor x = ones({1000}, {.requires_grad = true});
    const auto function = [](const Tensor& t) { return exp(t) * sigmoid(t); };
    const Tensor never = checkpoint(function, x);
    const Tensor first =
        autograd::grad({checkpoint(function, x).sum()}, {x}, {}, {.create_graph = true})[0];
    checkpoint(function, x).sum().backward();
    checkpoint(function, x).sum().backward({}, true);
  }
  CHECK(in_use() == start);
}

TEST_CASE(
    "checkpoint: a function that seeds or copies the default generator draws the same again") {
  const Tensor x = ones({64}, {.requires_grad = true});
  Generator& generator = default_generator();
  const auto drop = [&](const Tensor& t) {
    const Tensor once = dropout(t, 0.5, true, generator);
    Generator copy = generator;
    const Tensor twice = dropout(once, 0.5, true, copy);
    manual_seed(generator.seed() + generator.position());
    return dropout(twice, 0.25);
  };
  manual_seed(3);
  const Tensor y = checkpoint(drop, x);
  CHECK(generator.seed() == 4);
  CHECK(generator.position() == 1);
  manual_seed(8);
  sum(y).backward();
  CHECK(equal(x.grad(), y.detach()));
  CHECK(generator.seed() == 8);
  CHECK(generator.position() == 0);
}

TEST_CASE("a checkpoint draws the same from a generator of one's own") {
  Generator own(7);
  const Tensor x = ones({64}, {.requires_grad = true});
  const Tensor y =
      autograd::checkpoint([&own](const Tensor& t) { return dropout(t, 0.5, true, own); }, x);
  const uint64_t after = own.position();
  y.sum().backward();
  CHECK(equal(x.grad(), y.detach()));
  CHECK(own.position() == after);
  // One that the function makes gives what it gave.
  x.set_grad({});
  const Tensor z = autograd::checkpoint(
      [](const Tensor& t) {
        Generator inside(3);
        return dropout(dropout(t, 0.5, true, inside), 0.25);
      },
      x);
  z.sum().backward();
  CHECK(equal(x.grad(), z.detach()));
}
