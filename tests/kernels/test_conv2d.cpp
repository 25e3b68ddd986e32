#include "conv_cases.h"

namespace lucid::kernels::test {
namespace {

/// A shape whose padding at the bottom and right is given by more or fewer outputs.
Conv2dShape shape_of(int64_t batch, int64_t c, int64_t h, int64_t w, int64_t k, int64_t r,
                     int64_t s, int64_t stride, int64_t pad, int64_t dilation = 1,
                     int64_t groups = 1, int64_t more = 0) {
  const auto out = [&](int64_t in, int64_t kernel) {
    const int64_t room = in + 2 * pad + more - dilation * (kernel - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
  };
  return {batch,     c,      h,      w,   k,   r,        s,        out(h, r),
          out(w, s), stride, stride, pad, pad, dilation, dilation, groups};
}

Conv2dShape random_shape(Random& random, int64_t most) {
  Conv2dShape s{};
  s.relu = random.integer(0, 1) == 1;
  s.groups = random.integer(0, 2) == 0 ? random.integer(2, 4) : 1;
  s.batch = random.integer(0, 19) == 0 ? 0 : random.integer(1, 3);
  s.in_channels = s.groups * random.integer(1, random.integer(0, 3) == 0 ? 9 : 3);
  s.out_channels = s.groups * random.integer(1, random.integer(0, 3) == 0 ? 27 : 5);
  s.in_height = random.integer(1, most);
  s.in_width = random.integer(1, most);
  s.kernel_height = random.integer(1, random.integer(0, 5) == 0 ? 9 : 4);
  s.kernel_width = random.integer(1, random.integer(0, 5) == 0 ? 9 : 4);
  s.stride_h = random.integer(1, 4), s.stride_w = random.integer(1, 4);
  if (random.integer(0, 1) == 0) s.stride_h = s.stride_w = 1;
  s.dilation_h = random.integer(1, random.integer(0, 5) == 0 ? 2 * most : 3);
  s.dilation_w = random.integer(1, random.integer(0, 5) == 0 ? 2 * most : 3);
  s.pad_top = random.integer(0, 5), s.pad_left = random.integer(0, 5);
  const auto out = [&](int64_t in, int64_t pad, int64_t kernel, int64_t dilation, int64_t stride) {
    const int64_t room = in + pad + random.integer(0, 6) - dilation * (kernel - 1) - 1;
    return room < 0 ? random.integer(0, 2) : room / stride + 1;
  };
  s.out_height = out(s.in_height, s.pad_top, s.kernel_height, s.dilation_h, s.stride_h);
  s.out_width = out(s.in_width, s.pad_left, s.kernel_width, s.dilation_w, s.stride_w);
  return s;
}

struct Sizes {
  int64_t x, weight, y;
  explicit Sizes(const Conv2dShape& s)
      : x(s.batch * s.in_channels * s.in_height * s.in_width),
        weight(s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width),
        y(s.batch * s.out_channels * s.out_height * s.out_width) {}
};

/// All three passes of every table against the reference in double.
template <class T>
void check_conv2d(const Conv2dShape& s, uint64_t seed, bool with_bias = true) {
  Random random(seed);
  const Sizes sizes(s);
  const auto x = random.values<T>(sizes.x), weight = random.values<T>(sizes.weight);
  const auto bias = random.values<T>(s.out_channels), grad = random.values<T>(sizes.y);
  const auto forward = [&](const std::vector<double>& x, const std::vector<double>& w,
                           const std::vector<double>& b) {
    std::vector<double> y(static_cast<size_t>(sizes.y));
    oracle().conv2d_forward(s, x.data(), w.data(), with_bias ? b.data() : nullptr, y.data(),
                            nullptr);
    return y;
  };
  const auto input_gradient = [&](const std::vector<double>& g, const std::vector<double>& w) {
    std::vector<double> gx(static_cast<size_t>(sizes.x));
    oracle().conv2d_input_gradient(s, g.data(), w.data(), gx.data(), nullptr);
    return gx;
  };
  const auto weight_gradient = [&](const std::vector<double>& g, const std::vector<double>& x) {
    std::vector<double> gw(static_cast<size_t>(sizes.weight));
    oracle().conv2d_weight_gradient(s, g.data(), x.data(), gw.data(), nullptr);
    return gw;
  };
  const auto xd = to_double(x), wd = to_double(weight), bd = to_double(bias), gd = to_double(grad);
  const auto xa = absolute(xd), wa = absolute(wd), ba = absolute(bd), ga = absolute(gd);
  const auto y = forward(xd, wd, bd), y_sums = forward(xa, wa, ba);
  const auto gx = input_gradient(gd, wd), gx_sums = input_gradient(ga, wa);
  const auto gw = weight_gradient(gd, xd), gw_sums = weight_gradient(ga, xa);
  const int64_t taps = s.kernel_height * s.kernel_width;
  const auto bound = [](int64_t terms, const std::vector<double>& sums) {
    return [terms, &sums](int64_t i) { return sum_bound<T>(terms, sums[static_cast<size_t>(i)]); };
  };
  for (const auto* t : vector_tables<T>()) {
    const std::string name = std::string(t->name) + " conv2d " + describe(s);
    {
      Guarded<T> out(sizes.y), scratch(t->conv2d_forward_scratch(s));
      t->conv2d_forward(s, x.data(), weight.data(), with_bias ? bias.data() : nullptr, out.data(),
                        scratch.data());
      check_close(name + " forward", out, y, bound(s.in_channels / s.groups * taps, y_sums));
    }
    {
      Guarded<T> out(sizes.x), scratch(t->conv2d_input_gradient_scratch(s));
      t->conv2d_input_gradient(s, grad.data(), weight.data(), out.data(), scratch.data());
      check_close(name + " input gradient", out, gx,
                  bound(s.out_channels / s.groups * taps, gx_sums));
    }
    {
      Guarded<T> out(sizes.weight), scratch(t->conv2d_weight_gradient_scratch(s));
      t->conv2d_weight_gradient(s, grad.data(), x.data(), out.data(), scratch.data());
      check_close(name + " weight gradient", out, gw,
                  bound(s.batch * s.out_height * s.out_width, gw_sums));
    }
  }
}

TEST_CASE_TEMPLATE("conv2d: random shapes, strides, dilations, groups and paddings", T, float,
                   double) {
  Random random(7);
  for (uint64_t i = 0; i < 300; ++i) check_conv2d<T>(random_shape(random, 9), i, i % 2 == 0);
  for (uint64_t i = 0; i < 60; ++i) check_conv2d<T>(random_shape(random, 40), 1000 + i);
}

TEST_CASE_TEMPLATE("conv2d: shapes that networks have", T, float, double) {
  check_conv2d<T>(shape_of(3, 1, 28, 28, 32, 3, 3, 1, 1), 1);
  check_conv2d<T>(shape_of(2, 32, 14, 14, 64, 3, 3, 1, 1), 2);
  check_conv2d<T>(shape_of(1, 16, 28, 28, 24, 5, 5, 1, 2), 3);
  check_conv2d<T>(shape_of(2, 64, 7, 7, 50, 3, 3, 1, 1), 4);
  check_conv2d<T>(shape_of(2, 3, 37, 37, 16, 7, 7, 2, 3), 5);
  check_conv2d<T>(shape_of(2, 24, 14, 14, 48, 1, 1, 1, 0), 6);
  check_conv2d<T>(shape_of(2, 24, 14, 14, 48, 1, 1, 2, 0), 7);
  check_conv2d<T>(shape_of(2, 16, 20, 20, 24, 3, 3, 2, 1), 8);
  check_conv2d<T>(shape_of(2, 12, 20, 20, 12, 3, 3, 1, 1, 1, 12), 9);   // depthwise
  check_conv2d<T>(shape_of(2, 12, 20, 20, 24, 3, 3, 2, 1, 1, 12), 10);  // with a multiplier
  check_conv2d<T>(shape_of(1, 8, 33, 33, 8, 3, 3, 1, 12, 12), 11);      // atrous
  check_conv2d<T>(shape_of(1, 4, 32, 64, 5, 3, 3, 1, 1), 12);           // rows of whole tiles
  check_conv2d<T>(shape_of(1, 2, 3, 130, 3, 1, 5, 1, 2), 13);
  check_conv2d<T>(shape_of(4, 20, 1, 1, 30, 1, 1, 1, 0), 14);
}

TEST_CASE_TEMPLATE("conv2d: edges", T, float, double) {
  check_conv2d<T>(shape_of(0, 2, 5, 5, 3, 3, 3, 1, 1), 1);  // no images
  check_conv2d<T>(shape_of(2, 2, 2, 2, 3, 5, 5, 1, 0), 2);  // no outputs
  check_conv2d<T>(shape_of(1, 1, 1, 1, 1, 1, 1, 1, 0), 3);
  check_conv2d<T>(shape_of(1, 2, 3, 3, 2, 2, 2, 7, 0), 4);  // stride beyond kernel and input
  check_conv2d<T>(shape_of(1, 2, 4, 4, 2, 3, 3, 6, 4), 5);
  check_conv2d<T>(shape_of(1, 2, 4, 4, 2, 3, 3, 1, 9, 9), 6);  // only the middle tap meets input
  check_conv2d<T>(shape_of(1, 2, 9, 9, 2, 3, 3, 4, 2, 2), 7);  // stride and dilation share 2
  check_conv2d<T>(shape_of(1, 2, 11, 11, 2, 4, 4, 6, 5, 4), 8);
  check_conv2d<T>(shape_of(1, 1, 6, 6, 2, 3, 3, 1, 0, 1, 1, 5), 9);  // padding at one side alone
  check_conv2d<T>(shape_of(1, 1, 3, 3, 2, 3, 3, 1, 20), 10);         // mostly padding
  check_conv2d<T>(shape_of(1, 40, 5, 5, 1, 3, 3, 1, 1), 11);         // one output channel
  Conv2dShape cropped = shape_of(1, 2, 9, 9, 3, 3, 3, 1, 1);  // part of the input is never read
  cropped.out_height = cropped.out_width = 4;
  check_conv2d<T>(cropped, 12);
}

}  // namespace
}  // namespace lucid::kernels::test
