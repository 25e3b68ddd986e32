// Layers in one pass: the values, gradients, hooks, errors and names of the layers one by one.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "autograd/anomaly.h"
#include "autograd/gradcheck.h"
#include "autograd/profiler.h"
#include "lucid/lucid.h"
#include "tests/autograd/profiler_row.h"
#include "tests/support/check.h"
#include "tests/support/message_of.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

// What a call of the model itself does, without fusion.
Tensor one_by_one(nn::Sequential& model, const Tensor& x) {
  Tensor y = x;
  for (nn::Module& module : model) y = module(y);
  return y;
}

struct Outcome {
  Tensor y;
  std::vector<std::pair<std::string, Tensor>> all;  ///< gradients and buffers
};

Outcome outcome(nn::Sequential model, const Tensor& x, bool fused) {
  const Tensor input = x.clone().detach().requires_grad_();
  model.zero_grad();
  Outcome result;
  result.y = fused ? model(input) : one_by_one(model, input);
  result.y.backward(pattern(result.y.shape(), x.dtype(), 7));
  result.all.emplace_back("x", input.grad());
  for (const auto& [name, parameter] : model.named_parameters())
    result.all.emplace_back(name, parameter.grad());
  for (const auto& entry : model.named_buffers()) result.all.push_back(entry);
  return result;
}

double tolerance(DType dtype) {
  return dtype == float64 ? 1e-12 : 2e-4;
}

// The values to the bit; gradients up to the order of sums.
void check_same(const nn::Sequential& model, const Tensor& x) {
  const nn::Sequential twin = nn::clone(model);
  const Outcome expected = outcome(twin, x, false);
  const Outcome got = outcome(model, x, true);
  CHECK(mismatch(got.y, expected.y.shape(), expected.y.to_vector<double>()) == "");
  REQUIRE(got.all.size() == expected.all.size());
  for (size_t i = 0; i < got.all.size(); ++i) {
    const Tensor& tensor = expected.all[i].second;
    INFO(expected.all[i].first);
    CHECK(mismatch(got.all[i].second, tensor.dtype(), tensor.shape(), tensor.to_vector<double>(),
                   tolerance(x.dtype())) == "");
  }
}

bool records(const Tensor& y, const std::string& name) {
  return contains(autograd::to_dot(y), "\"" + name + "\"");
}

TEST_CASE_TEMPLATE("fusion: a convolution and its ReLU", T, float, double) {
  const DType dtype = dtype_of<T>;
  const auto x = [&](const Shape& shape) { return pattern(shape, dtype, 3); };
  check_same(nn::Sequential{nn::Conv2d(3, 5, 3, {.padding = 1, .dtype = dtype}), nn::ReLU()},
             x({2, 3, 7, 9}));
  check_same(nn::Sequential{nn::Conv2d(4, 6, {3, 2},
                                       {.stride = 2, .groups = 2, .bias = false, .dtype = dtype}),
                            nn::ReLU()},
             x({3, 4, 8, 7}));
  check_same(nn::Sequential{nn::Conv2d(16, 16, 3, {.padding = "same", .dtype = dtype}), nn::ReLU()},
             x({2, 16, 24, 24}));
  check_same(nn::Sequential{nn::Conv2d(2, 3, 3, {.padding = 2, .dilation = 2, .dtype = dtype}),
                            nn::ReLU()},
             x({2, 6, 6}));  // unbatched
  check_same(
      nn::Sequential{
          nn::Conv2d(2, 3, 3,
                     {.padding = 1, .padding_mode = nn::PaddingMode::circular, .dtype = dtype}),
          nn::ReLU()},
      x({2, 2, 6, 6}));
  check_same(nn::Sequential{nn::Conv1d(3, 4, 3, {.padding = 1, .dtype = dtype}), nn::ReLU()},
             x({2, 3, 11}));
  check_same(nn::Sequential{nn::Conv3d(2, 3, 3, {.padding = 3, .dtype = dtype}), nn::ReLU()},
             x({2, 2, 4, 5, 3}));  // depths that see padding alone
  check_same(nn::Sequential{nn::Conv2d(3, 5, 3, {.dtype = dtype}), nn::ReLU()},
             x({2, 7, 9, 3}).permute({0, 3, 1, 2}));
}

TEST_CASE_TEMPLATE("fusion: Linear, batch norm and their ReLU", T, float, double) {
  const DType dtype = dtype_of<T>;
  const auto x = [&](const Shape& shape) { return pattern(shape, dtype, 3); };
  check_same(nn::Sequential{nn::Linear(6, 9, {.dtype = dtype}), nn::ReLU()}, x({4, 6}));
  check_same(nn::Sequential{nn::Linear(6, 9, {.bias = false, .dtype = dtype}), nn::ReLU()},
             x({2, 3, 6}));
  check_same(nn::Sequential{nn::Linear(70, 90, {.dtype = dtype}), nn::ReLU()}, x({70}));
  check_same(nn::Sequential{nn::Linear(6, 9, {.dtype = dtype}), nn::ReLU()},
             x({6, 4}).transpose(0, 1));
  check_same(nn::Sequential{nn::BatchNorm2d(3, {.dtype = dtype}), nn::ReLU()}, x({4, 3, 5, 6}));
  check_same(nn::Sequential{nn::BatchNorm2d(3, {.affine = false, .dtype = dtype}), nn::ReLU()},
             x({4, 3, 5, 6}));
  check_same(nn::Sequential{nn::BatchNorm1d(9, {.momentum = {}, .dtype = dtype}), nn::ReLU()},
             x({8, 9}));
  check_same(nn::Sequential{nn::BatchNorm3d(2, {.track_running_stats = false, .dtype = dtype}),
                            nn::ReLU()},
             x({2, 2, 3, 2, 4}));
  nn::Sequential evaluated{nn::BatchNorm2d(3, {.dtype = dtype}), nn::ReLU()};
  evaluated(x({4, 3, 5, 6}));
  evaluated.eval();
  check_same(evaluated, x({4, 3, 5, 6}));
}

TEST_CASE("fusion: a whole network, in training and evaluation") {
  nn::Sequential model{nn::LazyConv2d(8, 3, {.padding = 1}),
                       nn::LazyBatchNorm2d(),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::ReLU(),
                       nn::LazyConv2d(16, 3),
                       nn::ReLU(),
                       nn::Sequential{nn::Flatten(), nn::LazyLinear(20), nn::ReLU()},
                       nn::ReLU(),
                       nn::LazyLinear(5)};
  check_same(model, pattern({4, 3, 12, 12}, float32));  // the first call, which initialises
  check_same(model, pattern({4, 3, 12, 12}, float32, 2));
  model.eval();
  check_same(model, pattern({4, 3, 12, 12}, float32, 3));
}

TEST_CASE("fusion: what runs is one operation") {
  nn::Sequential model{
      nn::LazyConv2d(4, 3), nn::ReLU(), nn::LazyBatchNorm2d(), nn::ReLU(), nn::Flatten(),
      nn::LazyLinear(3),    nn::ReLU()};
  const Tensor y = model(pattern({2, 3, 6, 6}, float32));
  CHECK(records(y, "conv2d_relu"));
  CHECK(records(y, "batch_norm_relu"));
  CHECK(records(y, "linear_relu"));
  CHECK_FALSE(records(y, "relu"));
  const Profiler profiler;
  model(pattern({2, 3, 6, 6}, float32)).sum().backward();
  // 2 x 4 x 4 x 4 outputs of filters of 3 x 3 x 3; the input wants no gradient.
  const Profiler::Row row = row_of(profiler, "conv2d_relu");
  CHECK(row.forward_flops == 2 * 128 * 27);
  CHECK(row.backward_flops == 2 * 128 * 27);
}

TEST_CASE("fusion: not where a hook wants to see what is between") {
  const Tensor x = pattern({2, 3, 6, 6}, float32);
  const nn::Sequential model{nn::Conv2d(3, 4, 3), nn::BatchNorm2d(4), nn::ReLU(),
                             nn::Conv2d(4, 2, 3), nn::ReLU()};
  for (const int64_t at : {0, 1, 2, 3, 4}) {
    nn::Sequential watched = nn::clone(model);
    Tensor seen;
    const auto forward = watched[at].register_forward_hook(
        [&](nn::Module&, const Tensor&, const Tensor& output) { seen = output.detach().clone(); });
    Tensor gradient;
    const auto backward = watched[at].register_full_backward_hook(
        [&](const Tensor&, const Tensor& grad_output) { gradient = grad_output.clone(); });
    check_same(watched, x);
    // What the layer gave is what the layers up to it give.
    nn::Sequential twin = nn::clone(model);
    Tensor expected = x;
    for (int64_t i = 0; i <= at; ++i) expected = twin[i](expected);
    CHECK(mismatch(seen, expected.shape(), expected.to_vector<double>()) == "");
    CHECK(gradient.shape() == expected.shape());
  }
}

// A convolution that doubles: of a type of its own.
struct Doubled : nn::Conv2d {
  using nn::Conv2d::Conv2d;
  Tensor forward(const Tensor& x) override { return nn::Conv2d::forward(x) * 2; }
};
struct Shifted : nn::ReLU {
  Tensor forward(const Tensor& x) override { return nn::ReLU::forward(x) + 1; }
};

TEST_CASE("fusion: a forward() of one's own is called") {
  const Tensor x = pattern({2, 3, 6, 6}, float32);
  check_same(nn::Sequential{Doubled(3, 4, 3), nn::ReLU()}, x);
  check_same(nn::Sequential{nn::Conv2d(3, 4, 3), Shifted(), nn::ReLU()}, x);
}

TEST_CASE("fusion: errors are those of the layers") {
  const auto same_error = [](nn::Sequential model, const Tensor& x) {
    const auto expected = message_of<Error>([&] { one_by_one(model, x); });
    CHECK(expected != "nothing was thrown");
    CHECK(message_of<Error>([&] { model(x); }) == expected);
    const NoGradGuard guard;
    CHECK(message_of<Error>([&] { model(x); }) == expected);
  };
  for (const bool training : {true, false}) {
    nn::Sequential model{nn::Conv2d(3, 4, 3), nn::BatchNorm2d(4), nn::ReLU()};
    model.train(training);
    same_error(model, ones({2, 5, 6, 6}));
    same_error(model, ones({3, 6, 6}));  // which the norm does not take
    same_error(model, ones({2, 3, 6, 6}, {.dtype = float64}));
    same_error(model, ones({2, 3, 2, 2}));
    same_error(model, Tensor());
    nn::Sequential apart{nn::Conv2d(3, 4, 3), nn::BatchNorm2d(5), nn::ReLU()};
    apart.train(training);
    same_error(apart, ones({2, 3, 6, 6}));
  }
  same_error(nn::Sequential{nn::Linear(3, 4), nn::ReLU()}, ones({2, 5}));
  same_error(nn::Sequential{nn::LazyLinear(4), nn::ReLU()}, Tensor());
  same_error(nn::Sequential{nn::LazyConv2d(4, 3), nn::ReLU()}, ones({2, 3, 2, 2}));
  nn::Sequential lazy{nn::LazyConv2d(4, 3), nn::ReLU()};
  CHECK_THROWS_AS(lazy(ones({2, 3, 2, 2})), ShapeError);
  CHECK(lazy.has_uninitialized());
  const autograd::AnomalyGuard anomaly;
  const Tensor bad = full({1, 3, 6, 6}, std::numeric_limits<double>::quiet_NaN());
  same_error(nn::Sequential{nn::Conv2d(3, 4, 3), nn::ReLU()}, bad);
}

TEST_CASE("fusion: a NaN stays, and stops its gradient") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Tensor x = pattern({2, 3, 6, 6}, float64);
  x[0][1][2][3].fill_(nan);
  check_same(nn::Sequential{nn::Conv2d(3, 4, 3, {.dtype = float64}), nn::ReLU()}, x);
  check_same(nn::Sequential{nn::Linear(6, 4, {.dtype = float64}), nn::ReLU()}, x);
  nn::Sequential norm{nn::BatchNorm2d(3, {.dtype = float64}), nn::ReLU()};
  check_same(norm, x);
  norm.eval();
  check_same(norm, x);
}

TEST_CASE("fusion: batch norm in evaluation goes into the convolution") {
  for (const bool bias : {false, true}) {
    for (const bool relu : {false, true}) {
      nn::Sequential model{nn::Conv2d(3, 8, 3, {.bias = bias, .dtype = float64}),
                           nn::BatchNorm2d(8, {.affine = bias, .dtype = float64})};
      if (relu) model.push_back(nn::ReLU());
      for (uint64_t i = 0; i < 3; ++i) model(pattern({4, 3, 9, 9}, float64, i));
      model.eval();
      const NoGradGuard guard;
      const Tensor x = pattern({4, 3, 9, 9}, float64, 9);
      const Profiler profiler;
      const Tensor y = model(x);
      CHECK(row_of(profiler, "batch_norm").calls == 0);
      const Tensor expected = one_by_one(model, x);
      CHECK(mismatch(y, expected.shape(), expected.to_vector<double>(), 1e-13) == "");
    }
  }
}

TEST_CASE("fusion: nn::fused for modules of one's own") {
  nn::Conv2d conv(3, 4, 3);
  nn::BatchNorm2d norm(4);
  nn::ReLU relu;
  nn::MaxPool2d pool(2);
  const Tensor x = pattern({2, 3, 6, 6}, float32);
  const Tensor y = nn::fused(x, conv, norm, relu, pool);
  CHECK(records(y, "batch_norm_relu"));
  const Tensor expected = pool(relu(norm(conv(x))));
  CHECK(mismatch(y, expected.shape(), expected.to_vector<double>()) == "");
}

TEST_CASE("fusion: gradients of gradients") {
  const auto check = [](const nn::Sequential& model, const Tensor& x) {
    std::vector<Tensor> inputs{x.requires_grad_()};
    for (const nn::Parameter& parameter : model.parameters()) inputs.push_back(parameter);
    const auto run = [&](const std::vector<Tensor>& in) {
      nn::Sequential copy = model;
      return copy(in[0]);
    };
    CHECK(autograd::gradcheck(run, inputs));
    CHECK(autograd::gradgradcheck(run, inputs));
  };
  check(nn::Sequential{nn::Conv2d(2, 3, 2, {.dtype = float64}), nn::ReLU()},
        pattern({2, 2, 4, 3}, float64, 5));
  check(nn::Sequential{nn::Linear(3, 4, {.dtype = float64}), nn::ReLU()},
        pattern({2, 3}, float64, 5));
  check(nn::Sequential{nn::BatchNorm2d(2, {.track_running_stats = false, .dtype = float64}),
                       nn::ReLU()},
        pattern({3, 2, 2, 3}, float64, 5));
}

TEST_CASE("fusion: a ReLU writes over what nobody else sees, and nothing else") {
  nn::Sequential model{nn::MaxPool2d(2), nn::ReLU()};
  const Tensor x = pattern({1, 2, 4, 4}, float32).requires_grad_();
  const int64_t before = memory_statistics().allocations;
  model(x);
  const int64_t fused = memory_statistics().allocations - before;
  one_by_one(model, x);
  CHECK(fused + 1 == memory_statistics().allocations - before - fused);
  check_same(model, x.detach());
  // The sigmoid needs its output, and the input belongs to the caller.
  check_same(nn::Sequential{nn::Sigmoid(), nn::ReLU()}, x.detach());
  nn::Sequential first{nn::ReLU()};
  const std::vector<double> values = x.to_vector<double>();
  first(x.detach());
  nn::Sequential nothing{nn::Identity(), nn::ReLU()};
  nothing(x.detach());
  CHECK(x.to_vector<double>() == values);
}

}  // namespace
