// Convolutions with weights that were prepared once: the same bits as with weights that are brought
// into that form by every call.
#include "support.h"

namespace lucid::kernels::test {
namespace {

constexpr ConvAlgorithm algorithms[] = {ConvAlgorithm::direct,
                                        ConvAlgorithm::winograd_2x2_3x3,
                                        ConvAlgorithm::winograd_4x4_3x3,
                                        ConvAlgorithm::winograd_2x2_5x5,
                                        ConvAlgorithm::pixel,
                                        ConvAlgorithm::depthwise};

Conv2dShape random_shape(Random& random, ConvAlgorithm algorithm) {
  Conv2dShape s{};
  const bool any = algorithm == ConvAlgorithm::direct || algorithm == ConvAlgorithm::pixel;
  const bool depthwise = algorithm == ConvAlgorithm::depthwise;
  const int64_t taps = algorithm == ConvAlgorithm::winograd_2x2_5x5 ? 5 : 3;
  s.algorithm = algorithm;
  s.groups = any ? random.integer(1, 3) : 1;
  s.in_channels = s.groups * random.integer(1, random.integer(0, 3) == 0 ? 40 : 9);
  s.out_channels = s.groups * random.integer(1, random.integer(0, 3) == 0 ? 40 : 9);
  if (depthwise) s.groups = s.out_channels = s.in_channels;
  s.kernel_height = any || depthwise ? random.integer(1, 4) : taps;
  s.kernel_width = any || depthwise ? random.integer(1, 4) : taps;
  s.stride_h = any || depthwise ? random.integer(1, 3) : 1;
  s.stride_w = any || depthwise ? random.integer(1, 3) : 1;
  s.dilation_h = any || depthwise ? random.integer(1, 2) : 1;
  s.dilation_w = any || depthwise ? random.integer(1, 2) : 1;
  s.relu = random.integer(0, 1) == 1;
  return s;
}

/// Sizes that the prepared weights must not depend on.
Conv2dShape sized(Random& random, Conv2dShape s) {
  s.batch = random.integer(1, 5);
  s.pad_top = random.integer(0, s.kernel_height), s.pad_left = random.integer(0, s.kernel_width);
  s.in_height = random.integer(8, 20), s.in_width = random.integer(8, 20);
  const auto outputs = [](int64_t in, int64_t pad, int64_t kernel, int64_t dilation,
                          int64_t stride) {
    return (in + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  };
  s.out_height = outputs(s.in_height, s.pad_top, s.kernel_height, s.dilation_h, s.stride_h);
  s.out_width = outputs(s.in_width, s.pad_left, s.kernel_width, s.dilation_w, s.stride_w);
  return s;
}

template <class T>
std::vector<T> forward(const KernelTable<T>& t, const Conv2dShape& s, const std::vector<T>& x,
                       const T* weight, const std::vector<T>& bias) {
  Guarded<T> y(s.batch * s.out_channels * s.out_height * s.out_width);
  Guarded<T> scratch(t.conv2d_forward_scratch(s));
  t.conv2d_forward(s, x.data(), weight, bias.data(), y.data(), scratch.data());
  return {y.data(), y.data() + y.size()};
}

TEST_CASE_TEMPLATE("prepared weights: the bits of weights as they are", T, float, double) {
  Random random(5);
  for (const ConvAlgorithm algorithm : algorithms) {
    for (int i = 0; i < 60; ++i) {
      const Conv2dShape given = sized(random, random_shape(random, algorithm));
      const auto weight = random.values<T>(given.out_channels * given.in_channels / given.groups *
                                           given.kernel_height * given.kernel_width);
      const auto bias = random.values<T>(given.out_channels);
      for (const auto* t : vector_tables<T>()) {
        const int64_t size = t->conv2d_prepared_size(given);
        REQUIRE(size > 0);
        Guarded<T> memory(size + 64);
        T* const prepared = reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(memory.data()) + 63) &
                                                 ~uintptr_t{63});
        t->conv2d_prepare_weights(given, weight.data(), prepared);
        // Also for other sizes and batches than they were prepared for.
        for (Conv2dShape s : {given, sized(random, given)}) {
          const auto x = random.values<T>(s.batch * s.in_channels * s.in_height * s.in_width);
          const auto expected = forward(*t, s, x, weight.data(), bias);
          const int64_t scratch = t->conv2d_forward_scratch(s);
          s.prepared = true;
          REQUIRE(t->conv2d_prepared_size(s) == size);
          CHECK(t->conv2d_forward_scratch(s) < scratch);
          const auto got = forward(*t, s, x, prepared, bias);
          INFO(t->name << " algorithm " << static_cast<int>(algorithm) << " case " << i);
          CHECK(std::memcmp(got.data(), expected.data(), got.size() * sizeof(T)) == 0);
        }
      }
    }
  }
}

TEST_CASE("prepared weights: the reference reads weights as they are") {
  Random random(5);
  const Conv2dShape s = sized(random, random_shape(random, ConvAlgorithm::direct));
  CHECK(find<float>("reference")->conv2d_prepared_size(s) == 0);
  CHECK(oracle().conv2d_prepared_size(s) == 0);
}

TEST_CASE("prepared weights: im2col and depthwise convolutions along rows read them as they are") {
  Random random(5);
  Conv2dShape s = sized(random, random_shape(random, ConvAlgorithm::depthwise));
  for (const ConvAlgorithm algorithm : {ConvAlgorithm::depthwise_rows, ConvAlgorithm::im2col}) {
    s.algorithm = algorithm;
    for (const auto* t : vector_tables<float>()) CHECK(t->conv2d_prepared_size(s) == 0);
  }
}

}  // namespace
}  // namespace lucid::kernels::test
