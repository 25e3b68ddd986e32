// Outputs and gradients of single operations against PyTorch's.
#include "autograd/functions/pooling.h"
#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

TEST_CASE("max_pool2d as PyTorch computes it") {
  for_each_case("pooling", "max_", [](const GoldenCase& c) {
    const std::vector<int64_t> o = c.options();
    const Pool2dGeometry geometry{.kernel = {o[0], o[1]},
                                  .stride = {o[2], o[3]},
                                  .padding = {o[4], o[5]},
                                  .dilation = {o[6], o[7]},
                                  .ceil_mode = o[8] != 0};
    const Tensor x = c.leaf("x");
    const ValuesAndIndices result = max_pool2d_with_indices(x, geometry);
    CAPTURE(c.name());
    CHECK(result.indices.to_vector<int64_t>() == c.stored("indices").to_vector<int64_t>());
    c.check(result.values, {{"x", x}});
  });
}

TEST_CASE("avg_pool2d as PyTorch computes it") {
  for_each_case("pooling", "avg_", [](const GoldenCase& c) {
    const std::vector<int64_t> o = c.options();
    const Tensor x = c.leaf("x");
    const Tensor y = F::avg_pool2d(x, {o[0], o[1]},
                                   {.stride = nn::Size2d(o[2], o[3]),
                                    .padding = {o[4], o[5]},
                                    .ceil_mode = o[6] != 0,
                                    .count_include_pad = o[7] != 0});
    c.check(y, {{"x", x}});
  });
}

TEST_CASE("adaptive_avg_pool2d as PyTorch computes it") {
  for_each_case("pooling", "adaptive_", [](const GoldenCase& c) {
    const std::vector<int64_t> size = c.options();
    const Tensor x = c.leaf("x");
    c.check(F::adaptive_avg_pool2d(x, {size[0], size[1]}), {{"x", x}});
  });
}
