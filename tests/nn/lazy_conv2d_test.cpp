// LazyConv2d, row by row of its specification: construction, attributes, shapes, printing, errors.
#include <doctest/doctest.h>

#include <cmath>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

// The layer without its bias and with given weights.
void set_weight(const nn::Conv2d& layer, const Tensor& weight) {
  const NoGradGuard guard;
  layer.weight().copy_(weight);
}

void check_untouched(const nn::LazyConv2d& lazy) {
  CHECK(lazy.in_channels() == std::nullopt);
  CHECK_FALSE(lazy.weight().is_initialized());
  if (lazy.bias().defined()) CHECK_FALSE(lazy.bias().is_initialized());
}

TEST_CASE("LazyConv2d: defaults") {
  const nn::LazyConv2d lazy(64, 3);
  CHECK(lazy.out_channels() == 64);
  CHECK(lazy.kernel_size() == nn::Size2d(3, 3));
  CHECK(lazy.options().stride == nn::Size2d(1));
  CHECK(lazy.options().padding.size() == nn::Size2d(0));
  CHECK(lazy.options().dilation == nn::Size2d(1));
  CHECK(lazy.options().groups == 1);
  CHECK(lazy.options().bias);
  CHECK(lazy.options().padding_mode == nn::PaddingMode::zeros);
  CHECK_FALSE(lazy.options().device);
  CHECK_FALSE(lazy.options().dtype);
}

TEST_CASE("LazyConv2d: attributes before and after") {
  nn::LazyConv2d lazy(6, {3, 2}, {.groups = 2});
  check_untouched(lazy);
  REQUIRE(lazy.bias().defined());
  lazy(zeros({1, 4, 5, 5}));
  CHECK(lazy.in_channels() == 4);
  CHECK(lazy.weight().shape() == Shape{6, 2, 3, 2});
  CHECK(lazy.bias().shape() == Shape{6});
  CHECK(lazy.weight().requires_grad());
  CHECK(lazy.bias().requires_grad());
  CHECK(lazy.weight().is_leaf());
}

TEST_CASE("LazyConv2d: bias=false stays without") {
  nn::LazyConv2d lazy(6, 3, {.bias = false});
  CHECK_FALSE(lazy.bias().defined());
  CHECK(lazy.parameters().size() == 1);
  lazy(zeros({1, 4, 5, 5}));
  CHECK_FALSE(lazy.bias().defined());
  CHECK(lazy.state_dict().size() == 1);
}

TEST_CASE("LazyConv2d: the bias is added") {
  nn::LazyConv2d lazy(2, 1);
  lazy(zeros({1, 1, 2, 2}));
  lazy.bias().detach().copy_(tensor({3.0, -1.0}));
  CHECK(mismatch(lazy(zeros({1, 2, 2})), {2, 2, 2}, {3, 3, 3, 3, -1, -1, -1, -1}) == "");
}

TEST_CASE("LazyConv2d: the output shape follows the formula") {
  struct Case {
    nn::Size2d kernel;
    nn::Conv2dOptions options;
  };
  const Case cases[] = {{3, {}},
                        {{1, 4}, {.stride = {3, 2}}},
                        {{4, 3}, {.padding = {2, 1}}},
                        {{2, 3}, {.stride = 2, .padding = 1, .dilation = {3, 2}}},
                        {5, {.stride = {1, 4}, .padding = {0, 3}, .groups = 2}}};
  for (const Case& c : cases) {
    nn::LazyConv2d lazy(4, c.kernel, c.options);
    const auto out = [](int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t d) {
      return static_cast<int64_t>(
          std::floor(static_cast<double>(size + 2 * padding - d * (kernel - 1) - 1) /
                         static_cast<double>(stride) +
                     1));
    };
    const nn::Size2d padding = c.options.padding.size();
    const int64_t height =
        out(11, c.kernel[0], c.options.stride[0], padding[0], c.options.dilation[0]);
    const int64_t width =
        out(14, c.kernel[1], c.options.stride[1], padding[1], c.options.dilation[1]);
    INFO(lazy.str());
    CHECK(lazy(zeros({3, 2, 11, 14})).shape() == Shape{3, 4, height, width});
    CHECK(lazy(zeros({2, 11, 14})).shape() == Shape{4, height, width});
  }
}

TEST_CASE("LazyConv2d: an unbatched first input counts channels in dimension 0") {
  nn::LazyConv2d lazy(5, 3, {.padding = 1});
  const Tensor x = randn({2, 6, 7});
  const Tensor y = lazy(x);
  CHECK(lazy.in_channels() == 2);
  CHECK(mismatch(lazy(x.unsqueeze(0)), {1, 5, 6, 7}, y.to_vector<double>()) == "");
}

TEST_CASE("LazyConv2d: an empty batch materialises") {
  nn::LazyConv2d lazy(5, 3);
  CHECK(lazy(zeros({0, 2, 6, 7})).shape() == Shape{0, 5, 4, 5});
  CHECK(lazy.in_channels() == 2);
}

TEST_CASE("LazyConv2d: padding \"same\" keeps the size, one more on the high side if even") {
  for (const nn::Size2d kernel : {nn::Size2d(1), nn::Size2d(2, 3), nn::Size2d(4, 5)}) {
    for (const int64_t dilation : {1, 2, 3}) {
      nn::LazyConv2d lazy(2, kernel, {.padding = "same", .dilation = dilation});
      CHECK(lazy(zeros({1, 3, 9, 8})).shape() == Shape{1, 2, 9, 8});
    }
  }
  const Tensor x = tensor({{{1.0, 2.0, 3.0, 4.0}}});
  nn::LazyConv2d even(1, {1, 2}, {.padding = "same", .bias = false});
  even(x);
  set_weight(even, tensor({{{{1.0, 10.0}}}}));
  CHECK(mismatch(even(x), {1, 1, 4}, {21, 32, 43, 4}) == "");
  nn::LazyConv2d four(1, {1, 4}, {.padding = "same", .bias = false});
  four(x);
  set_weight(four, tensor({{{{1.0, 10.0, 100.0, 1000.0}}}}));
  CHECK(mismatch(four(x), {1, 1, 4}, {3210, 4321, 432, 43}) == "");
  // A kernel of 2, dilated by 3, spans 4 pixels.
  nn::LazyConv2d dilated(1, {1, 2}, {.padding = "same", .dilation = 3, .bias = false});
  dilated(x);
  set_weight(dilated, tensor({{{{1.0, 10.0}}}}));
  CHECK(mismatch(dilated(x), {1, 1, 4}, {30, 41, 2, 3}) == "");
  // The same in the other direction.
  nn::LazyConv2d upright(1, {2, 1}, {.padding = "same", .bias = false});
  upright(x.reshape({1, 4, 1}));
  set_weight(upright, tensor({{{{1.0}, {10.0}}}}));
  CHECK(mismatch(upright(x.reshape({1, 4, 1})), {1, 4, 1}, {21, 32, 43, 4}) == "");
}

TEST_CASE("LazyConv2d: padding \"valid\" is none") {
  nn::LazyConv2d lazy(2, 3, {.stride = 2, .padding = "valid"});
  CHECK(lazy(zeros({1, 3, 9, 8})).shape() == Shape{1, 2, 4, 3});
}

TEST_CASE("LazyConv2d: any other string is an error, and \"same\" demands stride 1") {
  for (const char* padding : {"", "Same", "valid ", "full", "0"}) {
    const auto make = [&] { nn::LazyConv2d(2, 3, {.padding = padding}); };
    const std::string quoted = "\"" + std::string(padding) + "\"";
    CHECK(wrong_error<ValueError>(make, {"Conv2d", "padding", quoted.c_str(), "same", "valid"}) ==
          "");
  }
  for (const nn::Size2d stride : {nn::Size2d(2), nn::Size2d(1, 2), nn::Size2d(3, 1)}) {
    const auto make = [&] { nn::LazyConv2d(2, 3, {.stride = stride, .padding = "same"}); };
    CHECK(wrong_error<ValueError>(
              make, {"Conv2d", "same", "stride 1", nn::to_string(stride).c_str()}) == "");
  }
}

TEST_CASE("LazyConv2d: arguments out of range are errors") {
  const auto error = [](int64_t channels, nn::Size2d kernel, const nn::Conv2dOptions& options,
                        std::initializer_list<const char*> parts) {
    return wrong_error<ValueError>([&] { nn::LazyConv2d(channels, kernel, options); }, parts);
  };
  CHECK(error(0, 3, {}, {"Conv2d", "out_channels", "0"}) == "");
  CHECK(error(-2, 3, {}, {"Conv2d", "out_channels", "-2"}) == "");
  CHECK(error(2, {0, 3}, {}, {"Conv2d", "kernel_size", "(0, 3)"}) == "");
  CHECK(error(2, 3, {.stride = {1, 0}}, {"Conv2d", "stride", "(1, 0)"}) == "");
  CHECK(error(2, 3, {.padding = {0, -1}}, {"Conv2d", "padding", "(0, -1)"}) == "");
  CHECK(error(2, 3, {.dilation = 0}, {"Conv2d", "dilation", "(0, 0)"}) == "");
  CHECK(error(2, 3, {.groups = 0}, {"Conv2d", "groups", "0"}) == "");
  CHECK(error(4, 3, {.groups = 3}, {"Conv2d", "out_channels", "groups", "3", "4"}) == "");
  const auto integral = [] { nn::LazyConv2d(2, 3, {.dtype = int64}); };
  CHECK(wrong_error<DTypeError>(integral, {"Conv2d", "dtype", "float32", "int64"}) == "");
}

TEST_CASE("LazyConv2d: groups see their own channels only") {
  nn::LazyConv2d lazy(4, 1, {.groups = 2, .bias = false});
  const Tensor x = tensor({1.0, 2.0, 3.0, 4.0}).reshape({4, 1, 1});
  lazy(x);
  set_weight(lazy,
             tensor({{1.0, 10.0}, {2.0, 20.0}, {1.0, 10.0}, {2.0, 20.0}}).reshape({4, 2, 1, 1}));
  CHECK(mismatch(lazy(x), {4, 1, 1}, {21, 42, 43, 86}) == "");
}

TEST_CASE("LazyConv2d: dilation spreads the window") {
  nn::LazyConv2d lazy(1, {1, 3}, {.dilation = {1, 2}, .bias = false});
  const Tensor x = arange(1, 8).to(float32).reshape({1, 1, 7});
  lazy(x);
  set_weight(lazy, tensor({{{{1.0, 10.0, 100.0}}}}));
  CHECK(mismatch(lazy(x), {1, 1, 3}, {531, 642, 753}) == "");
}

TEST_CASE("LazyConv2d: dtype") {
  nn::LazyConv2d single(2, 3);
  single(zeros({1, 1, 4, 4}));
  CHECK(single.weight().dtype() == float32);
  nn::LazyConv2d twice(2, 3, {.dtype = float64});
  CHECK(twice(zeros({1, 1, 4, 4}, {.dtype = float64})).dtype() == float64);
  CHECK(twice.weight().dtype() == float64);
  CHECK(twice.bias().dtype() == float64);
}

TEST_CASE("LazyConv2d: on the meta device there are shapes only") {
  nn::LazyConv2d lazy(2, 3, {.device = meta});
  const Tensor y = lazy(empty({1, 1, 4, 4}, {.device = meta}));
  CHECK(y.is_meta());
  CHECK(y.shape() == Shape{1, 2, 2, 2});
  CHECK(lazy.weight().is_meta());
  CHECK(lazy.bias().is_meta());
  CHECK(lazy.weight().shape() == Shape{2, 1, 3, 3});
}

TEST_CASE("LazyConv2d: a meta input materialises weights on their own device") {
  nn::LazyConv2d lazy(2, 3);
  CHECK(lazy(empty({5, 4, 4}, {.device = meta})).shape() == Shape{2, 2, 2});
  CHECK(lazy.weight().device() == cpu);
  CHECK(lazy.weight().shape() == Shape{2, 5, 3, 3});
}

TEST_CASE("LazyConv2d: a wrong first input leaves the module as it was") {
  nn::LazyConv2d lazy(4, 3, {.groups = 2});
  const auto error = [&]<class E>(const E*, const Tensor& x,
                                  std::initializer_list<const char*> parts) {
    const std::string wrong = wrong_error<E>([&] { lazy(x); }, parts);
    check_untouched(lazy);
    return wrong;
  };
  constexpr ShapeError* shape_error = nullptr;
  constexpr DTypeError* dtype_error = nullptr;
  CHECK(error(shape_error, zeros({4, 4}), {"LazyConv2d", "(N, C, H, W)", "[4, 4]"}) == "");
  CHECK(error(shape_error, zeros({1, 1, 2, 4, 4}), {"LazyConv2d", "[1, 1, 2, 4, 4]"}) == "");
  CHECK(error(shape_error, zeros({}), {"LazyConv2d", "[]"}) == "");
  CHECK(error(shape_error, zeros({1, 0, 4, 4}), {"LazyConv2d", "channels", "0"}) == "");
  CHECK(error(shape_error, zeros({0, 4, 4}), {"LazyConv2d", "channels", "0"}) == "");
  CHECK(error(shape_error, zeros({1, 3, 4, 4}), {"LazyConv2d", "groups", "2", "3"}) == "");
  CHECK(error(shape_error, zeros({1, 2, 2, 4}), {"conv2d", "height"}) == "");
  CHECK(error(dtype_error, zeros({1, 2, 4, 4}, {.dtype = int64}), {"conv2d", "int64"}) == "");
  CHECK(error(dtype_error, zeros({1, 2, 4, 4}, {.dtype = float64}), {"float64", "float32"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { lazy(Tensor()); }, {}) == "");
  check_untouched(lazy);
  lazy(zeros({1, 2, 4, 4}));
  CHECK(lazy.in_channels() == 2);
}

TEST_CASE("LazyConv2d: afterwards the channels are fixed") {
  nn::LazyConv2d lazy(4, 3);
  lazy(zeros({1, 2, 4, 4}));
  CHECK(wrong_error<ShapeError>(
            [&] {
              lazy(zeros({1, 3, 4, 4}));
            },
            {"Conv2d", "2 channels", "3", "[1, 3, 4, 4]"}) == "");
  CHECK(lazy.in_channels() == 2);
}

TEST_CASE("LazyConv2d: extra_repr") {
  const auto repr = [](const nn::LazyConv2d& lazy) { return lazy.extra_repr(); };
  const std::string start = "in_channels=None, out_channels=64, kernel_size=(3, 3), stride=(1, 1)";
  CHECK(repr({64, 3, {.padding = 1}}) == start + ", padding=(1, 1)");
  CHECK(repr({64, 3}) == start);
  CHECK(repr({64, 3, {.padding = {0, 2}}}) == start + ", padding=(0, 2)");
  CHECK(repr({64, 3, {.padding = "same"}}) == start + ", padding='same'");
  CHECK(repr({64, 3, {.padding = "valid"}}) == start + ", padding='valid'");
  CHECK(repr({64, 3, {.dilation = {1, 2}}}) == start + ", dilation=(1, 2)");
  CHECK(repr({64, 3, {.groups = 4}}) == start + ", groups=4");
  CHECK(repr({64, 3, {.bias = false}}) == start + ", bias=False");
  CHECK(repr({64, 3, {.padding_mode = nn::PaddingMode::reflect}}) ==
        start + ", padding_mode='reflect'");
  nn::LazyConv2d all(64, {3, 5},
                     {.stride = {2, 1},
                      .padding = 1,
                      .dilation = 2,
                      .groups = 2,
                      .bias = false,
                      .padding_mode = nn::PaddingMode::circular});
  const std::string rest =
      ", out_channels=64, kernel_size=(3, 5), stride=(2, 1), padding=(1, 1), dilation=(2, 2), "
      "groups=2, bias=False, padding_mode='circular'";
  CHECK(all.extra_repr() == "in_channels=None" + rest);
  CHECK(all.str() == "LazyConv2d(in_channels=None" + rest + ")");
  all(zeros({1, 6, 16, 16}));
  CHECK(all.extra_repr() == "in_channels=6" + rest);
  CHECK(repr({64, 3, {.padding_mode = nn::PaddingMode::replicate}}) ==
        start + ", padding_mode='replicate'");
}

TEST_CASE("Conv2d: the eager layer") {
  nn::Conv2d conv(4, 6, {3, 1}, {.padding = {1, 0}, .groups = 2});
  CHECK(conv.in_channels() == 4);
  CHECK(conv.weight().shape() == Shape{6, 2, 3, 1});
  CHECK(conv.str() ==
        "Conv2d(in_channels=4, out_channels=6, kernel_size=(3, 1), stride=(1, 1), padding=(1, 0), "
        "groups=2)");
  CHECK(conv(zeros({2, 4, 5, 5})).shape() == Shape{2, 6, 5, 5});
  CHECK(wrong_error<ShapeError>([&] { conv(zeros({2, 2, 5, 5})); }, {"Conv2d", "4", "2"}) == "");
  const auto make = [](int64_t in) { return [in] { nn::Conv2d(in, 6, 3, {.groups = 3}); }; };
  CHECK(wrong_error<ValueError>(make(4), {"Conv2d", "in_channels", "groups 3", "4"}) == "");
  CHECK(wrong_error<ValueError>(make(0), {"Conv2d", "in_channels", "0"}) == "");
}

}  // namespace
