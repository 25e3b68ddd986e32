// Models that were optimised for inference: the values of the model in evaluation, in less memory
// and without asking for any.
#include <doctest/doctest.h>
#include <malloc.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>

#include "lucid/lucid.h"
#include "lucid/ops/conv_algorithm.h"
#include "tests/nn/inference_checks.h"
#include "tests/support/at_once.h"
#include "tests/support/check.h"
#include "tests/support/message_of.h"
#include "tests/support/sanitizer.h"

namespace {
std::atomic<int64_t> news{0};  // calls of operator new in this program
}  // namespace

#if !LUCID_TEST_SANITIZED
void* operator new(std::size_t bytes) {
  news.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

// The blocks of the ResNets, in functions and modules of one's own.
struct Residual : nn::Module {
  nn::LazyConv2d conv1, conv2, projection;
  nn::LazyBatchNorm2d norm1, norm2, norm3;
  nn::ReLU relu;

  Residual(int64_t channels, int64_t stride)
      : conv1(register_module(
            "conv1", nn::LazyConv2d(channels, 3, {.stride = stride, .padding = 1, .bias = false}))),
        conv2(register_module("conv2", nn::LazyConv2d(channels, 3, {.padding = 1, .bias = false}))),
        projection(register_module("projection",
                                   nn::LazyConv2d(channels, 1, {.stride = stride, .bias = false}))),
        norm1(register_module("norm1", nn::LazyBatchNorm2d())),
        norm2(register_module("norm2", nn::LazyBatchNorm2d())),
        norm3(register_module("norm3", nn::LazyBatchNorm2d())),
        relu(register_module("relu", nn::ReLU())) {}

  Tensor forward(const Tensor& x) override {
    const Tensor y = relu(norm1(conv1(x)));
    return lucid::relu(norm2(conv2(y)) + norm3(projection(x)));
  }
};

nn::Sequential lenet() {
  return nn::Sequential{nn::LazyConv2d(8, 3, {.padding = 1}),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::LazyConv2d(16, 3, {.padding = 1}),
                        nn::ReLU(),
                        nn::MaxPool2d(2),
                        nn::Flatten(),
                        nn::LazyLinear(32),
                        nn::Dropout(0.5),
                        nn::ReLU(),
                        nn::LazyLinear(10)};
}

nn::Sequential resnet() {
  return nn::Sequential{nn::LazyConv2d(16, 3, {.padding = 1, .bias = false}),
                        nn::LazyBatchNorm2d(),
                        nn::ReLU(),
                        Residual(16, 1),
                        nn::Sequential{Residual(32, 2), Residual(40, 2)},
                        nn::AdaptiveAvgPool2d(1),
                        nn::Flatten(),
                        nn::LazyLinear(20),
                        nn::LazyBatchNorm1d(),
                        nn::ReLU(),
                        nn::LazyLinear(10)};
}

nn::Sequential mobilenet() {
  nn::Sequential model{nn::LazyConv2d(16, 3, {.stride = 2, .padding = 1, .bias = false}),
                       nn::LazyBatchNorm2d(), nn::ReLU()};
  for (const int64_t stride : {1, 2}) {
    model.push_back(
        nn::LazyConv2d(16, 3, {.stride = stride, .padding = 1, .groups = 16, .bias = false}));
    model.push_back(nn::LazyBatchNorm2d());
    model.push_back(nn::ReLU());
    model.push_back(nn::LazyConv2d(16, 1, {.bias = false}));
    model.push_back(nn::LazyBatchNorm2d());
    model.push_back(nn::ReLU());
  }
  model.push_back(nn::AdaptiveAvgPool2d(1));
  model.push_back(nn::Flatten());
  model.push_back(nn::LazyLinear(10));
  return model;
}

// Some batches, so that running statistics and weights are not what they began with.
template <class Model>
Model trained(Model model, const Shape& x) {
  nn::materialize(model, x);
  uint64_t seed = 1;
  for (nn::Parameter& parameter : std::vector<nn::Parameter>(model.parameters())) {
    const NoGradGuard guard;
    if (parameter.dim() == 1) parameter.add_(pattern(parameter.shape(), float32, ++seed) * 0.3);
  }
  for (uint64_t i = 0; i < 3; ++i) model(pattern(x, float32, 10 + i) * 2);
  return model;
}

template <class Model>
void check_model(const Model& model, const Shape& shape) {
  const nn::InferenceModel fast = nn::optimize_for_inference(model, shape);
  CHECK(fast.input_shape() == shape);
  for (uint64_t i = 0; i < 3; ++i) {
    const Tensor x = pattern(shape, float32, 20 + i);
    const std::vector<double> values = x.to_vector<double>();
    check_close(fast(x), evaluated(model, x));
    CHECK(x.to_vector<double>() == values);
  }
  // Other sizes and batches, one after the other and again.
  for (int round = 0; round < 2; ++round) {
    for (const int64_t batch : {1, 5, 2}) {
      Shape other = shape;
      other[0] = batch;
      const Tensor x = pattern(other, float32, 30 + static_cast<uint64_t>(batch));
      check_close(fast(x), evaluated(model, x));
    }
  }
}

TEST_CASE("inference: the values of the model in evaluation") {
  for (const int64_t batch : {1, 3}) {
    check_model(trained(lenet(), {2, 1, 28, 28}), {batch, 1, 28, 28});
    check_model(trained(resnet(), {2, 3, 32, 32}), {batch, 3, 32, 32});
    check_model(trained(mobilenet(), {2, 3, 32, 32}), {batch, 3, 32, 32});
  }
}

TEST_CASE("inference: images of other sizes") {
  const nn::Sequential model = trained(resnet(), {2, 3, 32, 32});
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 3, 32, 32});
  for (const Shape& shape : {Shape{1, 3, 20, 36}, Shape{2, 3, 9, 9}, Shape{1, 3, 32, 32}}) {
    const Tensor x = pattern(shape, float32, 4);
    check_close(fast(x), evaluated(model, x));
  }
}

TEST_CASE("inference: each algorithm's weights") {
  using kernels::ConvAlgorithm;
  for (const ConvAlgorithm algorithm : {ConvAlgorithm::direct, ConvAlgorithm::winograd_2x2_3x3,
                                        ConvAlgorithm::winograd_4x4_3x3, ConvAlgorithm::pixel}) {
    const nn::Sequential model = trained(resnet(), {2, 3, 32, 32});
    const Tensor x = pattern({2, 3, 32, 32}, float32, 4);
    const Tensor expected = evaluated(model, x);
    force_conv_algorithm(algorithm);
    const nn::InferenceModel fast = nn::optimize_for_inference(model, {2, 3, 32, 32});
    force_conv_algorithm(std::nullopt);
    check_close(fast(x), expected);
  }
}

TEST_CASE("inference: in double, one and three dimensions, examples without a batch, paddings") {
  const auto check = [](nn::Sequential model, const Shape& shape) {
    for (uint64_t i = 0; i < 2; ++i) model(pattern(shape, float64, i));
    const nn::InferenceModel fast = nn::optimize_for_inference(model, shape);
    const Tensor x = pattern(shape, float64, 9);
    const Tensor expected = evaluated(model, x);
    CHECK(mismatch(fast(x), expected.shape(), expected.to_vector<double>(), 1e-12) == "");
  };
  check(nn::Sequential{nn::Conv2d(3, 5, 3, {.padding = 1, .dtype = float64}),
                       nn::BatchNorm2d(5, {.dtype = float64}), nn::ReLU()},
        {2, 3, 7, 9});
  check(nn::Sequential{nn::Conv1d(3, 5, 3, {.dtype = float64}),
                       nn::BatchNorm1d(5, {.dtype = float64}), nn::ReLU()},
        {2, 3, 9});
  check(nn::Sequential{nn::Conv3d(2, 5, 3, {.padding = 1, .dtype = float64}),
                       nn::BatchNorm3d(5, {.dtype = float64}), nn::ReLU()},
        {2, 2, 4, 5, 3});
  check(nn::Sequential{nn::Linear(6, 5, {.dtype = float64}), nn::BatchNorm1d(5, {.dtype = float64}),
                       nn::ReLU()},
        {4, 6});
  // The second dimension of these is not what the layer gave as its outputs.
  check(nn::Sequential{nn::Linear(6, 5, {.dtype = float64}), nn::BatchNorm1d(5, {.dtype = float64}),
                       nn::ReLU()},
        {4, 5, 6});
  check(nn::Sequential{nn::BatchNorm2d(3, {.dtype = float64}), nn::ReLU(),
                       nn::Conv2d(3, 4, 3, {.dtype = float64})},
        {2, 3, 6, 6});
  check(nn::Sequential{nn::Conv2d(3, 4, 3, {.dtype = float64}), nn::ReLU()}, {3, 7, 9});
  for (const auto mode : {nn::PaddingMode::circular, nn::PaddingMode::reflect}) {
    check(nn::Sequential{nn::Conv2d(3, 4, 3,
                                    {.padding = {1, 2}, .padding_mode = mode, .dtype = float64}),
                         nn::BatchNorm2d(4, {.dtype = float64})},
          {2, 3, 7, 9});
  }
}

TEST_CASE("inference: what runs is one operation for each convolution") {
  const Tensor x = pattern({1, 3, 32, 32}, float32);
  const nn::InferenceModel residual =
      nn::optimize_for_inference(trained(resnet(), {2, 3, 32, 32}), {1, 3, 32, 32});
  CHECK(calls_of(residual, x, "batch_norm") == 0);
  CHECK(calls_of(residual, x, "conv2d_relu") == 1 + 3);
  CHECK(calls_of(residual, x, "conv2d") == 2 * 3);
  CHECK(calls_of(residual, x, "relu") == 3);  // of the sums
  CHECK(calls_of(residual, x, "linear_relu") == 1);
  const nn::InferenceModel depthwise =
      nn::optimize_for_inference(trained(mobilenet(), {2, 3, 32, 32}), {1, 3, 32, 32});
  CHECK(calls_of(depthwise, x, "conv2d_relu") == 5);
  CHECK(calls_of(depthwise, x, "relu") + calls_of(depthwise, x, "batch_norm") == 0);
}

// Keeps what it saw.
struct Keeping : nn::Module {
  nn::Conv2d conv;
  Tensor kept;
  std::vector<Tensor> all;

  Keeping() : conv(register_module("conv", nn::Conv2d(3, 4, 3))) {}
  Tensor forward(const Tensor& x) override {
    kept = conv(x);
    all.push_back(kept);
    return lucid::relu(kept + 0.5);
  }
};

TEST_CASE("inference: values that outlive a call are not written over") {
  const Keeping model;
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 3, 6, 6});
  std::vector<Tensor> results, expected;
  for (uint64_t i = 0; i < 6; ++i) {
    const Tensor x = pattern({1, 3, 6, 6}, float32, i);
    results.push_back(fast(x));
    expected.push_back(evaluated(model, x));
  }
  for (size_t i = 0; i < results.size(); ++i) check_close(results[i], expected[i]);
}

TEST_CASE("inference: a copy of the model, which goes on by itself") {
  nn::Sequential model = trained(resnet(), {2, 3, 32, 32});
  const Tensor x = pattern({2, 3, 32, 32}, float32, 5);
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {2, 3, 32, 32});
  CHECK(model.is_training());
  const Tensor before = fast(x);
  CHECK_FALSE(before.requires_grad());
  const Tensor loss = model(x).sum();
  loss.backward();
  optim::SGD(model.parameters(), {.lr = 0.1}).step();
  CHECK(mismatch(fast(x), before.shape(), before.to_vector<double>()) == "");
  CHECK(fast(x.clone().requires_grad_()).requires_grad() == false);
  CHECK(grad_enabled());
  const nn::InferenceModel copy = fast;
  CHECK(mismatch(copy(x), before.shape(), before.to_vector<double>()) == "");
}

TEST_CASE("inference: lazy layers get their first values, in the copy alone") {
  manual_seed(3);
  nn::Sequential model = lenet();
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 1, 28, 28});
  CHECK(model.has_uninitialized());
  const Tensor x = pattern({1, 1, 28, 28}, float32, 5);
  check_close(fast(x), evaluated(model, x));
}

TEST_CASE("inference: a call asks for no memory but its result's") {
  const Shape shape{1, 3, 32, 32};
  for (const nn::Sequential& model :
       {trained(resnet(), {2, 3, 32, 32}), trained(mobilenet(), {2, 3, 32, 32})}) {
    const nn::InferenceModel fast = nn::optimize_for_inference(model, shape);
    const Tensor x = pattern(shape, float32, 5);
    for (int i = 0; i < 3; ++i) fast(x);
    const MemoryStatistics before = memory_statistics();
    const int64_t news_before = news.load();
    const auto heap_before = mallinfo2().uordblks;
    for (int i = 0; i < 20; ++i) fast(x);
    CHECK(mallinfo2().uordblks == heap_before);
    CHECK(news.load() == news_before);
    const MemoryStatistics after = memory_statistics();
    CHECK(after.cache_misses == before.cache_misses);
    CHECK(after.in_use == before.in_use);
    CHECK(after.allocations - before.allocations == 20);  // the results
    CHECK(fast.arena_bytes() > 0);
  }
}

TEST_CASE("inference: the arena holds less than all values of a call") {
  const nn::Sequential model = trained(resnet(), {2, 3, 32, 32});
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {8, 3, 32, 32});
  nn::Sequential twin = nn::clone(model);
  CHECK(fast.arena_bytes() < nn::summary(twin, {8, 3, 32, 32}).activation_bytes);
}

TEST_CASE("inference: threads may share a model") {
  const nn::Sequential model = trained(resnet(), {2, 3, 32, 32});
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 3, 32, 32});
  std::vector<Tensor> inputs, expected;
  for (uint64_t i = 0; i < 8; ++i) {
    inputs.push_back(pattern({1 + static_cast<int64_t>(i % 2), 3, 32, 32}, float32, i));
    expected.push_back(fast(inputs.back()));
  }
  std::vector<std::vector<Tensor>> got(4);
  at_once(4, [&](int thread) {
    for (int round = 0; round < 3; ++round) {
      got[static_cast<size_t>(thread)].clear();
      for (const Tensor& x : inputs) got[static_cast<size_t>(thread)].push_back(fast(x));
    }
  });
  for (const std::vector<Tensor>& results : got) {
    for (size_t i = 0; i < results.size(); ++i) {
      CHECK(mismatch(results[i], expected[i].shape(), expected[i].to_vector<double>()) == "");
    }
  }
}

TEST_CASE("inference: the same bits at any number of threads") {
  const nn::InferenceModel fast =
      nn::optimize_for_inference(trained(resnet(), {2, 3, 32, 32}), {3, 3, 32, 32});
  const Tensor x = pattern({3, 3, 32, 32}, float32, 5);
  const int threads = get_num_threads();
  set_num_threads(1);
  const Tensor one = fast(x);
  for (const int count : {2, 3}) {
    set_num_threads(count);
    for (int again = 0; again < 3; ++again) {
      CHECK(mismatch(fast(x), one.shape(), one.to_vector<double>()) == "");
    }
  }
  set_num_threads(threads);
}

TEST_CASE("inference: errors are those of the model, and leave it usable") {
  nn::Sequential model = trained(resnet(), {2, 3, 32, 32});
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 3, 32, 32});
  const Tensor x = pattern({1, 3, 32, 32}, float32, 5);
  const Tensor expected = fast(x);
  model.eval();
  const NoGradGuard guard;
  for (const Tensor& wrong : {zeros({1, 4, 32, 32}), zeros({32, 32}), Tensor(),
                              zeros({1, 3, 32, 32}, {.dtype = float64})}) {
    const auto message = message_of<Error>([&] { model(wrong); });
    CHECK(message_of<Error>([&] { fast(wrong); }) == message);
    for (int i = 0; i < 3; ++i) {
      CHECK(mismatch(fast(x), expected.shape(), expected.to_vector<double>()) == "");
    }
  }
  CHECK_THROWS_AS(nn::optimize_for_inference(model, {1, 4, 32, 32}), ShapeError);
}

TEST_CASE("inference: a model is printed with what was made of it") {
  const nn::InferenceModel fast = nn::optimize_for_inference(
      trained(nn::Sequential{nn::Conv2d(3, 4, 3), nn::BatchNorm2d(4), nn::ReLU()}, {2, 3, 8, 8}),
      {1, 3, 8, 8});
  const std::string text = fast.str();
  INFO(text);
  CHECK(contains(text, "InferenceModel(Sequential, input_shape=[1, 3, 8, 8], arena="));
  CHECK(contains(text, "0: Conv2d("));
  CHECK(contains(text, " + BatchNorm2d + ReLU"));
  CHECK(contains(text, "1: BatchNorm2d("));
  CHECK(contains(text, "part of the layer before"));
}

}  // namespace
