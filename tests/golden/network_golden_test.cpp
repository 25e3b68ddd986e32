// Pooling in any number of dimensions, further normalisations, and images against PyTorch's.
#include "lucid/creation.h"
#include "nn/functional.h"
#include "nn/modules/pooling.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

namespace {

template <size_t Rank>
nn::Size<Rank> size_at(const std::vector<int64_t>& options, size_t begin) {
  nn::Size<Rank> size = 1;
  for (size_t i = 0; i < Rank; ++i) size[i] = options[begin + i];
  return size;
}

void check_maxima(const GoldenCase& c, const Tensor& x, const ValuesAndIndices& result) {
  CAPTURE(c.name());
  CHECK(result.indices.to_vector<int64_t>() == c.stored("indices").to_vector<int64_t>());
  c.check(result.values, {{"x", x}});
}

// function(case, x) on every case whose name starts with prefix.
template <class Function>
void check_inputs(const std::string& file, const std::string& prefix, const Function& function) {
  for_each_case(file, prefix, [&](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    c.check(function(c, x), {{"x", x}});
  });
}

template <size_t Rank>
F::MaxPoolFunctionOptions<Rank> max_options(const GoldenCase& c) {
  const std::vector<int64_t> o = c.options();
  return {.stride = size_at<Rank>(o, Rank),
          .padding = size_at<Rank>(o, 2 * Rank),
          .dilation = size_at<Rank>(o, 3 * Rank),
          .ceil_mode = o[4 * Rank] != 0};
}

template <size_t Rank>
F::AvgPoolFunctionOptions<Rank> avg_options(const GoldenCase& c) {
  const std::vector<int64_t> o = c.options();
  const int64_t divisor = o[3 * Rank + 2];
  return {.stride = size_at<Rank>(o, Rank),
          .padding = size_at<Rank>(o, 2 * Rank),
          .ceil_mode = o[3 * Rank] != 0,
          .count_include_pad = o[3 * Rank + 1] != 0,
          .divisor_override = divisor == 0 ? std::nullopt : std::optional(divisor)};
}

}  // namespace

TEST_CASE("max_pool1d and max_pool3d as PyTorch computes them") {
  for_each_case("pools", "max1d", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const auto kernel = size_at<1>(c.options(), 0);
    check_maxima(c, x, F::max_pool1d_with_indices(x, kernel, max_options<1>(c)));
  });
  for_each_case("pools", "max3d", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const auto kernel = size_at<3>(c.options(), 0);
    check_maxima(c, x, F::max_pool3d_with_indices(x, kernel, max_options<3>(c)));
  });
}

TEST_CASE("avg_pool in any number of dimensions as PyTorch computes it") {
  check_inputs("pools", "avg1d", [](const GoldenCase& c, const Tensor& x) {
    return F::avg_pool1d(x, size_at<1>(c.options(), 0), avg_options<1>(c));
  });
  check_inputs("pools", "avg2d", [](const GoldenCase& c, const Tensor& x) {
    return F::avg_pool2d(x, size_at<2>(c.options(), 0), avg_options<2>(c));
  });
  check_inputs("pools", "avg3d", [](const GoldenCase& c, const Tensor& x) {
    return F::avg_pool3d(x, size_at<3>(c.options(), 0), avg_options<3>(c));
  });
}

TEST_CASE("adaptive_avg_pool in any number of dimensions as PyTorch computes it") {
  check_inputs("pools", "adaptive_avg1d", [](const GoldenCase& c, const Tensor& x) {
    return F::adaptive_avg_pool1d(x, size_at<1>(c.options(), 0));
  });
  check_inputs("pools", "adaptive_avg2d", [](const GoldenCase& c, const Tensor& x) {
    return F::adaptive_avg_pool2d(x, size_at<2>(c.options(), 0));
  });
  check_inputs("pools", "adaptive_avg3d", [](const GoldenCase& c, const Tensor& x) {
    return F::adaptive_avg_pool3d(x, size_at<3>(c.options(), 0));
  });
}

TEST_CASE("adaptive_max_pool in any number of dimensions as PyTorch computes it") {
  for_each_case("pools", "adaptive_max1d", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    check_maxima(c, x, F::adaptive_max_pool1d_with_indices(x, size_at<1>(c.options(), 0)));
  });
  for_each_case("pools", "adaptive_max2d", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    check_maxima(c, x, F::adaptive_max_pool2d_with_indices(x, size_at<2>(c.options(), 0)));
  });
  for_each_case("pools", "adaptive_max3d", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    check_maxima(c, x, F::adaptive_max_pool3d_with_indices(x, size_at<3>(c.options(), 0)));
  });
}

TEST_CASE("pooling layers print as PyTorch's do") {
  const StateDict file = load(std::string(LUCID_GOLDEN_DIR) + "/pools.safetensors");
  const auto check = [&](const nn::Module& module) {
    std::string expected;
    for (const int64_t c : file.at("repr_" + module.type_name() + ".text").to_vector<int64_t>()) {
      expected += static_cast<char>(c);
    }
    CHECK(module.str() == expected);
  };
  check(nn::MaxPool1d(3, {.stride = 2, .padding = 1}));
  check(nn::MaxPool3d(3, {.dilation = {1, 2, 1}}));
  check(nn::AvgPool1d(2));
  check(nn::AvgPool2d({2, 3}));
  check(nn::AvgPool3d(2, {.padding = {1, 0, 1}}));
  check(nn::AdaptiveAvgPool1d(5));
  check(nn::AdaptiveAvgPool3d({5, 2, 3}));
  check(nn::AdaptiveMaxPool1d(5));
  check(nn::AdaptiveMaxPool2d({5, 2}));
  check(nn::AdaptiveMaxPool3d(4));
}

TEST_CASE("rms_norm by its definition") {
  for_each_case("norms", "rms_", [](const GoldenCase& c) {
    const Tensor x = c.leaf("x");
    const Tensor weight = c.leaf("weight");
    c.check(F::rms_norm(x, c.options(), weight, c.stored("eps").item<double>()),
            {{"x", x}, {"weight", weight}});
  });
}

TEST_CASE("local_response_norm as PyTorch computes it") {
  check_inputs("norms", "response_", [](const GoldenCase& c, const Tensor& x) {
    const std::vector<double> numbers = c.stored("numbers").to_vector<double>();
    return F::local_response_norm(x, c.options()[0], numbers[0], numbers[1], numbers[2]);
  });
}

TEST_CASE("interpolate as PyTorch computes it") {
  size_t cases = 0;
  for (const char* const mode : {"nearest", "linear", "bilinear", "trilinear", "bicubic", "area"}) {
    check_inputs("images", mode, [&](const GoldenCase& c, const Tensor& x) {
      const std::vector<int64_t> o = c.options();
      F::InterpolateFunctionOptions options{.mode = static_cast<F::InterpolationMode>(o[0]),
                                            .align_corners = o[1] != 0,
                                            .recompute_scale_factor = o[2] != 0};
      options.size.assign(o.begin() + 3, o.end());
      if (c.has("factors")) options.scale_factor = c.stored("factors").to_vector<double>();
      ++cases;
      return F::interpolate(x, options);
    });
  }
  // Seven modes of five cases, three more with corners aligned for four of them; in two types.
  CHECK(cases == 2 * (7 * 5 + 4 * 3));
}

TEST_CASE("unfold and fold as PyTorch computes them") {
  const auto options = [](const GoldenCase& c) {
    const std::vector<int64_t> o = c.options();
    return F::UnfoldFunctionOptions{
        .dilation = size_at<2>(o, 2), .padding = size_at<2>(o, 4), .stride = size_at<2>(o, 6)};
  };
  check_inputs("images", "unfold_", [&](const GoldenCase& c, const Tensor& x) {
    return F::unfold(x, size_at<2>(c.options(), 0), options(c));
  });
  check_inputs("images", "fold_", [&](const GoldenCase& c, const Tensor& x) {
    return F::fold(x, size_at<2>(c.options(), 8), size_at<2>(c.options(), 0), options(c));
  });
}

TEST_CASE("pixel_shuffle, pixel_unshuffle and pad with a value as PyTorch computes them") {
  check_inputs("images", "shuffle_", [](const GoldenCase& c, const Tensor& x) {
    return F::pixel_shuffle(x, c.options()[0]);
  });
  check_inputs("images", "unshuffle_", [](const GoldenCase& c, const Tensor& x) {
    return F::pixel_unshuffle(x, c.options()[0]);
  });
  check_inputs("images", "pad_", [](const GoldenCase& c, const Tensor& x) {
    return F::pad(x, c.options(), nn::PaddingMode::zeros, 1.5);
  });
}
