// One model that was optimised for inference, and several threads that call it.
#include <doctest/doctest.h>

#include "lucid/lucid.h"
#include "tests/support/at_once.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

TEST_CASE("inference: threads call one model, and drop what others got") {
  const nn::Sequential model{
      nn::Conv2d(3, 16, 3, {.padding = 1}), nn::BatchNorm2d(16), nn::ReLU(),
      nn::Conv2d(16, 8, 3, {.stride = 2}),  nn::ReLU(),          nn::Flatten()};
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 3, 16, 16});
  const auto input = [](int thread) {  // of two shapes, one of which is new to the model
    return pattern({1 + thread % 2, 3, 16, 16}, float32, static_cast<uint64_t>(thread));
  };
  constexpr int count = 4;
  std::vector<Tensor> results(count);
  at_once(count, [&](int thread) {
    const Tensor x = input(thread);
    for (int round = 0; round < 5; ++round) results[static_cast<size_t>(thread)] = fast(x);
  });
  std::vector<Tensor> expected;
  for (int thread = 0; thread < count; ++thread) {
    expected.push_back(fast(input(thread)));
    const Tensor& y = expected.back();
    CHECK(mismatch(results[static_cast<size_t>(thread)], y.shape(), y.to_vector<double>()) == "");
  }
  at_once(count, [&](int thread) {
    // What another thread got, while new results are made.
    results[static_cast<size_t>((thread + 1) % count)] = Tensor();
    expected[static_cast<size_t>(thread)] = fast(input(thread));
  });
}

}  // namespace
