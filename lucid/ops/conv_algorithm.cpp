// The cost model of convolutions.
//
// Costs are in multiply-adds of vectors at their best. Everything else is counted in the same unit:
// what tiles compute for nothing, the numbers of an image that are padded or turned on the way in
// and out, and weights that are packed. What these take was fitted to the layers of
// docs/performance.md.
#include "lucid/ops/conv_algorithm.h"

#include <algorithm>
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

struct Candidate {
  ConvAlgorithm algorithm;
  const char* name;
  int64_t outputs, taps;  ///< of Winograd's tiles, on a side
  bool strict;            ///< as exact as the sum of products
};

constexpr Candidate candidates[] = {
    {ConvAlgorithm::winograd_4x4_3x3, "winograd_4x4_3x3", 4, 3, false},
    {ConvAlgorithm::winograd_2x2_3x3, "winograd_2x2_3x3", 2, 3, true},
    {ConvAlgorithm::winograd_2x2_5x5, "winograd_2x2_5x5", 2, 5, false},
    {ConvAlgorithm::pixel, "pixel", 0, 0, true},
    {ConvAlgorithm::depthwise, "depthwise", 0, 0, true},
    {ConvAlgorithm::depthwise_rows, "depthwise_rows", 0, 0, true},
    {ConvAlgorithm::im2col, "im2col", 0, 0, true}};

// -1: none
std::atomic<int> forced{-1};

bool possible(const Candidate& c, const Conv2dShape& s, ConvPass pass, DType dtype) {
  if (dtype != float32) return false;
  if (c.algorithm == ConvAlgorithm::pixel) return true;
  if (c.algorithm == ConvAlgorithm::im2col) return pass == ConvPass::forward;
  if (c.algorithm == ConvAlgorithm::depthwise) {
    return s.groups == s.in_channels && s.groups == s.out_channels;
  }
  // Of one channel alone, other algorithms share what they read among all filters.
  if (c.algorithm == ConvAlgorithm::depthwise_rows) {
    return s.groups == s.in_channels && (s.groups > 1 || s.out_channels == 1);
  }
  return s.groups == 1 && s.kernel_height == c.taps && s.kernel_width == c.taps &&
         s.stride_h == 1 && s.stride_w == 1 && s.dilation_h == 1 && s.dilation_w == 1;
}

double number(int64_t size) {
  return static_cast<double>(size);
}

double parts(int64_t size, int64_t part) {
  return number(size / part + (size % part != 0));
}

double rounded(int64_t size, int64_t part) {
  return parts(size, part) * number(part);
}

/// What a pass reads and writes; channels are those of a group.
struct PassSizes {
  int64_t in, out, in_plane, out_plane;  ///< of x and y
  int64_t sources, targets;              ///< channels that are summed over, and that are not
  double products;                       ///< multiply-adds for each pair of channels

  PassSizes(const Conv2dShape& s, ConvPass pass)
      : in(s.in_channels / s.groups),
        out(s.out_channels / s.groups),
        in_plane(s.in_height * s.in_width),
        out_plane(s.out_height * s.out_width),
        sources(pass == ConvPass::input_gradient ? out : in),
        targets(pass == ConvPass::input_gradient ? in : out),
        products(number(s.batch) * number(s.groups) * number(out_plane) * number(s.kernel_height) *
                 number(s.kernel_width)) {}

  double numbers(const Conv2dShape& s) const {
    return number(s.batch) * number(s.groups) *
           (number(in) * number(in_plane) + number(out) * number(out_plane));
  }
};

/// Tiles go along a flattened plane, or along each row: by how much they exceed its outputs.
double tile_waste(const Conv2dShape& s, ConvPass pass, int64_t lanes) {
  const bool back = pass == ConvPass::input_gradient;
  const int64_t rows = back ? 1 + (s.in_height - 1) / s.stride_h : s.out_height;
  const int64_t columns = back ? 1 + (s.in_width - 1) / s.stride_w : s.out_width;
  const int64_t tile = pass == ConvPass::weight_gradient ? lanes : 2 * lanes;
  const int64_t between = ((s.kernel_width - 1) * s.dilation_w / s.stride_w + 1) / 2;
  const double flat = rounded((rows - 1) * (columns + between) + columns, tile);
  return std::min(flat, number(rows) * rounded(columns, tile)) / (number(rows) * number(columns));
}

/// What a weight costs beside its products, once for all images: to be fetched, and unless it is
/// prepared, to be brought into the form that the products read, `steps` times as long. Memory does
/// not become faster with longer vectors, in whose multiplications the cost is counted.
double per_weight(const Conv2dShape& s, int64_t lanes, double steps) {
  return number(lanes) * (s.prepared ? 1 : steps);
}

double direct_cost(const Conv2dShape& s, ConvPass pass, int64_t lanes) {
  const double per_product = lanes > 4 ? 1.1 : 1;
  constexpr double per_padded = 12;
  const PassSizes sizes(s, pass);
  const double packed = pass == ConvPass::weight_gradient
                            ? 0
                            : per_weight(s, lanes, 5) * number(s.groups) * number(sizes.in) *
                                  number(sizes.out) * number(s.kernel_height) *
                                  number(s.kernel_width);
  return per_product * tile_waste(s, pass, lanes) * sizes.products * number(sizes.in) *
             number(sizes.out) +
         per_padded * sizes.numbers(s) + packed;
}

double pixel_cost(const Conv2dShape& s, ConvPass pass, int64_t lanes) {
  // Without fused multiply-adds the registers of short vectors do not last for it.
  const double per_product = lanes > 4 ? 1.03 : 1.15;
  constexpr double per_turned = 17;
  const PassSizes sizes(s, pass);
  const double weight = pass == ConvPass::weight_gradient ? 6 : per_weight(s, lanes, 2.5);
  const double fit = sizes.out_plane * s.batch < 12 ? 12.0 / number(sizes.out_plane * s.batch) : 1;
  const double sources = rounded(sizes.sources, 4), targets = rounded(sizes.targets, 2 * lanes);
  // Rows that no kernel position reads are not turned.
  const double rows =
      s.kernel_height < s.stride_h ? number(s.kernel_height) / number(s.stride_h) : 1;
  const double turned = number(s.batch) * number(s.groups) *
                        (rows * rounded(sizes.in, lanes) * number(sizes.in_plane) +
                         rounded(sizes.out, lanes) * number(sizes.out_plane));
  return per_product * fit * sizes.products * sources * targets + per_turned * turned +
         weight * number(s.groups) * sources * targets * number(s.kernel_height) *
             number(s.kernel_width);
}

double im2col_cost(const Conv2dShape& s, int64_t lanes) {
  constexpr double per_product = 1.25, per_unfolded = 100, per_output = 120;
  const PassSizes sizes(s, ConvPass::forward);
  const double taps = number(s.kernel_height) * number(s.kernel_width);
  const double depth = number(sizes.in) * taps, outputs = number(sizes.out);
  const double pixels = number(s.batch) * number(s.groups) * number(sizes.out_plane);
  return pixels *
             (per_product * rounded(sizes.in * s.kernel_height * s.kernel_width, lanes) * outputs +
              per_unfolded * depth + per_output * outputs) +
         per_weight(s, lanes, 1) * number(s.groups) * depth * outputs;
}

double winograd_cost(const Candidate& c, const Conv2dShape& s, ConvPass pass, int64_t lanes) {
  constexpr double per_product = 0.95;
  constexpr double per_transformed = 11.5;  // numbers taken to the products, or back
  const double weight = pass == ConvPass::weight_gradient ? 9 : per_weight(s, lanes, 2.5);
  const bool back = pass == ConvPass::input_gradient;
  const double tiles = number(s.batch) * parts(back ? s.in_height : s.out_height, c.outputs) *
                       parts(back ? s.in_width : s.out_width, c.outputs);
  const double side = number(c.outputs + c.taps - 1);
  // Channels go in blocks of two vectors.
  const double in = rounded(s.in_channels, 2 * lanes), out = rounded(s.out_channels, 2 * lanes);
  return side * side *
         (tiles * (per_product * in * out + per_transformed * (in + out)) + weight * in * out);
}

double depthwise_cost(const Conv2dShape& s, ConvPass pass) {
  constexpr double per_product = 0.6, per_turned = 11.5;
  const PassSizes sizes(s, pass);
  return per_product * sizes.products + per_turned * sizes.numbers(s);
}

/// Rows are copied and computed by whole vectors; each one takes its time, however short it is.
double depthwise_rows_cost(const Conv2dShape& s, ConvPass pass, int64_t lanes) {
  constexpr double per_copied_row = 180, per_copied = 84;
  constexpr double per_row = 140, per_vector = 45, per_part = 600;
  // Of squares without gaps each vector is read once for several rows.
  const bool square = s.kernel_height == s.kernel_width && s.stride_h == 1 && s.stride_w == 1 &&
                      s.dilation_h == 1 && s.dilation_w == 1 &&
                      (s.kernel_width == 3 ||
                       (s.kernel_width == 5 && lanes > 8 && pass != ConvPass::weight_gradient));
  const double per_tap = square ? 4.6 : pass == ConvPass::weight_gradient ? 28 : 13;
  const bool back = pass == ConvPass::input_gradient;
  const PassSizes sizes(s, pass);
  const double planes = number(s.batch) * number(s.groups);
  const double copied =
      planes * number(sizes.sources) * number(back ? s.out_height : s.in_height) *
      (per_copied_row + per_copied * parts(back ? s.out_width : s.in_width, lanes));
  // A row of the input is computed in as many parts as the stride has phases.
  const int64_t phases = back ? std::min(s.stride_w, s.kernel_width) : 1;
  const int64_t rows = back ? std::min(s.stride_h, s.kernel_height) : 1;
  const double taps = number(s.kernel_height) * number(s.kernel_width) / number(phases * rows);
  const double vectors =
      back ? parts(1 + (s.in_width - 1) / s.stride_w, lanes) : parts(s.out_width, lanes);
  const double computed =
      planes * number(sizes.targets) * number(back ? s.in_height : s.out_height) * number(phases) *
      (per_row + vectors * (per_vector + per_tap * taps * number(sizes.sources)));
  const double begun = planes * number(sizes.targets) * per_part * (number(phases * rows) - 1);
  // Short vectors are done with sooner than their part of a long one.
  return number(lanes + 4) / 20 * (copied + computed + begun);
}

double cost_of(const Candidate& c, const Conv2dShape& s, ConvPass pass, int64_t lanes) {
  if (c.algorithm == ConvAlgorithm::pixel) return pixel_cost(s, pass, lanes);
  if (c.algorithm == ConvAlgorithm::im2col) return im2col_cost(s, lanes);
  if (c.algorithm == ConvAlgorithm::depthwise) return depthwise_cost(s, pass);
  if (c.algorithm == ConvAlgorithm::depthwise_rows) return depthwise_rows_cost(s, pass, lanes);
  return winograd_cost(c, s, pass, lanes);
}

struct Estimate {
  const Candidate* candidate;  ///< null: direct
  double cost, direct;
  bool forced, possible;  ///< whether an algorithm is forced, and can be used
  bool padding;           ///< the kernels that step over what lies outside compute it
};

Estimate estimate(const Conv2dShape& s, ConvPass pass, DType dtype, ConvMode mode) {
  const kernels::KernelTable<float>& table = ops::kernel_table<float>();
  const int wanted = forced.load(std::memory_order_relaxed);
  const double direct = direct_cost(s, pass, table.lanes);
  Estimate best{nullptr, direct, direct, wanted >= 0, wanted == 0, ops::mostly_padding(s)};
  if (best.padding) return best;
  for (const Candidate& candidate : candidates) {
    if (!table.has_algorithms || !possible(candidate, s, pass, dtype)) continue;
    if (wanted >= 0) {
      if (wanted != static_cast<int>(candidate.algorithm)) continue;
      best.candidate = &candidate;
      best.possible = true;
      continue;
    }
    if (mode == ConvMode::strict && !candidate.strict) continue;
    const double cost = cost_of(candidate, s, pass, table.lanes);
    if (cost >= best.cost) continue;
    best.candidate = &candidate;
    best.cost = cost;
  }
  return best;
}

std::string explain(const Estimate& chosen) {
  const char* name = chosen.candidate ? chosen.candidate->name : "direct";
  if (chosen.forced && chosen.possible) return message(name, ": force_conv_algorithm() says so");
  if (chosen.forced) return "direct: what force_conv_algorithm() says cannot compute this";
  if (chosen.padding) return "direct: nearly all of it is padding, which is stepped over";
  if (!chosen.candidate) return "direct: nothing else is possible, allowed and cheaper";
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
  return {chosen.candidate ? chosen.candidate->algorithm : ConvAlgorithm::direct, explain(chosen)};
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

const char* ops::name(ConvAlgorithm algorithm) noexcept {
  for (const Candidate& candidate : candidates) {
    if (candidate.algorithm == algorithm) return candidate.name;
  }
  return "direct";
}

bool ops::is_strict(ConvAlgorithm algorithm) noexcept {
  for (const Candidate& candidate : candidates) {
    if (candidate.algorithm == algorithm) return candidate.strict;
  }
  return true;
}

ConvAlgorithm ops::choose_conv_algorithm(const Conv2dShape& shape, ConvPass pass, DType dtype,
                                         ConvMode mode) {
  const Estimate chosen = estimate(shape, pass, dtype, mode);
  return chosen.candidate ? chosen.candidate->algorithm : ConvAlgorithm::direct;
}

}  // namespace lucid
