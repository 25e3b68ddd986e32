// Normalisations against PyTorch's.
#include "nn/functional.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

namespace {

// The running statistics after a call, if there are any.
void check_running(const GoldenCase& c, const Tensor& mean, const Tensor& variance) {
  CAPTURE(c.name());
  CHECK(mean.defined() == c.has("running_mean_after"));
  if (!mean.defined()) return;
  check_close(mean, c.stored("running_mean_after"), c.dtype());
  check_close(variance, c.stored("running_var_after"), c.dtype());
}

}  // namespace

TEST_CASE("batch_norm as PyTorch computes it") {
  for_each_case("batch_norm", "", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    const Tensor bias = c.leaf("bias");
    const Tensor mean = c.constant("running_mean");
    const Tensor variance = c.constant("running_var");
    const Tensor y = F::batch_norm(x, mean, variance, weight, bias,
                                   {.training = c.options()[0] != 0, .momentum = 0.3, .eps = 1e-3});
    c.check(y, {{"x", x}, {"weight", weight}, {"bias", bias}});
    check_running(c, mean, variance);
  });
}

TEST_CASE("layer_norm as PyTorch computes it") {
  for_each_case("normalization", "layer_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    const Tensor bias = c.leaf("bias");
    c.check(F::layer_norm(x, c.options(), weight, bias, 1e-3),
            {{"x", x}, {"weight", weight}, {"bias", bias}});
  });
}

TEST_CASE("group_norm as PyTorch computes it") {
  for_each_case("normalization", "group_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    const Tensor bias = c.leaf("bias");
    c.check(F::group_norm(x, c.options()[0], weight, bias, 1e-3),
            {{"x", x}, {"weight", weight}, {"bias", bias}});
  });
}

TEST_CASE("instance_norm as PyTorch computes it") {
  for_each_case("normalization", "instance_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    const Tensor bias = c.leaf("bias");
    const Tensor mean = c.constant("running_mean");
    const Tensor variance = c.constant("running_var");
    const Tensor y =
        F::instance_norm(x, mean, variance, weight, bias,
                         {.use_input_stats = c.options()[0] != 0, .momentum = 0.3, .eps = 1e-3});
    c.check(y, {{"x", x}, {"weight", weight}, {"bias", bias}});
    check_running(c, mean, variance);
  });
}
