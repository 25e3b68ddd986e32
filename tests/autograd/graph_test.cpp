// Large graphs, several threads, and memory.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "autograd/checkpoint.h"
#include "autograd/custom_function.h"
#include "autograd/engine.h"
#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/normalization.h"
#include "autograd/functions/pooling.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "autograd/record.h"
#include "lucid/allocator.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/parallel.h"

using namespace lucid;

namespace {

constexpr int deep = 300000;

Tensor chain(const Tensor& x, int length) {
  Tensor y = x;
  for (int i = 0; i < length; ++i) y = y * 1.0;
  return y;
}

int64_t in_use() {
  return memory_statistics().in_use;
}

struct Network {
  Tensor image, weight, bias, scale, shift, matrix;
  std::vector<Tensor> leaves() const { return {image, weight, bias, scale, shift, matrix}; }
};

Network network() {
  Generator generator(3);
  const TensorOptions options{.requires_grad = true};
  return {randn({8, 6, 20, 20}, generator, options), randn({16, 6, 3, 3}, generator, options),
          randn({16}, generator, options),           randn({16}, generator, options),
          randn({16}, generator, options),           randn({10, 16 * 9 * 9}, generator, options)};
}

Tensor loss_of(const Network& n) {
  const Tensor normal =
      batch_norm(conv(n.image, n.weight, n.bias, {}), {}, {}, n.scale, n.shift, {.training = true});
  const Tensor pooled = max_pool2d(relu(normal), {.kernel = {2, 2}, .stride = {2, 2}});
  return -mean(log_softmax(linear(flatten(pooled, 1), n.matrix), 1).select(1, 3));
}

// The bytes of the loss and of all gradients.
std::vector<float> trained(const Network& n) {
  const Tensor loss = loss_of(n);
  loss.backward();
  std::vector<float> bits{loss.item<float>()};
  for (const Tensor& leaf : n.leaves()) {
    const std::vector<float> grad = leaf.grad().to_vector<float>();
    bits.insert(bits.end(), grad.begin(), grad.end());
    leaf.set_grad({});
  }
  return bits;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("deep graphs: backward and destruction need no stack") {
  const Tensor x = ones({1}, {.requires_grad = true});
  SUBCASE("back-propagated") {
    const Tensor y = chain(x, deep);
    y.backward();
    CHECK(x.grad().item<float>() == 1);
  }
  SUBCASE("never back-propagated") {
    const Tensor y = chain(x, deep);
    CHECK(y.item<float>() == 1);
  }
  SUBCASE("retained") {
    const Tensor y = chain(x, deep);
    y.backward({}, true);
    y.backward();
    CHECK(x.grad().item<float>() == 2);
  }
  SUBCASE("in place") {
    const Tensor y = x * 1.0;
    for (int i = 0; i < deep; ++i) y.mul_(1.0);
    y.backward();
    CHECK(x.grad().item<float>() == 1);
  }
  SUBCASE("held by saved tensors") {
    Tensor y = x;
    for (int i = 0; i < deep; ++i) y = y * y;
    CHECK(y.item<float>() == 1);
  }
  SUBCASE("of custom functions") {
    Tensor y = x;
    for (int i = 0; i < deep / 3; ++i) {
      y = autograd::apply_custom(
          "same", {y},
          [&](autograd::FunctionContext& context) {
            context.save_for_backward({y});
            return std::vector<Tensor>{y * 1.0};
          },
          [](autograd::FunctionContext& context, const std::vector<Tensor>& grads) {
            return std::vector<Tensor>{grads[0] * context.saved_tensors()[0]};
          })[0];
    }
    SUBCASE("run") {
      y.backward();
      CHECK(x.grad().item<float>() == 1);
    }
    SUBCASE("dropped") {
      CHECK(y.item<float>() == 1);
    }
  }
  SUBCASE("of checkpoints") {
    Tensor y = x;
    const auto square = [](const Tensor& t) { return t * t; };
    for (int i = 0; i < deep / 3; ++i) y = autograd::checkpoint(square, y);
    SUBCASE("run") {
      y.backward({}, true);
      CHECK(std::isinf(x.grad().item<float>()));  // 2^100000
    }
    SUBCASE("dropped") {
      CHECK(y.item<float>() == 1);
    }
  }
  SUBCASE("with hooks everywhere") {
    Tensor y = x;
    std::vector<HookHandle> hooks;
    int calls = 0;
    for (int i = 0; i < deep / 3; ++i) {
      y = y * 1.0;
      hooks.push_back(y.register_hook([&](const Tensor&) {
        ++calls;
        return Tensor();
      }));
      y.retain_grad();
    }
    y.backward();
    CHECK(calls == deep / 3);
    CHECK(x.grad().item<float>() == 1);
  }
  SUBCASE("freed by another thread") {
    Tensor y = chain(x, deep);
    std::thread([moved = std::move(y)]() mutable { moved = Tensor(); }).join();
    CHECK_FALSE(y.defined());
  }
  SUBCASE("of gradients") {
    const Tensor y = chain(x, deep);
    const Tensor first = autograd::grad({y * y}, {x}, {}, {.create_graph = true})[0];
    CHECK(autograd::grad({first}, {x})[0].item<float>() == 2);
  }
}

TEST_CASE("wide graphs take time in proportion to their size") {
  constexpr int wide = 100000;
  std::vector<Tensor> leaves;
  for (int i = 0; i < wide; ++i) leaves.push_back(ones({1}, {.requires_grad = true}));
  const auto begin = std::chrono::steady_clock::now();
  SUBCASE("joined one by one") {
    Tensor total = leaves[0];
    for (int i = 1; i < wide; ++i) total = total + leaves[static_cast<size_t>(i)];
    total.backward();
  }
  SUBCASE("joined at once") {
    sum(cat(leaves)).backward();
  }
  SUBCASE("asked for by name") {
    const std::vector<Tensor> grads = autograd::grad({sum(cat(leaves))}, leaves);
    for (size_t i = 0; i < grads.size(); ++i) leaves[i].set_grad(grads[i]);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  bool all_one = true;
  for (const Tensor& leaf : leaves) all_one = all_one && leaf.grad().item<float>() == 1;
  CHECK(all_one);
  // A tenth of a second as it should be; 10^10 steps would take far longer, under a sanitizer too.
  CHECK(seconds.count() < 15);
}

TEST_CASE("one leaf used very often") {
  const Tensor x = ones({1}, {.dtype = float64, .requires_grad = true});
  Tensor total = zeros({1}, {.dtype = float64});
  for (int i = 0; i < 100000; ++i) total = total + x;
  total.backward();
  CHECK(x.grad().item<double>() == 100000);
}

TEST_CASE("the same bits again, and with any number of threads") {
  const int before = get_num_threads();
  const Network n = network();
  set_num_threads(1);
  const std::vector<float> expected = trained(n);
  CHECK(same_bits(trained(n), expected));
  for (const int threads : {2, 3}) {
    CAPTURE(threads);
    set_num_threads(threads);
    CHECK(get_num_threads() == threads);
    CHECK(same_bits(trained(n), expected));
    CHECK(same_bits(trained(n), expected));
  }
  set_num_threads(before);
}

TEST_CASE("threads record and back-propagate graphs of their own at the same time") {
  const std::vector<float> expected = trained(network());
  const Tensor constant = full({16}, 2.0);  // read by all
  std::vector<char> right(4, 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < right.size(); ++i) {
    threads.emplace_back([&, i] {
      bool good = true;
      for (int round = 0; round < 5; ++round) {
        const Network n = network();
        good = good && same_bits(trained(n), expected);
        const Tensor x = ones({16}, {.requires_grad = true});
        (chain(x, 1000) * constant).sum().backward();
        good = good && equal(x.grad(), constant);
      }
      right[i] = good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<char>(4, 1));
}

TEST_CASE("a guard speaks for its own thread") {
  const Tensor x = ones({1}, {.requires_grad = true});
  const NoGradGuard guard;
  bool elsewhere = false;
  std::thread([&] { elsewhere = grad_enabled() && (x * 2).requires_grad(); }).join();
  CHECK(elsewhere);
  CHECK_FALSE(grad_enabled());
}

TEST_CASE("a backward pass frees what was saved as it goes") {
  constexpr int64_t count = 1 << 18;
  constexpr int64_t bytes = count * 4;
  const Tensor x = ones({count}, {.requires_grad = true});
  const int64_t start = in_use();
  Tensor y = x;
  for (int i = 0; i < 20; ++i) y = sigmoid(y);
  CHECK(in_use() - start >= 20 * bytes);
  const Tensor loss = sum(y);
  y = Tensor();
  reset_peak_memory();
  const int64_t before = in_use();
  loss.backward();
  // Only the gradient of x is left; on the way a few temporaries came on top of what was saved.
  CHECK(in_use() - start < 2 * bytes);
  CHECK(memory_statistics().peak_in_use - before <= 4 * bytes);
}

TEST_CASE("nothing is left of a graph") {
  trained(network());  // so that nothing is allocated for the first time below
  const int64_t start = in_use();
  SUBCASE("after backward") {
    trained(network());
  }
  SUBCASE("that was never back-propagated") {
    loss_of(network());
  }
  SUBCASE("that was retained") {
    const Network n = network();
    loss_of(n).backward({}, true);
  }
  SUBCASE("of second gradients") {
    const Network n = network();
    const std::vector<Tensor> first =
        autograd::grad({loss_of(n)}, n.leaves(), {}, {.create_graph = true});
    autograd::grad({sum(square(first[1]))}, n.leaves(), {}, {.allow_unused = true});
  }
  SUBCASE("of in-place operations") {
    const Tensor x = ones({1000}, {.requires_grad = true});
    const Tensor factor = full({1000}, 2.0);
    const Tensor y = x * 2;
    y.mul_(factor).div_(factor).mul_(x).div_(y).add_(y).exp_().sqrt_().relu_().copy_(y).set({3}, 1);
    y.mul_(y).mul_(y.detach());
  }
  SUBCASE("whose backward pass failed") {
    const Tensor x = ones({1000}, {.requires_grad = true});
    const Tensor y = exp(x * 2);
    y.add_(1);
    CHECK_THROWS_AS(sum(y).backward(), AutogradError);
  }
  CHECK(in_use() == start);
}

TEST_CASE("a recorded operation keeps no more than documented") {
  // docs/HACKING.md, The tape. On machines of 64 bits.
  using autograd::Gradients;
  using autograd::Needs;
  using autograd::Node;
  using autograd::Saved;
  const auto two_saved = [a = Saved(), b = Saved()](const Tensor& grad,
                                                    const Needs&) -> Gradients<2> {
    return {grad * *b, grad * *a};
  };
  const auto none_saved = [](const Tensor& grad, const Needs&) -> Gradients<2> {
    return {grad, grad};
  };
  const auto output_saved = [](const Tensor& grad, const Tensor& y) { return grad * y; };
  using One = std::array<Node::Input, 1>;
  using Two = std::array<Node::Input, 2>;
  CHECK(sizeof(autograd::detail::FunctionNode<Two, decltype(two_saved)>) <= 112);
  CHECK(sizeof(autograd::detail::FunctionNode<Two, decltype(none_saved)>) <= 64);
  CHECK(sizeof(autograd::detail::FunctionNode<One, decltype(output_saved)>) <= 88);
  CHECK(sizeof(autograd::GradientRecord) <= 120);
  CHECK(sizeof(TensorImpl) <= 216);
  CHECK(sizeof(Storage) <= 88);
}
