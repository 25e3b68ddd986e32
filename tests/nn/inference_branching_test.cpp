// Models optimised for inference whose layers must not, or not always, be put together.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "lucid/lucid.h"
#include "lucid/ops/conv_algorithm.h"
#include "tests/nn/inference_checks.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

// What its convolution gives is read in a second place.
struct Branching : nn::Module {
  nn::Conv2d conv;
  nn::BatchNorm2d norm;
  int way;

  explicit Branching(int way)
      : conv(register_module("conv", nn::Conv2d(3, 4, 3))),
        norm(register_module("norm", nn::BatchNorm2d(4))),
        way(way) {}

  Tensor forward(const Tensor& x) override {
    const Tensor y = conv(x);
    const Tensor z = norm(y);
    switch (way) {
      case 0:
        return lucid::relu(z) + y;
      case 1:
        return lucid::relu(z) + z;
      case 2:
        return lucid::relu(z) + y.detach() * 2;
      case 3: {
        const Tensor view = y.view({-1});
        return lucid::relu(z).view({-1}) + view;
      }
      case 4:  // overwritten
        y.mul_(2);
        return lucid::relu(norm(y)) + z;
      case 5:  // the same layers twice, and so may be put together
        return lucid::relu(z) + lucid::relu(norm(conv(x * 2)));
      case 6:  // the norm behind something else as well
        return lucid::relu(z) + norm(lucid::relu(z));
      case 7:  // a relu of what is read afterwards
        return lucid::relu(y + 1) * y;
      case 8: {  // what a relu gave is written to, and goes through a relu again
        const Tensor a = lucid::relu(z);
        a.sub_(0.25);
        return lucid::relu(a);
      }
      case 9:
        return y;  // and z for nothing
      case 10:     // from here on by functions that are not recorded
        return where(gt(y, 0), z, 0);
      case 11:
        return lucid::relu(z) + lt(z, 0).to(float32) * 0.5;
      case 12:
        return lucid::relu(z) + y.argmax(1, true).to(float32);
      case 13:
        return lucid::relu(z) + y.to(int64).to(float32);
      case 14:
        return lucid::relu(z) + logical_and(z.to(bool_), lt(z, 0)).to(float32);
      default: {  // unseen, but for the results
        const std::vector<float> values = y.to_vector<float>();
        return lucid::relu(z) + static_cast<double>(values.back());
      }
    }
  }
};

TEST_CASE("inference: nothing is put together that is read in between") {
  const Tensor x = pattern({2, 3, 6, 6}, float32, 3);
  const int64_t norms[] = {1, 0, 1, 1, 2, 0, 2, 1, 0, 1, 1, 0, 1, 1, 0, 1};
  for (int way = 0; way < 16; ++way) {
    INFO(way);
    manual_seed(static_cast<uint64_t>(way));
    Branching model(way);
    for (uint64_t i = 0; i < 3; ++i) model(pattern({2, 3, 6, 6}, float32, i));
    const nn::InferenceModel fast = nn::optimize_for_inference(model, {2, 3, 6, 6});
    for (int again = 0; again < 2; ++again) check_close(fast(x), evaluated(model, x));
    CHECK(calls_of(fast, x, "batch_norm") + calls_of(fast, x, "batch_norm_relu") == norms[way]);
  }
}

TEST_CASE("inference: ranks for which a norm has other channels than the layer before it") {
  nn::Sequential rows{nn::Linear(6, 5), nn::BatchNorm1d(5)};
  nn::Sequential lines{nn::Conv1d(3, 4, 3), nn::BatchNorm1d(4), nn::ReLU()};
  for (uint64_t i = 0; i < 3; ++i) {
    rows(pattern({4, 6}, float32, i));
    lines(pattern({2, 3, 6}, float32, i));
  }
  const nn::InferenceModel fast_rows = nn::optimize_for_inference(rows, {4, 6});
  check_close(fast_rows(pattern({4, 5, 6}, float32)), evaluated(rows, pattern({4, 5, 6}, float32)));
  CHECK_THROWS_AS(fast_rows(pattern({4, 7, 6}, float32)), ShapeError);
  const nn::InferenceModel fast_lines = nn::optimize_for_inference(lines, {2, 3, 6});
  check_close(fast_lines(pattern({3, 6}, float32)), evaluated(lines, pattern({3, 6}, float32)));
  CHECK_THROWS_AS(fast_lines(pattern({3, 7}, float32)), ShapeError);
}

TEST_CASE("inference: strict mode holds for models that were optimised in fast mode") {
  nn::Sequential model{nn::Conv2d(32, 32, 3, {.padding = 1}), nn::BatchNorm2d(32)};
  const Tensor x = pattern({4, 32, 24, 24}, float32);
  for (int i = 0; i < 3; ++i) model(x);
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {4, 32, 24, 24});
  const ConvChoice choice =
      conv_algorithm(x.shape(), {32, 32, 3, 3}, {.pad_low = {1, 1}, .pad_high = {1, 1}});
  const bool reference = choice.algorithm == kernels::ConvAlgorithm::direct;
  REQUIRE((reference || fast.str().find("winograd_4x4_3x3") != std::string::npos));
  const ConvModeGuard guard(ConvMode::strict);
  const Tensor got = fast(x), expected = evaluated(model, x);
  CHECK((got - expected).abs().max().item<float>() < 1e-5F);
}

// Makes a model of its own at its first call.
struct Nesting : nn::Module {
  nn::Conv2d conv, inner;
  std::optional<nn::InferenceModel> fast;

  Nesting()
      : conv(register_module("conv", nn::Conv2d(3, 4, 3))),
        inner(register_module("inner", nn::Conv2d(4, 4, 1))) {}
  Tensor forward(const Tensor& x) override {
    const Tensor y = conv(x), z = lucid::relu(y);
    if (!fast) fast = nn::optimize_for_inference(inner, y.shape());
    return z + y;
  }
};

TEST_CASE("inference: a model that is optimised while another one is watched") {
  const Nesting model;
  const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 3, 6, 6});
  const Tensor x = pattern({1, 3, 6, 6}, float32);
  check_close(fast(x), evaluated(model, x));
}

}  // namespace
