// Convolution by Winograd's filtering against the sum of products in double. Random shapes are in
// test_random_conv2d.cpp.
#include <algorithm>

#include "support.h"

namespace lucid::kernels::test {
namespace {

struct Scheme {
  ConvAlgorithm algorithm;
  int64_t taps;
  /// Greatest error in units of epsilon times the greatest sum of absolute values: about twice the
  /// worst of 1500 random shapes on every instruction set (2.2, 34.9 and 66.5). The transforms
  /// enlarge rounding errors: by little for tiles of 2x2 from 3x3, much with the points 2 and -2.
  double factor;
};

const Scheme schemes[] = {{ConvAlgorithm::winograd_2x2_3x3, 3, 6},
                          {ConvAlgorithm::winograd_4x4_3x3, 3, 70},
                          {ConvAlgorithm::winograd_2x2_5x5, 5, 130}};

Conv2dShape shape_of(const Scheme& scheme, int64_t batch, int64_t c, int64_t h, int64_t w,
                     int64_t k, int64_t pad) {
  const int64_t less = scheme.taps - 1 - 2 * pad;
  Conv2dShape s{batch,    c, h, w,   k,   scheme.taps, scheme.taps, h - less,
                w - less, 1, 1, pad, pad, 1,           1,           1};
  s.algorithm = scheme.algorithm;
  return s;
}

using Doubles = std::vector<double>;

struct Problem {
  Conv2dShape s;
  std::vector<float> x, weight, bias, grad;

  Problem(const Conv2dShape& shape, uint64_t seed) : s(shape) {
    Random random(seed);
    x = random.values<float>(s.batch * s.in_channels * s.in_height * s.in_width);
    weight =
        random.values<float>(s.out_channels * s.in_channels * s.kernel_height * s.kernel_width);
    bias = random.values<float>(s.out_channels);
    grad = random.values<float>(s.batch * s.out_channels * s.out_height * s.out_width);
  }

  Guarded<float> forward(const KernelTable<float>& t) const {
    Guarded<float> y(static_cast<int64_t>(grad.size())), scratch(t.conv2d_forward_scratch(s));
    t.conv2d_forward(s, x.data(), weight.data(), bias.data(), y.data(), scratch.data());
    return y;
  }
  Guarded<float> input_gradient(const KernelTable<float>& t) const {
    Guarded<float> gx(static_cast<int64_t>(x.size())), scratch(t.conv2d_input_gradient_scratch(s));
    t.conv2d_input_gradient(s, grad.data(), weight.data(), gx.data(), scratch.data());
    return gx;
  }
  Guarded<float> weight_gradient(const KernelTable<float>& t) const {
    Guarded<float> gw(static_cast<int64_t>(weight.size())),
        scratch(t.conv2d_weight_gradient_scratch(s));
    t.conv2d_weight_gradient(s, grad.data(), x.data(), gw.data(), scratch.data());
    return gw;
  }
};

/// What the sums of products are, and the greatest sum of their absolute values.
struct Expected {
  Doubles values;
  double greatest = 1;  ///< or that of a single product: tiles mix outputs

  template <class Run>
  Expected(size_t n, const Doubles& a, const Doubles& b, const Doubles& c, const Run& run)
      : values(n) {
    Doubles sums(n);
    run(a, b, c, values.data());
    run(absolute(a), absolute(b), absolute(c), sums.data());
    for (const double sum : sums) greatest = std::max(greatest, sum);
  }
};

void check_winograd(const Scheme& scheme, const Conv2dShape& s, uint64_t seed) {
  const Problem p(s, seed);
  const auto& o = oracle();
  const auto x = to_double(p.x), w = to_double(p.weight), b = to_double(p.bias),
             g = to_double(p.grad);
  const Expected y(g.size(), x, w, b,
                   [&](const Doubles& x, const Doubles& w, const Doubles& b, double* out) {
                     o.conv2d_forward(s, x.data(), w.data(), b.data(), out, nullptr);
                   });
  const Expected gx(x.size(), g, w, b,
                    [&](const Doubles& g, const Doubles& w, const Doubles&, double* out) {
                      o.conv2d_input_gradient(s, g.data(), w.data(), out, nullptr);
                    });
  const Expected gw(w.size(), g, x, b,
                    [&](const Doubles& g, const Doubles& x, const Doubles&, double* out) {
                      o.conv2d_weight_gradient(s, g.data(), x.data(), out, nullptr);
                    });
  const auto bound = [&](const Expected& e) {
    const double error = scheme.factor * std::numeric_limits<float>::epsilon() * e.greatest;
    return [error](int64_t) { return error; };
  };
  for (const auto* t : vector_tables<float>()) {
    std::string name = std::string(t->name) + " winograd";
    for (const int64_t v :
         {static_cast<int64_t>(s.algorithm), s.batch, s.in_channels, s.in_height, s.in_width,
          s.out_channels, s.out_height, s.out_width, s.pad_top, s.pad_left}) {
      name.append(1, ' ').append(std::to_string(v));
    }
    check_close(name + " forward", p.forward(*t), y.values, bound(y));
    check_close(name + " input gradient", p.input_gradient(*t), gx.values, bound(gx));
    check_close(name + " weight gradient", p.weight_gradient(*t), gw.values, bound(gw));
  }
}

TEST_CASE("winograd: shapes that networks have") {
  for (const Scheme& scheme : schemes) {
    const int64_t pad = scheme.taps / 2;
    check_winograd(scheme, shape_of(scheme, 2, 32, 14, 14, 64, pad), 1);
    check_winograd(scheme, shape_of(scheme, 3, 64, 7, 7, 48, pad), 2);
    check_winograd(scheme, shape_of(scheme, 1, 16, 56, 56, 16, pad), 3);
    check_winograd(scheme, shape_of(scheme, 1, 40, 28, 30, 33, 0), 4);
    check_winograd(scheme, shape_of(scheme, 9, 96, 4, 4, 96, pad), 5);  // several chunks of tiles
    check_winograd(scheme, shape_of(scheme, 40, 17, 12, 12, 5, pad), 6);
    check_winograd(scheme, shape_of(scheme, 2, 170, 7, 6, 210, pad), 7);  // some channels at a time
  }
}

TEST_CASE("winograd: edges") {
  for (const Scheme& scheme : schemes) {
    check_winograd(scheme, shape_of(scheme, 0, 2, 6, 6, 3, 1), 1);                // no images
    check_winograd(scheme, shape_of(scheme, 1, 1, 1, 1, 1, scheme.taps - 1), 2);  // one pixel
    check_winograd(scheme, shape_of(scheme, 2, 3, scheme.taps, scheme.taps, 2, 0),
                   3);                                               // one output
    check_winograd(scheme, shape_of(scheme, 1, 2, 3, 3, 2, 20), 4);  // mostly padding
  }
}

TEST_CASE("winograd: the same bits with any number of threads") {
  for (const auto* t : vector_tables<float>()) {
    for (const Scheme& scheme : schemes) {
      const int64_t pad = scheme.taps / 2;
      // By tiles, and by output channels: three threads share out 300, or those of the input.
      for (const Conv2dShape& s :
           {shape_of(scheme, 7, 24, 15, 17, 40, pad), shape_of(scheme, 5, 170, 7, 7, 300, pad)}) {
        const Problem p(s, 5);
        const auto values = [](Guarded<float> all) {
          return std::vector<float>(all.data(), all.data() + all.size());
        };
        check_same_bits("forward", [&] { return values(p.forward(*t)); });
        check_same_bits("input gradient", [&] { return values(p.input_gradient(*t)); });
        check_same_bits("weight gradient", [&] { return values(p.weight_gradient(*t)); });
      }
    }
  }
}

}  // namespace
}  // namespace lucid::kernels::test
