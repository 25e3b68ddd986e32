// The losses and the functional forms of layers.
#include <doctest/doctest.h>

#include <cmath>

#include "autograd/gradcheck.h"
#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
namespace F = lucid::nn::functional;
using namespace lucid;
using namespace lucid::test;
using F::Reduction;

namespace {

const Reduction reductions[] = {Reduction::none, Reduction::mean, Reduction::sum};

// -log softmax(scores)[target], straight from the definition.
double cross_entropy_of(const std::vector<double>& scores, size_t target) {
  double total = 0;
  for (const double score : scores) total += std::exp(score);
  return std::log(total) - scores[target];
}

TEST_CASE("cross_entropy: classes of rows") {
  const Tensor scores = tensor({{1.0, 2.0, 3.0}, {0.0, 0.0, 5.0}}, {.dtype = float64});
  const Tensor classes = tensor({2, 0});
  const double first = cross_entropy_of({1, 2, 3}, 2);
  const double second = cross_entropy_of({0, 0, 5}, 0);
  CHECK(mismatch(F::cross_entropy(scores, classes), {}, {(first + second) / 2}, 1e-12) == "");
  CHECK(mismatch(F::cross_entropy(scores, classes, {.reduction = Reduction::sum}), {},
                 {first + second}, 1e-12) == "");
  CHECK(mismatch(F::cross_entropy(scores, classes, {.reduction = Reduction::none}), {2},
                 {first, second}, 1e-12) == "");
}

TEST_CASE("cross_entropy: one example without a batch") {
  const Tensor scores = tensor({1.0, 2.0, 3.0}, {.dtype = float64});
  const double expected = cross_entropy_of({1, 2, 3}, 1);
  for (const Reduction reduction : reductions) {
    CHECK(mismatch(F::cross_entropy(scores, tensor(1), {.reduction = reduction}), {}, {expected},
                   1e-12) == "");
  }
}

TEST_CASE("cross_entropy: a class for every pixel") {
  const Tensor scores = pattern({2, 3, 2, 2}) * 4;
  const Tensor classes = tensor({{{0, 1}, {2, 0}}, {{1, 1}, {2, 2}}});
  std::vector<double> expected;
  double total = 0;
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t i = 0; i < 4; ++i) {
      std::vector<double> pixel;
      for (int64_t c = 0; c < 3; ++c) pixel.push_back(scores.at<double>({n, c, i / 2, i % 2}));
      const auto target = static_cast<size_t>(classes.at<int64_t>({n, i / 2, i % 2}));
      expected.push_back(cross_entropy_of(pixel, target));
      total += expected.back();
    }
  }
  CHECK(mismatch(F::cross_entropy(scores, classes, {.reduction = Reduction::none}), {2, 2, 2},
                 expected, 1e-12) == "");
  CHECK(mismatch(F::cross_entropy(scores, classes), {}, {total / 8}, 1e-12) == "");
}

TEST_CASE("cross_entropy: scores far apart neither overflow nor vanish") {
  const Tensor scores = tensor({{1000.0, 0.0}, {-1000.0, 0.0}});
  CHECK(mismatch(F::cross_entropy(scores, tensor({0, 0}), {.reduction = Reduction::none}), {2},
                 {0, 1000}) == "");
}

TEST_CASE("cross_entropy is nll_loss of log_softmax, gradient included") {
  const Tensor scores = (pattern({4, 5}) * 3).requires_grad_();
  const Tensor classes = tensor({1, 4, 0, 1});
  const Tensor direct = F::cross_entropy(scores, classes);
  const Tensor composed = F::nll_loss(F::log_softmax(scores, 1), classes);
  CHECK(mismatch(direct, {}, {composed.item<double>()}, 1e-14) == "");
  direct.backward();
  // (softmax - one-hot) / N
  const Tensor expected = F::softmax(scores.detach(), 1);
  for (int64_t i = 0; i < 4; ++i) {
    const Shape at{i, classes.at<int64_t>({i})};
    expected.set(at, expected.at<double>(at) - 1);
  }
  CHECK(mismatch(scores.grad(), {4, 5}, (expected / 4).to_vector<double>(), 1e-12) == "");
}

TEST_CASE("pooling: the functions take the stride from the kernel unless given") {
  const Tensor x = counting({1, 1, 4, 4}, float32);
  CHECK(F::max_pool2d(x, 2).shape() == Shape{1, 1, 2, 2});
  CHECK(F::max_pool2d(x, 2, {.stride = 1}).shape() == Shape{1, 1, 3, 3});
  CHECK(F::avg_pool2d(x, {2, 4}).shape() == Shape{1, 1, 2, 1});
  CHECK(F::adaptive_avg_pool2d(x[0], {1, 2}).shape() == Shape{1, 1, 2});
}

TEST_CASE("a whole small network: gradients of every parameter") {
  manual_seed(1);
  nn::Sequential model{nn::LazyConv2d(2, 3, {.padding = 1, .dtype = float64}),
                       nn::LazyBatchNorm2d({.dtype = float64}),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::LazyConv2d(3, {2, 1}, {.padding = "same", .dtype = float64}),
                       nn::Tanh(),
                       nn::AvgPool2d(2, {.stride = 1}),
                       nn::Flatten(),
                       nn::LazyLinear(3, {.dtype = float64})};
  const Tensor x = pattern({3, 2, 5, 6}).requires_grad_();
  model(x);
  const Tensor classes = tensor({0, 2, 1});
  std::vector<Tensor> inputs{x};
  for (const auto& [name, parameter] : model.named_parameters()) {
    // The normalisation takes the first bias away again: its gradient is zero but for rounding.
    if (name != "0.bias") inputs.push_back(parameter);
  }
  CHECK(inputs.size() == 8);
  CHECK(autograd::gradcheck(
      [&](const std::vector<Tensor>& v) { return F::cross_entropy(model(v[0]), classes); },
      inputs));
}

}  // namespace
