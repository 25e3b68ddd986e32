// Random numbers that several threads draw.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "lucid/lucid.h"
#include "tests/support/at_once.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

using Floats = std::vector<float>;

// Drops, and says whether the gradient dropped the same: of ones it is what dropout gave.
bool drops_the_same(bool nested) {
  const Tensor x = ones({64}, {.requires_grad = true});
  const auto twice = [nested](const Tensor& t) {
    const Tensor once = dropout(t, 0.5);
    if (!nested) return dropout(once, 0.25);
    return autograd::checkpoint([](const Tensor& u) { return dropout(u, 0.25); }, once);
  };
  const Tensor y = autograd::checkpoint(twice, x);
  y.sum().backward();
  return equal(x.grad(), y.detach());
}

}  // namespace

TEST_CASE("random: threads that share a generator get each stream once") {
  constexpr int count = 4, draws = 2000;
  Generator own(3);
  for (Generator* generator : {&default_generator(), &own}) {
    const uint64_t start = generator->position();
    std::vector<std::vector<uint64_t>> drawn(count);
    at_once(count, [&](int i) {
      for (int k = 0; k < draws; ++k) {
        drawn[static_cast<size_t>(i)].push_back(generator->next_stream());
      }
    });
    std::vector<uint64_t> all;
    for (const auto& some : drawn) {
      CHECK(std::is_sorted(some.begin(), some.end()));
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    for (size_t i = 0; i < all.size(); ++i) all[i] -= start + i;
    CHECK(all == std::vector<uint64_t>(count * draws, 0));
    CHECK(generator->position() == start + count * draws);
  }
}

TEST_CASE("random: modules made on several threads have the weights that one would make") {
  constexpr size_t count = 12;
  const auto weights_of = [](const nn::Linear& layer) { return layer.weight().to_vector<float>(); };
  std::vector<Floats> expected, made(count);
  manual_seed(11);
  for (size_t i = 0; i < count; ++i)
    expected.push_back(weights_of(nn::Linear(5, 3, {.bias = false})));
  manual_seed(11);
  at_once(count, [&](int i) {
    made[static_cast<size_t>(i)] = weights_of(nn::Linear(5, 3, {.bias = false}));
  });
  // Which thread comes first is chance.
  std::sort(expected.begin(), expected.end());
  std::sort(made.begin(), made.end());
  CHECK(made == expected);
}

TEST_CASE("random: generators of their own give threads the same numbers in every run") {
  const auto numbers = [](int seed) {
    Generator generator(static_cast<uint64_t>(seed));
    Tensor sum = zeros({9});
    for (int k = 0; k < 20; ++k)
      sum = sum + randn({9}, generator) + dropout(sum, 0.5, true, generator);
    return sum.to_vector<float>();
  };
  std::vector<Floats> results(4);
  at_once(4, [&](int i) { results[static_cast<size_t>(i)] = numbers(i); });
  for (int i = 0; i < 4; ++i) CHECK(results[static_cast<size_t>(i)] == numbers(i));
}

TEST_CASE("random: a checkpoint drops the same again while others draw") {
  std::atomic<int> wrong{0};
  const uint64_t before = default_generator().position();
  at_once(4, [&](int i) {
    for (int round = 0; round < 60; ++round) {
      if (i == 3) {
        randn({4});
      } else if (!drops_the_same(round % 2 == 1)) {
        ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
  // Only what is drawn for the first time counts.
  CHECK(default_generator().position() == before + 3 * 60 * 2 + 60);
}
