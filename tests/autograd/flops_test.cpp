// How many FLOPs a profiler counts, against what the shapes say.
#include <doctest/doctest.h>

#include <ostream>

#include "autograd/engine.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/reduction.h"
#include "lucid/creation.h"
#include "tests/autograd/profiler_row.h"

using namespace lucid;
using namespace lucid::test;

namespace {

struct Flops {
  int64_t forward, backward;
  bool operator==(const Flops&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Flops& flops) {
  return out << flops.forward << " forward, " << flops.backward << " backward";
}

Flops flops_of(const Profiler& profiler, const std::string& name) {
  const Profiler::Row row = row_of(profiler, name);
  return {row.forward_flops, row.backward_flops};
}

Tensor leaf(const Shape& shape, bool requires_grad = true) {
  return ones(shape, {.requires_grad = requires_grad});
}

}  // namespace

TEST_CASE("FLOPs of convolutions: two for each multiply-add") {
  const Profiler profiler;
  // 2 x 6 x 5 x 5 outputs, filters of 3 x 3 x 3
  const int64_t plane = 2 * (2 * 6 * 5 * 5) * (3 * 3 * 3);
  const Tensor w = leaf({6, 3, 3, 3});
  const Tensor b = leaf({6});
  const ConvGeometry padded{.pad_low = {1, 1}, .pad_high = {1, 1}};
  conv(leaf({2, 3, 5, 5}), w, b, padded).sum().backward();
  CHECK(flops_of(profiler, "conv2d") == Flops{plane, 2 * plane});
  // The weight's gradient alone.
  conv(leaf({2, 3, 5, 5}, false), w, b, padded).sum().backward();
  CHECK(flops_of(profiler, "conv2d") == Flops{2 * plane, 3 * plane});
  // Groups: filters of 2 x 3, stride 2: 4 x 4 outputs of 5; then the input's gradient alone.
  conv(leaf({4, 4, 9}), leaf({4, 2, 3}, false), {}, {.stride = {2}, .groups = 2}).sum().backward();
  const int64_t line = 2 * (4 * 4 * 4) * (2 * 3);
  CHECK(flops_of(profiler, "conv1d") == Flops{line, line});
  conv(leaf({1, 2, 4, 4, 4}, false), leaf({3, 2, 2, 2, 2}, false), {}, {});
  CHECK(flops_of(profiler, "conv3d") == Flops{2 * (3 * 3 * 3 * 3) * (2 * 2 * 2 * 2), 0});
  // Transposed, each of 2 x 3 x 3 inputs adds to 4 channels of 2 x 2.
  const int64_t transposed = 2 * (2 * 3 * 3) * (4 * 2 * 2);
  conv_input_gradient(leaf({1, 2, 3, 3}), leaf({2, 4, 2, 2}), {1, 4, 4, 4}, {}).sum().backward();
  CHECK(flops_of(profiler, "conv2d_input_gradient") == Flops{transposed, 2 * transposed});
}

TEST_CASE("FLOPs of gradients of gradients") {
  const Tensor x = leaf({1, 1, 4, 4});
  const Tensor w = leaf({2, 1, 3, 3});
  const Profiler profiler;
  const int64_t flops = 2 * (2 * 2 * 2) * (3 * 3);
  const Tensor y = conv(x, w, {}, {});
  const Tensor slope = autograd::grad({(y * y).sum()}, {x}, {}, {.create_graph = true})[0];
  // Nobody asked for the weight's.
  CHECK(flops_of(profiler, "conv2d") == Flops{flops, flops});
  slope.sum().backward();
  // By grad and weight; nobody called it by itself.
  CHECK(flops_of(profiler, "conv2d_input_gradient") == Flops{0, 2 * flops});
  CHECK(row_of(profiler, "conv2d_input_gradient").calls == 0);
  CHECK(flops_of(profiler, "conv2d") == Flops{flops, 3 * flops});
}

TEST_CASE("FLOPs of matrix products") {
  const Profiler profiler;
  const Tensor a = leaf({3, 4});
  const Tensor b = leaf({4, 5}, false);
  int64_t expected = 2 * 3 * 4 * 5;
  mm(a, b).sum().backward();
  CHECK(flops_of(profiler, "matmul") == Flops{expected, expected});
  bmm(ones({7, 3, 4}), ones({7, 4, 5}));
  CHECK(flops_of(profiler, "matmul").forward == (expected += 2 * 7 * 3 * 4 * 5));
  matmul(ones({2, 1, 3, 4}), ones({7, 4, 5}));
  CHECK(flops_of(profiler, "matmul").forward == (expected += 2 * 2 * 7 * 3 * 4 * 5));
  dot(ones({9}), ones({9}));
  CHECK(flops_of(profiler, "matmul").forward == (expected += 2 * 9));
  einsum("bij,bjk->bik", {ones({2, 3, 4}), ones({2, 4, 5})});
  CHECK(flops_of(profiler, "matmul").forward == (expected += 2 * 2 * 3 * 4 * 5));
  addmm(ones({5}), ones({3, 4}), ones({4, 5}));
  CHECK(flops_of(profiler, "matmul").forward == expected + 2 * 3 * 4 * 5);
  CHECK(flops_of(profiler, "add").forward == 3 * 5);
  outer(ones({3}), ones({5}));
  CHECK(flops_of(profiler, "mul").forward == 3 * 5);
  linear(leaf({2, 6, 4}, false), leaf({5, 4}), leaf({5})).sum().backward();
  CHECK(flops_of(profiler, "linear") == Flops{2 * 12 * 4 * 5, 2 * 12 * 4 * 5});
}

TEST_CASE("FLOPs of arithmetic: one for each element of the result") {
  const Profiler profiler;
  const Tensor a = leaf({3, 1});
  const Tensor b = leaf({4});
  ((a + b) * b).sum().backward();
  CHECK(flops_of(profiler, "add") == Flops{12, 0});
  CHECK(flops_of(profiler, "mul") == Flops{12, 24});
  CHECK(flops_of(profiler, "sum") == Flops{0, 0});
  (a / 2 - 1).sum().backward();
  CHECK(flops_of(profiler, "div") == Flops{3, 3});
  CHECK(flops_of(profiler, "sub") == Flops{3, 0});
}

TEST_CASE("nothing is computed with meta tensors, and nothing known of what was not seen") {
  const Tensor x = leaf({8, 8});
  const Tensor seen_not = matmul(x, x).sum();
  const Profiler profiler;
  matmul(ones({4, 4}, {.device = meta}), ones({4, 4}, {.device = meta}));
  CHECK(row_of(profiler, "matmul").calls == 1);
  seen_not.backward();
  CHECK(row_of(profiler, "matmul").backward_calls == 1);
  CHECK(flops_of(profiler, "matmul") == Flops{0, 0});
  const Tensor nothing = conv(zeros({0, 3, 5, 5}), ones({2, 3, 3, 3}), {}, {});
  CHECK(nothing.numel() == 0);
  CHECK(flops_of(profiler, "conv2d") == Flops{0, 0});
}

TEST_CASE("grad computes the gradients it is asked for, and no others") {
  const Tensor x = leaf({2, 3, 5, 5});
  const Tensor w = leaf({6, 3, 3, 3});
  const int64_t plane = 2 * (2 * 6 * 3 * 3) * (3 * 3 * 3);
  for (const Tensor& wanted : {x, w}) {
    const Profiler profiler;
    const Tensor grad = autograd::grad({conv(x, w, {}, {}).sum()}, {wanted})[0];
    CHECK(grad.shape() == wanted.shape());
    CHECK(flops_of(profiler, "conv2d") == Flops{plane, plane});
  }
  const Profiler profiler;
  autograd::grad({conv(x, w, {}, {}).sum()}, {x, w});
  CHECK(flops_of(profiler, "conv2d") == Flops{plane, 2 * plane});
}

TEST_CASE("operations with several outputs are one call, and take no FLOPs of others") {
  const Tensor constant = leaf({4, 6}, false);
  const Tensor x = leaf({4, 6});
  const Profiler profiler;
  constant * 2;
  const std::vector<Tensor> parts = x.split(2);
  (parts[0].sum() + parts[1].sum()).backward();
  CHECK(row_of(profiler, "split").calls == 1);
  CHECK(flops_of(profiler, "split") == Flops{0, 0});
}
