// Windows far larger than the image: errors or right results, neither crashes nor gigabytes.
#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/pooling.h"
#include "autograd/functions/reduction.h"
#include "lucid/allocator.h"
#include "tests/support/check.h"

using lucid::ConvGeometry;
using lucid::Pool2dGeometry;
using lucid::Shape;
using lucid::Tensor;
using lucid::test::mismatch;
using lucid::test::wrong_error;

namespace {

constexpr int64_t greatest = std::numeric_limits<int64_t>::max();

ConvGeometry dilated_same(int64_t dilation, int rank = 2) {
  ConvGeometry geometry;
  for (int axis = 0; axis < rank; ++axis) {
    geometry.dilation[axis] = dilation;
    geometry.pad_low[axis] = geometry.pad_high[axis] = dilation;
  }
  return geometry;
}

}  // namespace

TEST_CASE("a convolution whose taps lie beyond the image only sees the middle one") {
  const Tensor x = lucid::test::pattern({1, 1, 4, 4});
  const Tensor weight = lucid::test::pattern({1, 1, 3, 3}, lucid::float64, 2);
  x.requires_grad_();
  weight.requires_grad_();
  for (const int64_t dilation : {int64_t{100}, int64_t{20000}, int64_t{1} << 30}) {
    CAPTURE(dilation);
    lucid::empty_cache();
    lucid::reset_peak_memory();
    const int64_t before = lucid::memory_statistics().in_use;
    const Tensor y = lucid::conv(x, weight, {}, dilated_same(dilation));
    const double middle = weight.at<double>({0, 0, 1, 1});
    CHECK(lucid::allclose(y, x.detach() * middle, 1e-12, 1e-12));
    x.set_grad({});
    weight.set_grad({});
    y.sum().backward();
    CHECK(lucid::allclose(x.grad(), lucid::full({1, 1, 4, 4}, middle, {.dtype = lucid::float64})));
    CHECK(weight.grad().at<double>({0, 0, 1, 1}) ==
          doctest::Approx(x.detach().sum().item<double>()));
    CHECK(weight.grad().at<double>({0, 0, 0, 1}) == 0);
    CHECK(lucid::memory_statistics().peak_in_use - before < 64 << 20);
  }
}

TEST_CASE("so does one in one or three dimensions") {
  for (const int rank : {1, 3}) {
    const Shape size = Shape::filled(static_cast<size_t>(rank), 4);
    Shape image{2, 1}, filter{1, 1};
    for (const int64_t n : size) {
      image.push_back(n);
      filter.push_back(3);
    }
    const Tensor x = lucid::test::pattern(image).requires_grad_();
    const Tensor weight = lucid::test::pattern(filter, lucid::float64, 2).requires_grad_();
    const double middle = weight.to_vector<double>()[static_cast<size_t>(filter.numel() / 2)];
    for (const int64_t dilation : {int64_t{100}, int64_t{1} << 40, greatest / 4}) {
      CAPTURE(rank);
      CAPTURE(dilation);
      lucid::empty_cache();
      lucid::reset_peak_memory();
      const int64_t before = lucid::memory_statistics().in_use;
      const Tensor y = lucid::conv(x, weight, {}, dilated_same(dilation, rank));
      CHECK(lucid::allclose(y, x.detach() * middle, 1e-12, 1e-12));
      x.set_grad({});
      weight.set_grad({});
      y.sum().backward();
      CHECK(lucid::allclose(x.grad(), lucid::full(image, middle, {.dtype = lucid::float64})));
      CHECK(weight.grad().sum().item<double>() == doctest::Approx(x.detach().sum().item<double>()));
      CHECK(weight.grad().to_vector<double>()[0] == 0);
      CHECK(lucid::memory_statistics().peak_in_use - before < 64 << 20);
    }
  }
}

TEST_CASE("a kernel far deeper than the volume unfolds no more than the volume") {
  // Unfolded whole, every output depth would have 4001 planes.
  const Tensor x = lucid::test::pattern({1, 1, 2, 40, 40}, lucid::float32);
  const Tensor weight = lucid::test::pattern({1, 1, 4001, 1, 1}, lucid::float32, 2);
  lucid::empty_cache();
  lucid::reset_peak_memory();
  const int64_t before = lucid::memory_statistics().in_use;
  const ConvGeometry geometry{.pad_low = {2000}, .pad_high = {2000}};
  const Tensor y = lucid::conv(x, weight, {}, geometry);
  CHECK(lucid::memory_statistics().peak_in_use - before < 4 << 20);
  CHECK(y.shape() == x.shape());
  const auto expected =
      x.select(2, 0) * weight.flatten()[2000] + x.select(2, 1) * weight.flatten()[2001];
  CHECK(mismatch(y.select(2, 0), {1, 1, 40, 40}, expected.to_vector<double>()) == "");
}

TEST_CASE("pooling refuses what does not fit 63 bits, and images without pixels") {
  Pool2dGeometry geometry;
  geometry.kernel[0] = geometry.kernel[1] = greatest;
  geometry.stride[0] = geometry.stride[1] = greatest;
  geometry.padding[0] = geometry.padding[1] = greatest / 2;
  const Tensor x = lucid::ones({1, 1, 4, 4});
  CHECK(wrong_error<lucid::ValueError>([&] { lucid::max_pool2d(x, geometry); }, {"max_pool2d"}) ==
        "");
  CHECK(wrong_error<lucid::ValueError>([&] { lucid::avg_pool2d(x, geometry); }, {"avg_pool2d"}) ==
        "");
  Pool2dGeometry small;
  small.kernel[0] = small.kernel[1] = 2;
  small.padding[0] = small.padding[1] = 1;
  CHECK(wrong_error<lucid::ShapeError>(
            [&] {
              lucid::max_pool2d(lucid::ones({1, 1, 0, 4}), small);
            },
            {"max_pool2d", "pixels"}) == "");
}

TEST_CASE("a pooling window wholly in the padding has no gradient, nor a second one") {
  Pool2dGeometry geometry;
  for (int axis = 0; axis < 2; ++axis) {
    geometry.kernel[axis] = 2;
    geometry.padding[axis] = 1;
    geometry.dilation[axis] = 3;
  }
  const Tensor x = lucid::ones({1, 1, 2, 2}, {.dtype = lucid::float64, .requires_grad = true});
  const Tensor y = lucid::max_pool2d(x, geometry);
  y.backward(lucid::ones_like(y), false, true);
  CHECK(mismatch(x.grad(), {1, 1, 2, 2}, {0, 0, 0, 0}) == "");
  const Tensor again = x.grad().sum();
  if (again.requires_grad()) again.backward();
  x.set_grad({});
}

TEST_CASE("indices returned beside values are protected like any saved tensor") {
  const Tensor x = lucid::tensor({1.0, 5.0, 2.0}, {.requires_grad = true});
  const auto result = lucid::max(x, 0);
  result.indices.zero_();
  CHECK(wrong_error<lucid::AutogradError>([&] { result.values.backward(); }, {"max", "modified"}) ==
        "");
}

TEST_CASE("a linear layer without inputs has gradients") {
  const Tensor x = lucid::ones({2, 0}, {.requires_grad = true});
  const Tensor weight = lucid::ones({3, 0}, {.requires_grad = true});
  const Tensor bias = lucid::ones({3}, {.requires_grad = true});
  lucid::linear(x, weight, bias).sum().backward();
  CHECK(x.grad().shape() == lucid::Shape{2, 0});
  CHECK(weight.grad().shape() == lucid::Shape{3, 0});
  CHECK(mismatch(bias.grad(), {3}, {2, 2, 2}) == "");
}

TEST_CASE("an integer result is not written into a bool tensor") {
  const Tensor flags = lucid::full({2}, true);
  CHECK(wrong_error<lucid::DTypeError>([&] { flags.add_(1); }, {"add_", "int64", "bool"}) == "");
  CHECK(mismatch(flags, {2}, {1, 1}) == "");
}
