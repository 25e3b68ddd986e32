// Where gradients are kept on their way: moved instead of copied, and nothing added to zeros.
#include <doctest/doctest.h>

#include "lucid/block_heap.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

using namespace lucid;
using namespace lucid::test;

namespace {

constexpr int64_t count = 1 << 16;
constexpr int64_t bytes = count * 4;

// Where the gradient of a leaf was when it was whole, which a hook sees.
struct Seen {
  explicit Seen(const Tensor& leaf)
      : handle(leaf.register_hook([this](const Tensor& grad) {
          place = grad.data<float>();
          return Tensor();
        })) {}
  const float* place = nullptr;
  HookHandle handle;
};

TEST_CASE("gradient buffers: the first gradient of a leaf is the buffer that was computed") {
  const Tensor x = ones({count}, {.requires_grad = true});
  const Seen seen(x);
  (x * 3).sum().backward();
  CHECK(x.grad().data<float>() == seen.place);
  const float* const first = seen.place;
  (x * 3).sum().backward();
  // The second is added to it.
  CHECK(x.grad().data<float>() == first);
  CHECK(x.grad()[7].item<double>() == 6);
}

TEST_CASE("gradient buffers: so it is of the layers' weights") {
  namespace nn = lucid::nn;
  nn::Sequential model{nn::Conv2d(3, 8, 3),  nn::BatchNorm2d(8), nn::ReLU(),
                       nn::Conv2d(8, 4, 3),  nn::ReLU(),         nn::Flatten(),
                       nn::Linear(4 * 16, 5)};
  std::vector<std::unique_ptr<Seen>> seen;
  for (const nn::Parameter& parameter : model.parameters()) {
    seen.push_back(std::make_unique<Seen>(parameter));
  }
  model(pattern({2, 3, 8, 8}, float32)).sum().backward();
  size_t i = 0;
  for (const auto& entry : model.named_parameters()) {
    INFO(entry.first);
    CHECK(entry.second.grad().data<float>() == seen[i++]->place);
  }
}

TEST_CASE("gradient buffers: a chain takes one block a step, and holds two") {
  const Tensor x = ones({count}, {.requires_grad = true});
  Tensor y = x;
  for (int i = 0; i < 10; ++i) y = y * 2;
  const Tensor seed = ones({count});
  const MemoryStatistics before = memory_statistics();
  reset_peak_memory();
  y.backward(seed);
  const MemoryStatistics after = memory_statistics();
  CHECK(after.in_use - before.in_use == detail::BlockHeap::block_bytes(bytes));
  CHECK(after.peak_in_use - before.in_use <= 2 * bytes + 4096);
  CHECK(after.allocations - before.allocations <= 10 + 10);  // a number beside each product
}

TEST_CASE("gradient buffers: a relu writes over the gradient it is given, unless others see it") {
  const Tensor x = ones({count}, {.requires_grad = true});
  const auto places = [&x](bool kept) {
    const Tensor z = x * 2;
    const Tensor y = relu(z);
    const Seen before(z), behind(y);
    if (kept) y.retain_grad();
    (y * 3).backward(ones({count}));
    if (kept) CHECK(y.grad()[5].item<double>() == 3);
    return before.place == behind.place;
  };
  CHECK(places(false));
  CHECK_FALSE(places(true));
  // The gradient that a pass begins with is the caller's.
  const Tensor seed = full({count}, -1.0);
  const Tensor negative = full({count}, -1.0, {.requires_grad = true});
  relu(negative).backward(seed);
  CHECK(seed[3].item<double>() == -1);
  CHECK(negative.grad()[3].item<double>() == 0);
}

TEST_CASE("gradient buffers: what meets at a fork is added in place") {
  const Tensor x = ones({count}, {.requires_grad = true});
  const Tensor z = x * 2;
  Tensor sum = exp(z);
  for (int i = 0; i < 5; ++i) sum = sum + exp(z);
  const Tensor seed = ones({count});
  const int64_t start = memory_statistics().in_use;
  reset_peak_memory();
  sum.backward(seed);
  // The sum so far, the next term and, until it is gone, what the term was made of.
  CHECK(memory_statistics().peak_in_use - start <= 3 * bytes + 4096);
}

TEST_CASE("gradient buffers: a layer's saved values go when the pass is past it") {
  namespace nn = lucid::nn;
  const auto half = [] {
    nn::Sequential layers;
    for (int i = 0; i < 6; ++i) {
      layers.push_back(nn::Conv2d(8, 8, 3, {.padding = 1}));
      layers.push_back(nn::ReLU());
    }
    return layers;
  };
  nn::Sequential front = half(), back = half();
  const Tensor x = pattern({4, 8, 64, 64}, float32);
  const int64_t activation = x.numel() * 4;
  const auto in_use = [] { return memory_statistics().in_use; };
  back(front(x)).sum().backward();  // gradients of the weights are there
  const int64_t start = in_use();
  Tensor middle = front(x);
  const int64_t held_by_front = in_use() - start;
  Tensor loss = back(middle).sum();
  // One value of each pair: the relu's, which the convolution behind it saved as well.
  CHECK(in_use() - start < 13 * activation);
  int64_t halfway = 0;
  const HookHandle hook = middle.register_hook([&](const Tensor&) {
    halfway = in_use() - start;
    return Tensor();
  });
  middle = Tensor();
  loss.backward();
  // What the front holds and two gradients at the most.
  CHECK(halfway <= held_by_front + 2 * activation + 65536);
  CHECK(in_use() - start < activation / 2);
}

}  // namespace
