// The memory rule: what a convolution takes besides its operands does not grow with the batch.
#include <algorithm>

#include "conv_cases.h"

namespace lucid::kernels::test {
namespace {

int64_t rounded(int64_t size, int64_t to) {
  return (size + to - 1) / to * to;
}

/// The most elements of scratch, as docs/performance.md states it. Vectors are at most 16 numbers.
int64_t allowed(const Conv2dShape& s, int threads) {
  constexpr int64_t block = 32;
  const int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
  const int64_t weights =
      s.groups * rounded(in, block) * rounded(out, block) * s.kernel_height * s.kernel_width;
  // An image with its padding, of all channels, for either operand.
  const int64_t height = std::max(s.in_height, s.out_height * s.stride_h) +
                         s.kernel_height * s.dilation_h + s.stride_h;
  const int64_t width = rounded(
      std::max(s.in_width, s.out_width * s.stride_w) + s.kernel_width * s.dilation_w + s.stride_w,
      block);
  const int64_t channels = s.groups * (rounded(in, block) + rounded(out, block));
  constexpr int64_t slices = 1 << 21, chunk = 1 << 19;
  const int64_t each = 2 * channels * height * width + std::max(192 * 36 * channels, chunk);
  return 5 * weights + slices + threads * each + (1 << 16);
}

Conv2dShape square(int64_t batch, int64_t in, int64_t size, int64_t out, int64_t kernel,
                   int64_t stride, int64_t pad, int64_t groups) {
  const int64_t windows = (size + 2 * pad - kernel) / stride + 1;
  return {batch,   in,     size,   size, out, kernel, kernel, windows,
          windows, stride, stride, pad,  pad, 1,      1,      groups};
}

std::vector<Conv2dShape> shapes() {
  std::vector<Conv2dShape> all = {
      square(8, 64, 112, 64, 3, 1, 1, 1),     square(32, 256, 14, 256, 3, 1, 1, 1),
      square(32, 512, 7, 512, 3, 1, 1, 1),    square(32, 3, 224, 64, 7, 2, 3, 1),
      square(32, 256, 14, 1024, 1, 1, 0, 1),  square(32, 64, 56, 128, 3, 2, 1, 1),
      square(32, 128, 56, 128, 3, 1, 1, 128), square(64, 1, 28, 32, 3, 1, 1, 1),
      square(32, 32, 28, 64, 5, 1, 2, 1),     square(16, 3, 224, 64, 11, 4, 2, 1)};
  Random random(11);
  for (int i = 0; i < 500; ++i) {
    const int64_t kernel = random.integer(1, 7), groups = i % 3 == 0 ? random.integer(1, 40) : 1;
    all.push_back(square(random.integer(1, 600), groups * random.integer(1, 300),
                         random.integer(kernel, 60), groups * random.integer(1, 300), kernel,
                         random.integer(1, 3), random.integer(0, kernel), groups));
  }
  return all;
}

TEST_CASE_TEMPLATE("scratch of convolutions is bounded, whatever the batch", T, float, double) {
  for (const Conv2dShape& shape : shapes()) {
    for (const auto* t : vector_tables<T>()) {
      for (const ConvAlgorithm algorithm : conv_algorithms<T>(shape)) {
        for (const int threads : {1, 2, 16}) {
          Conv2dShape s = shape;
          s.algorithm = algorithm;
          s.threads = threads;
          const std::string what = std::string(t->name) + " " + name_of(algorithm) + " " +
                                   describe(s) + ", threads " + std::to_string(threads);
          INFO(what);
          const int64_t most = allowed(s, threads);
          CHECK(t->conv2d_forward_scratch(s) <= most);
          CHECK(t->conv2d_input_gradient_scratch(s) <= most);
          CHECK(t->conv2d_weight_gradient_scratch(s) <= most);
        }
      }
    }
  }
}

}  // namespace
}  // namespace lucid::kernels::test
