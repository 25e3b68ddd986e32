#include "autograd/functions/pooling.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/functions/arithmetic.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

// PyTorch's rule: with ceil_mode a last, partial window counts if it starts inside of the input or
// its left padding.
int64_t windows(int64_t size, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation,
                bool ceil_mode) {
  const int64_t room = size + 2 * pad - dilation * (kernel - 1) - 1;
  int64_t count = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (count - 1) * stride >= size + pad) --count;
  return count;
}

struct Expected {
  Shape shape;
  std::vector<double> greatest, position, average;
};

Expected by_definition(const Tensor& x, const Pool2dGeometry& g, bool maximum) {
  Expected e;
  const int64_t height = x.shape(2), width = x.shape(3);
  const int64_t dh = maximum ? g.dilation[0] : 1, dw = maximum ? g.dilation[1] : 1;
  e.shape = {x.shape(0), x.shape(1),
             windows(height, g.kernel[0], g.stride[0], g.padding[0], dh, g.ceil_mode),
             windows(width, g.kernel[1], g.stride[1], g.padding[1], dw, g.ceil_mode)};
  for (int64_t n = 0; n < e.shape[0]; ++n)
    for (int64_t c = 0; c < e.shape[1]; ++c)
      for (int64_t p = 0; p < e.shape[2]; ++p)
        for (int64_t q = 0; q < e.shape[3]; ++q) {
          const int64_t top = p * g.stride[0] - g.padding[0], left = q * g.stride[1] - g.padding[1];
          double best = -inf, sum = 0;
          int64_t at = -1, inside = 0, counted = 0;
          for (int64_t r = 0; r < g.kernel[0]; ++r)
            for (int64_t s = 0; s < g.kernel[1]; ++s) {
              const int64_t h = top + r * dh, w = left + s * dw;
              counted += h < height + g.padding[0] && w < width + g.padding[1];
              if (h < 0 || w < 0 || h >= height || w >= width) continue;
              const double value = x.at<double>({n, c, h, w});
              ++inside;
              sum += value;
              if (at >= 0 && value <= best) continue;
              best = value;
              at = h * width + w;
            }
          e.greatest.push_back(best);
          e.position.push_back(double(at));
          e.average.push_back(sum / double(g.count_include_pad ? counted : inside));
        }
  return e;
}

const Pool2dGeometry geometries[] = {
    {.kernel = {2, 2}, .stride = {2, 2}},
    {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}},
    {.kernel = {3, 2}, .stride = {1, 3}},
    {.kernel = {2, 3}, .stride = {2, 2}, .padding = {1, 1}, .ceil_mode = true},
    {.kernel = {3, 3}, .stride = {3, 2}, .ceil_mode = true},
    {.kernel = {2, 2}, .stride = {3, 3}, .padding = {1, 1}, .ceil_mode = true},
    {.kernel = {3, 3},
     .stride = {2, 2},
     .padding = {1, 1},
     .ceil_mode = true,
     .count_include_pad = false},
    {.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 0}, .count_include_pad = false},
    {.kernel = {1, 1}},
};

TEST_CASE("max_pool2d and avg_pool2d: the definition, in both types and any layout") {
  for (DType dtype : {float32, float64}) {
    for (const Shape& shape :
         {Shape{2, 3, 7, 10}, Shape{1, 2, 8, 8}, Shape{1, 1, 3, 5}, Shape{2, 1, 5, 41}}) {
      const Tensor row_major = pattern(shape, dtype);
      for (const Tensor& x :
           {row_major, row_major.permute({3, 0, 2, 1}).contiguous().permute({1, 3, 2, 0})}) {
        for (const Pool2dGeometry& g : geometries) {
          CAPTURE(shape);
          CAPTURE(&g - geometries);
          const Expected e = by_definition(x, g, true);
          CHECK(mismatch(max_pool2d(x, g), dtype, e.shape, e.greatest) == "");
          const ValuesAndIndices both = max_pool2d_with_indices(x, g);
          CHECK(mismatch(both.values, dtype, e.shape, e.greatest) == "");
          CHECK(mismatch(both.indices, int64, e.shape, e.position) == "");
          CHECK(mismatch(avg_pool2d(x, g), dtype, e.shape, e.average,
                         dtype == float32 ? 1e-7 : 1e-15) == "");
        }
      }
    }
  }
}

TEST_CASE("max_pool2d: dilation, ties, NaN and infinities") {
  const Tensor x = pattern({2, 2, 9, 8}, float32);
  for (const Pool2dGeometry& g :
       {Pool2dGeometry{.kernel = {3, 2}, .dilation = {2, 3}},
        Pool2dGeometry{.kernel = {2, 3}, .stride = {2, 1}, .padding = {1, 1}, .dilation = {3, 2}},
        Pool2dGeometry{.kernel = {3, 3},
        .stride = {2, 2},
        .padding = {1, 1},
        .dilation = {2, 2},
        .ceil_mode = true}}) {
    const Expected e = by_definition(x, g, true);
    const ValuesAndIndices both = max_pool2d_with_indices(x, g);
    CHECK(mismatch(both.values, e.shape, e.greatest) == "");
    CHECK(mismatch(both.indices, e.shape, e.position) == "");
  }
  const Pool2dGeometry halves{.kernel = {2, 2}, .stride = {2, 2}};
  for (DType dtype : {float32, float64}) {
    const Tensor ties =
        max_pool2d_with_indices(zeros({1, 1, 4, 4}, {.dtype = dtype}), halves).indices;
    CHECK(mismatch(ties, {1, 1, 2, 2}, {0, 2, 8, 10}) == "");
    const Tensor y = tensor({{{{1.0, nan, -inf, -inf},
                               {2.0, 3.0, -inf, -inf},
                               {nan, 1.0, inf, 0.0},
                               {nan, 5.0, 1.0, 2.0}}}})
                         .to(dtype);
    const ValuesAndIndices both = max_pool2d_with_indices(y, halves);
    CHECK(mismatch(both.values, {1, 1, 2, 2}, {nan, -inf, nan, inf}) == "");
    CHECK(mismatch(both.indices, {1, 1, 2, 2}, {1, 2, 8, 10}) == "");
  }
}

TEST_CASE("adaptive_avg_pool2d: windows from floor(i * in / out) to ceil((i + 1) * in / out)") {
  for (DType dtype : {float32, float64}) {
    const Tensor x = pattern({2, 3, 7, 10}, dtype);
    for (const auto& [p, q] : {std::pair{1, 1}, {7, 10}, {3, 4}, {5, 2}, {9, 13}}) {
      std::vector<double> expected;
      for (int64_t plane = 0; plane < 6; ++plane) {
        const Tensor image = x.reshape({6, 7, 10})[plane];
        for (int64_t i = 0; i < p; ++i) {
          for (int64_t j = 0; j < q; ++j) {
            const int64_t top = i * 7 / p, bottom = ((i + 1) * 7 + p - 1) / p;
            const int64_t left = j * 10 / q, right = ((j + 1) * 10 + q - 1) / q;
            double sum = 0;
            for (int64_t h = top; h < bottom; ++h) {
              for (int64_t w = left; w < right; ++w) sum += image.at<double>({h, w});
            }
            expected.push_back(sum / double((bottom - top) * (right - left)));
          }
        }
      }
      CHECK(mismatch(adaptive_avg_pool2d(x, p, q), dtype, {2, 3, p, q}, expected,
                     dtype == float32 ? 1e-7 : 1e-15) == "");
    }
    CHECK(mismatch(adaptive_avg_pool2d(x.permute({0, 1, 3, 2}), 1, 1), {2, 3, 1, 1},
                   x.mean({2, 3}).to_vector<double>(), 1e-7) == "");
  }
}

TEST_CASE("pooling: batches of none, and meta") {
  const Pool2dGeometry g{.kernel = {2, 2}, .stride = {2, 2}};
  CHECK(max_pool2d(zeros({0, 3, 4, 4}), g).shape() == Shape{0, 3, 2, 2});
  CHECK(avg_pool2d(zeros({2, 0, 4, 4}), g).shape() == Shape{2, 0, 2, 2});
  CHECK(adaptive_avg_pool2d(zeros({0, 3, 4, 4}), 1, 1).shape() == Shape{0, 3, 1, 1});
  const Tensor x = zeros({2, 3, 5, 5}, {.device = meta});
  CHECK(max_pool2d_with_indices(x, g).indices.is_meta());
  CHECK(max_pool2d(x, g).shape() == Shape{2, 3, 2, 2});
  CHECK(avg_pool2d(x, g).is_meta());
  CHECK(adaptive_avg_pool2d(x, 2, 3).shape() == Shape{2, 3, 2, 3});
}

TEST_CASE("pooling: what it refuses") {
  const Tensor x = zeros({1, 2, 5, 5});
  const auto max = [&](const Pool2dGeometry& g) { return [&x, g] { max_pool2d(x, g); }; };
  const auto avg = [&](const Pool2dGeometry& g) { return [&x, g] { avg_pool2d(x, g); }; };
  CHECK(wrong_error<ValueError>(max({.kernel = {0, 2}}), {"max_pool2d", "kernel_size", "0"}) == "");
  CHECK(wrong_error<ValueError>(max({.kernel = {2, 2}, .stride = {1, 0}}),
                                {"max_pool2d", "stride", "width"}) == "");
  CHECK(wrong_error<ValueError>(max({.kernel = {2, 2}, .dilation = {-1, 1}}),
                                {"max_pool2d", "dilation", "-1"}) == "");
  CHECK(wrong_error<ValueError>(max({.kernel = {2, 2}, .padding = {2, 0}}),
                                {"max_pool2d", "padding", "half", "2"}) == "");
  CHECK(wrong_error<ValueError>(avg({.kernel = {2, 2}, .padding = {0, -1}}),
                                {"avg_pool2d", "padding", "-1"}) == "");
  CHECK(wrong_error<ValueError>(avg({.kernel = {2, 2}, .dilation = {1, 2}}),
                                {"avg_pool2d", "dilation", "(1, 2)"}) == "");
  CHECK(wrong_error<ShapeError>(max({.kernel = {6, 2}}), {"max_pool2d", "height", "5", "6"}) == "");
  CHECK(wrong_error<ShapeError>(max({.kernel = {2, 3}, .dilation = {1, 3}}),
                                {"max_pool2d", "width"}) == "");
  CHECK(wrong_error<ShapeError>([&] { max_pool2d(x[0], {}); },
                                {"max_pool2d", "(N, C, H, W)", "[2, 5, 5]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { avg_pool2d(x[0], {}); }, {"avg_pool2d", "[2, 5, 5]"}) == "");
  CHECK(wrong_error<DTypeError>([&] { max_pool2d(x.to(int32), {}); }, {"max_pool2d", "int32"}) ==
        "");
  CHECK(wrong_error<DTypeError>([&] { avg_pool2d(x.to(uint8), {}); }, {"avg_pool2d", "uint8"}) ==
        "");
  CHECK(wrong_error<ValueError>([&] { adaptive_avg_pool2d(x, 0, 1); },
                                {"adaptive_avg_pool2d", "(0, 1)"}) == "");
  CHECK(wrong_error<ShapeError>([&] { adaptive_avg_pool2d(x[0], 1, 1); },
                                {"adaptive_avg_pool2d", "[2, 5, 5]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              adaptive_avg_pool2d(zeros({1, 1, 0, 3}), 1, 1);
            },
            {"adaptive_avg_pool2d", "[1, 1, 0, 3]"}) == "");
  CHECK(wrong_error<DTypeError>([&] { adaptive_avg_pool2d(x.to(int64), 1, 1); },
                                {"adaptive_avg_pool2d", "int64"}) == "");
}

}  // namespace
}  // namespace lucid::test
