// The cost model of convolutions.
//
// Costs are in multiply-adds of the direct kernels. Winograd's filtering needs fewer of them, for
// every tile one for each product, input and output channel; and it transforms: every product of
// every tile and channel on the way in and out, and the filter. What these take was fitted to the
// layers of docs/performance.md.
#include "lucid/ops/conv_algorithm.h"

#include <atomic>
#include <cmath>

#include "lucid/error.h"
#include "lucid/kernels/shapes.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"
#include "lucid/ops/conv_sizes.h"

namespace lucid {
namespace {

using detail::message;
using kernels::Conv2dShape;
using kernels::ConvAlgorithm;

struct Scheme {
  ConvAlgorithm algorithm;
  const char* name;
  int64_t outputs, taps;
  bool strict;  ///< as exact as the sum of products
};

constexpr Scheme schemes[] = {{ConvAlgorithm::winograd_4x4_3x3, "winograd_4x4_3x3", 4, 3, false},
                              {ConvAlgorithm::winograd_2x2_3x3, "winograd_2x2_3x3", 2, 3, true},
                              {ConvAlgorithm::winograd_2x2_5x5, "winograd_2x2_5x5", 2, 5, false}};

// -1: none
std::atomic<int> forced{-1};

bool possible(const Scheme& scheme, const Conv2dShape& s, DType dtype) {
  return dtype == float32 && s.groups == 1 && s.kernel_height == scheme.taps &&
         s.kernel_width == scheme.taps && s.stride_h == 1 && s.stride_w == 1 && s.dilation_h == 1 &&
         s.dilation_w == 1;
}

double direct_cost(const Conv2dShape& s) {
  const auto d = [](int64_t size) { return static_cast<double>(size); };
  return d(s.batch) * d(s.out_height) * d(s.out_width) * d(s.out_channels) *
         d(s.in_channels / s.groups) * d(s.kernel_height) * d(s.kernel_width);
}

double winograd_cost(const Scheme& scheme, const Conv2dShape& s, ConvPass pass, int64_t lanes) {
  constexpr double per_product = 0.8;     // the matrix products run a little closer to the peak
  constexpr double per_transformed = 11;  // numbers taken to the products, or back
  constexpr double per_weight = 10;
  const auto ceil = [](int64_t a, int64_t b) { return static_cast<double>(a / b + (a % b != 0)); };
  const bool back = pass == ConvPass::input_gradient;
  const double tiles = static_cast<double>(s.batch) *
                       ceil(back ? s.in_height : s.out_height, scheme.outputs) *
                       ceil(back ? s.in_width : s.out_width, scheme.outputs);
  const int64_t side = scheme.outputs + scheme.taps - 1;
  const auto products = static_cast<double>(side * side);
  // Channels go in blocks of two vectors.
  const auto block = static_cast<double>(2 * lanes);
  const double in = ceil(s.in_channels, 2 * lanes) * block;
  const double out = ceil(s.out_channels, 2 * lanes) * block;
  return products *
         (tiles * (per_product * in * out + per_transformed * (in + out)) + per_weight * in * out);
}

struct Estimate {
  const Scheme* scheme;  ///< null: direct
  double cost, direct;
  bool forced, possible;  ///< whether an algorithm is forced, and can be used
  bool padding;           ///< the kernels that step over what lies outside compute it
};

Estimate estimate(const Conv2dShape& s, ConvPass pass, DType dtype, ConvMode mode) {
  const kernels::KernelTable<float>& table = ops::kernel_table<float>();
  const int wanted = forced.load(std::memory_order_relaxed);
  Estimate best{nullptr,     direct_cost(s), direct_cost(s),
                wanted >= 0, wanted == 0,    ops::mostly_padding(s)};
  if (best.padding) return best;
  for (const Scheme& scheme : schemes) {
    if (!table.has_winograd || !possible(scheme, s, dtype)) continue;
    if (wanted >= 0) {
      if (wanted != static_cast<int>(scheme.algorithm)) continue;
      best.scheme = &scheme;
      best.possible = true;
      continue;
    }
    if (mode == ConvMode::strict && !scheme.strict) continue;
    const double cost = winograd_cost(scheme, s, pass, table.lanes);
    if (cost >= best.cost) continue;
    best.scheme = &scheme;
    best.cost = cost;
  }
  return best;
}

std::string explain(const Estimate& chosen) {
  const char* name = chosen.scheme ? chosen.scheme->name : "direct";
  if (chosen.forced && chosen.possible) return message(name, ": force_conv_algorithm() says so");
  if (chosen.forced) return "direct: what force_conv_algorithm() says cannot compute this";
  if (chosen.padding) return "direct: nearly all of it is padding, which is stepped over";
  if (!chosen.scheme) return "direct: nothing else is possible, allowed and cheaper";
  return message(name, ": estimated ", std::round(100 * chosen.cost / chosen.direct) / 100,
                 " of direct");
}

}  // namespace

ConvChoice conv_algorithm(const Shape& x, const Shape& weight, const ConvGeometry& geometry,
                          ConvPass pass, DType dtype) {
  const ops::ConvSizes sizes = ops::conv_sizes("conv_algorithm", x, weight, geometry);
  if (sizes.rank == 3) {
    throw ValueError(
        "conv_algorithm: a convolution in three dimensions is several in two; ask for one of "
        "these");
  }
  const Estimate chosen = estimate(sizes.planes(), pass, dtype, geometry.effective_mode());
  return {chosen.scheme ? chosen.scheme->algorithm : ConvAlgorithm::direct, explain(chosen)};
}

void force_conv_algorithm(std::optional<ConvAlgorithm> algorithm) noexcept {
  forced.store(algorithm ? static_cast<int>(*algorithm) : -1, std::memory_order_relaxed);
}

bool ops::mostly_padding(const Conv2dShape& s) {
  const auto reach = [](int64_t out, int64_t stride, int64_t kernel, int64_t dilation) {
    return static_cast<double>(out) * static_cast<double>(stride) +
           static_cast<double>(kernel) * static_cast<double>(dilation);
  };
  const double padded = reach(s.out_height, s.stride_h, s.kernel_height, s.dilation_h) *
                        reach(s.out_width, s.stride_w, s.kernel_width, s.dilation_w);
  const double image = static_cast<double>(s.in_height) * static_cast<double>(s.in_width) +
                       static_cast<double>(s.out_height) * static_cast<double>(s.out_width);
  constexpr double tolerated = 64;
  constexpr double always_fine = 1 << 16;
  return padded > always_fine && padded > tolerated * image;
}

ConvAlgorithm ops::choose_conv_algorithm(const Conv2dShape& shape, ConvPass pass, DType dtype,
                                         ConvMode mode) {
  const Estimate chosen = estimate(shape, pass, dtype, mode);
  return chosen.scheme ? chosen.scheme->algorithm : ConvAlgorithm::direct;
}

}  // namespace lucid
