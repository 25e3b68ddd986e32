// The convolution and its gradients as operations, beside loops in double.
#include "autograd/functions/convolution.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/functions/arithmetic.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

struct Case {
  Shape x, weight;
  ConvGeometry geometry;
};

// Odd, non-square, strided, padded (also on one side only, and with elements no window sees),
// dilated, grouped and depthwise.
const Case cases[] = {
    {{1, 1, 1, 1}, {1, 1, 1, 1}, {}},
    {{2, 3, 7, 5}, {4, 3, 3, 3}, {}},
    {{2, 3, 8, 9}, {5, 3, 3, 2}, {.pad_low = {1, 1}, .pad_high = {1, 0}}},
    {{1, 4, 11, 6}, {6, 4, 5, 3}, {.stride = {2, 3}, .pad_low = {2, 1}, .pad_high = {2, 1}}},
    {{2, 2, 9, 10}, {3, 2, 3, 3}, {.pad_low = {0, 2}, .pad_high = {1, 2}, .dilation = {2, 3}}},
    {{2, 6, 6, 7}, {4, 3, 3, 3}, {.pad_low = {1, 1}, .pad_high = {1, 1}, .groups = 2}},
    {{2, 5, 6, 6},
     {10, 1, 3, 3},
     {.stride = {2, 2}, .pad_low = {1, 1}, .pad_high = {1, 1}, .groups = 5}},
    {{3, 17, 5, 5}, {19, 17, 1, 1}, {}},
    {{2, 8, 4, 4}, {8, 8, 1, 1}, {.stride = {2, 2}}},
    {{1, 2, 3, 3}, {2, 2, 5, 5}, {.pad_low = {2, 2}, .pad_high = {2, 2}}},
    {{1, 1, 2, 20}, {1, 1, 1, 7}, {.pad_low = {3, 6}, .pad_high = {0, 1}}},
    {{2, 16, 14, 14}, {32, 16, 3, 3}, {.pad_low = {1, 1}, .pad_high = {1, 1}}},
    {{2, 3, 9, 8}, {4, 3, 3, 2}, {.pad_low = {1, 0}, .pad_high = {-3, -1}}},
    {{2, 4, 11, 10},
     {2, 2, 3, 3},
     {.stride = {2, 3}, .pad_low = {2, 1}, .pad_high = {-4, -2}, .groups = 2}},
    {{1, 3, 6, 20}, {5, 3, 1, 1}, {.pad_high = {-1, -4}}},
    // One dimension
    {{1, 1, 1}, {1, 1, 1}, {}},
    {{3, 2, 11}, {4, 2, 3}, {}},
    {{2, 3, 40}, {5, 3, 4}, {.pad_low = {1}, .pad_high = {2}}},
    {{2, 4, 23}, {6, 2, 5}, {.stride = {3}, .pad_low = {2}, .pad_high = {1}, .groups = 2}},
    {{1, 3, 19}, {6, 1, 3}, {.stride = {2}, .pad_high = {-3}, .dilation = {4}, .groups = 3}},
    {{2, 2, 3}, {3, 2, 3}, {.pad_low = {7}, .pad_high = {7}, .dilation = {7}}},
    {{2, 33, 64}, {17, 33, 1}, {}},
    // Three dimensions
    {{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, {}},
    {{2, 3, 5, 7, 6}, {4, 3, 3, 2, 3}, {}},
    {{2, 3, 4, 5, 6}, {4, 3, 3, 3, 3}, {.pad_low = {1, 1, 1}, .pad_high = {1, 1, 1}}},
    {{1, 2, 7, 5, 4}, {3, 2, 2, 3, 2}, {.pad_low = {0, 2, 1}, .pad_high = {1, 0, 3}}},
    {{2, 2, 9, 6, 7},
     {3, 2, 3, 2, 3},
     {.stride = {2, 1, 3}, .pad_low = {1, 0, 2}, .pad_high = {2, 1, 0}}},
    {{1, 2, 8, 7, 6},
     {2, 2, 3, 2, 2},
     {.pad_low = {3, 1, 0}, .pad_high = {2, 0, 1}, .dilation = {3, 2, 1}}},
    {{2, 4, 5, 4, 3}, {6, 2, 2, 3, 1}, {.pad_low = {1, 1, 0}, .pad_high = {0, 1, 0}, .groups = 2}},
    {{2, 3, 6, 5, 5},
     {6, 1, 3, 3, 3},
     {.stride = {2, 2, 2}, .pad_low = {1, 1, 1}, .pad_high = {1, 1, 1}, .groups = 3}},
    {{2, 2, 9, 8, 7},
     {3, 2, 2, 3, 2},
     {.stride = {2, 1, 1}, .pad_low = {1, 0, 1}, .pad_high = {-3, -2, -1}}},
    {{2, 5, 3, 4, 5}, {3, 5, 1, 1, 1}, {}},
    {{1, 1, 4, 3, 3}, {2, 1, 4, 3, 3}, {}},
    // Kernel depths that never meet the input, and depths of the output that see none of it
    {{2, 2, 2, 3, 4},
     {3, 2, 5, 2, 2},
     {.pad_low = {9, 0, 0}, .pad_high = {8, 0, 0}, .dilation = {2, 1, 1}}},
    {{1, 2, 3, 4, 4},
     {2, 2, 3, 3, 3},
     {.pad_low = {10, 1, 1}, .pad_high = {10, 1, 1}, .dilation = {10, 1, 1}}},
};

// A case as one in three dimensions: those in front have size 1.
struct Volume {
  int64_t in[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  int64_t stride[3] = {1, 1, 1}, pad[3] = {}, dilation[3] = {1, 1, 1};

  explicit Volume(const Case& c) {
    const size_t rank = c.x.size() - 2;
    for (size_t i = 0; i < rank; ++i) {
      const ConvGeometry& g = c.geometry;
      const size_t axis = 3 - rank + i;
      in[axis] = c.x[2 + i];
      kernel[axis] = c.weight[2 + i];
      stride[axis] = g.stride[i];
      pad[axis] = g.pad_low[i];
      dilation[axis] = g.dilation[i];
      const int64_t padded = in[axis] + g.pad_low[i] + g.pad_high[i];
      out[axis] = (padded - g.dilation[i] * (kernel[axis] - 1) - 1) / g.stride[i] + 1;
    }
  }

  // The element of the input that window `at` sees at kernel position `tap`, or -1.
  int64_t input(const int64_t (&at)[3], const int64_t (&tap)[3]) const {
    int64_t index = 0;
    for (size_t i = 0; i < 3; ++i) {
      const int64_t position = at[i] * stride[i] - pad[i] + tap[i] * dilation[i];
      if (position < 0 || position >= in[i]) return -1;
      index = index * in[i] + position;
    }
    return index;
  }
};

template <class Visit>
void for_each_position(const int64_t (&sizes)[3], const Visit& visit) {
  int64_t index = 0;
  int64_t at[3];
  for (at[0] = 0; at[0] < sizes[0]; ++at[0])
    for (at[1] = 0; at[1] < sizes[1]; ++at[1])
      for (at[2] = 0; at[2] < sizes[2]; ++at[2]) visit(at, index++);
}

int64_t product(const int64_t (&sizes)[3]) {
  return sizes[0] * sizes[1] * sizes[2];
}

// visit(output index, input index, weight index) for every product there is.
template <class Visit>
void for_each_product(const Case& c, const Visit& visit) {
  const Volume v(c);
  const int64_t per_group = c.weight[0] / c.geometry.groups;
  for (int64_t n = 0; n < c.x[0]; ++n)
    for (int64_t k = 0; k < c.weight[0]; ++k)
      for (int64_t ch = 0; ch < c.weight[1]; ++ch)
        for_each_position(v.out, [&](const int64_t(&at)[3], int64_t o) {
          for_each_position(v.kernel, [&](const int64_t(&tap)[3], int64_t f) {
            const int64_t i = v.input(at, tap);
            if (i < 0) return;
            const int64_t channel = k / per_group * c.weight[1] + ch;
            visit((n * c.weight[0] + k) * product(v.out) + o,
                  (n * c.x[1] + channel) * product(v.in) + i,
                  (k * c.weight[1] + ch) * product(v.kernel) + f);
          });
        });
}

Shape out_shape(const Case& c) {
  const Volume v(c);
  Shape shape{c.x[0], c.weight[0]};
  for (size_t axis = 5 - c.x.size(); axis < 3; ++axis) shape.push_back(v.out[axis]);
  return shape;
}

// The same values with the strides the other way round.
Tensor scattered(const Tensor& t) {
  Shape order;
  for (int64_t i = t.dim() - 1; i >= 0; --i) order.push_back(i);
  return t.permute(order).contiguous().permute(order);
}

TEST_CASE("conv and its gradients: the definition, in both types and any layout") {
  for (const Case& c : cases) {
    const Shape out = out_shape(c);
    const auto n_out = static_cast<size_t>(out.numel());
    std::vector<double> y(n_out), gx(static_cast<size_t>(c.x.numel())),
        gw(static_cast<size_t>(c.weight.numel()));
    const auto x = pattern(c.x, float64, 1).to_vector<double>();
    const auto w = pattern(c.weight, float64, 2).to_vector<double>();
    const auto g = pattern(out, float64, 3).to_vector<double>();
    const auto b = pattern({c.weight[0]}, float64, 4).to_vector<double>();
    for_each_product(c, [&](int64_t o, int64_t i, int64_t f) {
      const auto at = [](auto& v, int64_t n) -> auto& {
        return v[static_cast<size_t>(n)];
      };
      at(y, o) += at(x, i) * at(w, f);
      at(gx, i) += at(g, o) * at(w, f);
      at(gw, f) += at(g, o) * at(x, i);
    });
    std::vector<double> with_bias = y;
    const size_t plane = n_out / static_cast<size_t>(out[0] * out[1]);
    for (size_t o = 0; o < n_out; ++o) {
      with_bias[o] += b[o / plane % static_cast<size_t>(out[1])];
    }
    CAPTURE(c.x);
    CAPTURE(c.weight);
    for (DType dtype : {float32, float64}) {
      const auto make = [&](const Shape& shape, uint64_t seed) {
        return pattern(shape, dtype, seed);
      };
      // Sums of multiples of 1/4096: exact, whatever the order, while they stay below 4096. So are
      // halves and quarters of weights, but not the sixths that large tiles need.
      const ConvModeGuard guard(ConvMode::strict);
      const Tensor input = make(c.x, 1);
      const Tensor weight = make(c.weight, 2);
      const Tensor grad = make(out, 3);
      const ConvGeometry& geometry = c.geometry;
      CHECK(mismatch(conv(input, weight, {}, geometry), dtype, out, y) == "");
      CHECK(mismatch(conv(input, weight, make({c.weight[0]}, 4), geometry), dtype, out,
                     with_bias) == "");
      CHECK(mismatch(conv_input_gradient(grad, weight, c.x, geometry), dtype, c.x, gx) == "");
      CHECK(mismatch(conv_weight_gradient(grad, input, c.weight, geometry), dtype, c.weight, gw) ==
            "");
      CHECK(mismatch(conv(scattered(input), scattered(weight), {}, geometry), dtype, out, y) == "");
      CHECK(mismatch(conv_input_gradient(scattered(grad), scattered(weight), c.x, geometry), c.x,
                     gx) == "");
      CHECK(mismatch(conv_weight_gradient(scattered(grad), scattered(input), c.weight, geometry),
                     c.weight, gw) == "");
    }
  }
}

TEST_CASE("conv3d: more than is unfolded at a time") {
  // 16 x 3 x 64 x 64 elements for each output depth: cut between images and within one.
  const Tensor x = pattern({2, 16, 30, 64, 64}, float32);
  const Tensor weight = pattern({2, 16, 3, 1, 1}, float32, 2);
  const Tensor y = conv(x, weight, {}, {.pad_low = {1}, .pad_high = {1}});
  const Tensor grad = pattern(y.shape(), float32, 3);
  const Tensor gx = conv_input_gradient(grad, weight, x.shape(), {.pad_low = {1}, .pad_high = {1}});
  // The same in two dimensions, the depth against all positions of the plane.
  const Shape flat{2, 16, 30, 64 * 64};
  const Tensor filter = weight.reshape({2, 16, 3, 1});
  const ConvGeometry geometry{.pad_low = {1}, .pad_high = {1}};
  const Tensor expected = conv(x.reshape(flat), filter, {}, geometry);
  CHECK(mismatch(y, y.shape(), expected.to_vector<double>()) == "");
  const Tensor expected_gx =
      conv_input_gradient(grad.reshape(expected.shape()), filter, flat, geometry);
  CHECK(mismatch(gx, x.shape(), expected_gx.to_vector<double>()) == "");
  const Tensor ones_grad = ones(y.shape());
  const Tensor gw = conv_weight_gradient(ones_grad, x, weight.shape(), geometry);
  const Tensor expected_gw = conv_weight_gradient(ones_grad.reshape(expected.shape()),
                                                  x.reshape(flat), filter.shape(), geometry);
  // Sums of 250000 multiples of 1/64 in [-1, 1]: still exact.
  CHECK(mismatch(gw, weight.shape(), expected_gw.to_vector<double>()) == "");
}

TEST_CASE("conv: batches of none, inputs of none, and meta") {
  const Tensor weight = ones({4, 3, 3, 3});
  CHECK(conv(zeros({0, 3, 5, 5}), weight, {}, {}).shape() == Shape{0, 4, 3, 3});
  CHECK(conv(zeros({0, 3, 5}), ones({4, 3, 2}), {}, {}).shape() == Shape{0, 4, 4});
  CHECK(conv(zeros({0, 3, 5, 5, 4}), ones({4, 3, 2, 1, 3}), {}, {}).shape() ==
        Shape{0, 4, 4, 5, 2});
  CHECK(mismatch(conv_weight_gradient(zeros({0, 4, 3, 3}), zeros({0, 3, 5, 5}), {4, 3, 3, 3}, {}),
                 {4, 3, 3, 3}, std::vector<double>(108, 0)) == "");
  CHECK(mismatch(conv_weight_gradient(zeros({0, 1, 2, 2, 2}), zeros({0, 1, 3, 2, 2}),
                                      {1, 1, 2, 1, 1}, {}),
                 {1, 1, 2, 1, 1}, {0, 0}) == "");
  const Tensor y = conv(zeros({2, 3, 5, 6}, {.device = meta}), weight, {}, {.stride = {2, 1}});
  CHECK(y.is_meta());
  CHECK(y.shape() == Shape{2, 4, 2, 4});
  const Tensor volumes = zeros({2, 3, 5, 6, 7}, {.device = meta});
  const Tensor filters = zeros({4, 3, 1, 2, 3}, {.device = meta});
  CHECK(conv(volumes, filters, {}, {.stride = {2, 1, 1}}).shape() == Shape{2, 4, 3, 5, 5});
  CHECK(conv_input_gradient(zeros({2, 4, 5, 5, 5}), filters, volumes.shape(), {}).is_meta());
  CHECK(conv_weight_gradient(zeros({2, 4, 5, 5, 5}), volumes, filters.shape(), {}).shape() ==
        filters.shape());
  // All padding: the bias alone.
  const Tensor empty_depth = conv(zeros({1, 1, 0, 1, 2}), ones({1, 1, 2, 1, 1}), tensor({2.0f}),
                                  {.pad_low = {1}, .pad_high = {1}});
  CHECK(mismatch(empty_depth, {1, 1, 1, 1, 2}, {2, 2}) == "");
}

TEST_CASE("conv: NaN and infinity spread to their windows only") {
  const Tensor x = zeros({1, 1, 5, 5});
  x.set({0, 0, 0, 0}, std::nan(""));
  x.set({0, 0, 4, 4}, INFINITY);
  const Tensor y = conv(x, ones({1, 1, 2, 2}), {}, {});
  CHECK(std::isnan(y.at<float>({0, 0, 0, 0})));
  CHECK(std::isinf(y.at<float>({0, 0, 3, 3})));
  CHECK(y.at<float>({0, 0, 1, 1}) == 0);
  const Tensor volume = conv(x.reshape({1, 1, 5, 5, 1}), ones({1, 1, 2, 2, 1}), {}, {});
  CHECK(mismatch(volume.reshape({16}), {16}, y.to_vector<double>()) == "");
}

}  // namespace
}  // namespace lucid::test
