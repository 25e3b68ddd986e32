// Images sampled at another size, a dimension at a time.
#include <algorithm>
#include <cmath>

#include "autograd/functions/image.h"
#include "autograd/functions/indexing.h"
#include "lucid/creation.h"
#include "lucid/ops/common.h"
#include "lucid/ops/conv.h"
#include "nn/functional.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

using Mode = InterpolationMode;

// One dimension's sizes, and how positions in the output become positions in the input.
struct Sampling {
  int64_t in, out;
  double factor;  // given by the caller, or 0
  bool align_corners;

  /// Input positions per output position.
  double scale() const {
    if (align_corners) return out > 1 ? static_cast<double>(in - 1) / (out - 1) : 0;
    return factor > 0 ? 1 / factor : static_cast<double>(in) / static_cast<double>(out);
  }
  /// The position of the middle of output pixel i, in middles of input pixels.
  double source(int64_t i) const { return align_corners ? scale() * i : scale() * (i + 0.5) - 0.5; }
};

// PyTorch computes these positions in float32, whatever the type of x.
int64_t nearest_position(const Sampling& s, int64_t i, bool exact) {
  const auto scale = s.factor > 0 ? static_cast<float>(1 / s.factor)
                                  : static_cast<float>(s.in) / static_cast<float>(s.out);
  const float at = exact ? (static_cast<float>(i) + 0.5F) * scale : static_cast<float>(i) * scale;
  return std::min(static_cast<int64_t>(std::floor(at)), s.in - 1);
}

SamplingTaps nearest_taps(const Sampling& s, bool exact) {
  SamplingTaps taps{.input = s.in, .output = s.out, .count = 1};
  for (int64_t i = 0; i < s.out; ++i) taps.positions.push_back(nearest_position(s, i, exact));
  taps.weights.assign(taps.positions.size(), 1);
  return taps;
}

SamplingTaps linear_taps(const Sampling& s) {
  SamplingTaps taps{.input = s.in, .output = s.out, .count = 2};
  for (int64_t i = 0; i < s.out; ++i) {
    const double at = std::max(s.source(i), 0.0);
    const int64_t low = std::min(static_cast<int64_t>(at), s.in - 1);
    const double part = std::min(at - static_cast<double>(low), 1.0);
    taps.positions.insert(taps.positions.end(), {low, std::min(low + 1, s.in - 1)});
    taps.weights.insert(taps.weights.end(), {1 - part, part});
  }
  return taps;
}

// The weight of a neighbour at a distance below 2 (Keys, 1981).
double cubic_weight(double distance) {
  constexpr double a = -0.75;
  const double d = std::abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

SamplingTaps cubic_taps(const Sampling& s) {
  SamplingTaps taps{.input = s.in, .output = s.out, .count = 4};
  for (int64_t i = 0; i < s.out; ++i) {
    const double at = s.source(i);
    const auto low = static_cast<int64_t>(std::floor(at));
    for (int64_t k = low - 1; k <= low + 2; ++k) {
      taps.positions.push_back(std::clamp<int64_t>(k, 0, s.in - 1));
      taps.weights.push_back(cubic_weight(at - static_cast<double>(k)));
    }
  }
  return taps;
}

SamplingTaps taps_of(Mode mode, const Sampling& sampling) {
  if (mode == Mode::nearest || mode == Mode::nearest_exact) {
    return nearest_taps(sampling, mode == Mode::nearest_exact);
  }
  return mode == Mode::bicubic ? cubic_taps(sampling) : linear_taps(sampling);
}

void check_mode(const InterpolateFunctionOptions& options, size_t rank) {
  const Mode mode = options.mode;
  if ((mode == Mode::bilinear || mode == Mode::bicubic) ? rank != 2
                                                        : mode == Mode::trilinear && rank != 3) {
    throw ValueError(message("interpolate: bilinear and bicubic need x of shape (N, C, H, W), ",
                             "trilinear (N, C, D, H, W), got ", rank, " spatial dimensions"));
  }
  const bool aligns = mode == Mode::linear || mode == Mode::bilinear || mode == Mode::trilinear ||
                      mode == Mode::bicubic;
  if (options.align_corners && !aligns) {
    throw ValueError("interpolate: align_corners has no meaning for nearest modes and area");
  }
}

// One value for each of `rank` dimensions.
template <class T>
std::vector<T> for_each_dim(const char* name, const std::vector<T>& values, size_t rank) {
  if (values.size() != 1 && values.size() != rank) {
    throw ValueError(
        message("interpolate: expected 1 or ", rank, " values as ", name, ", got ", values.size()));
  }
  return values.size() == rank ? values : std::vector<T>(rank, values[0]);
}

int64_t scaled_size(int64_t size, double factor) {
  const double result = std::floor(static_cast<double>(size) * factor);
  // Beyond this no tensor has room, and the conversion would be undefined.
  if (!(factor > 0) || !(result < 9e15)) {
    throw ValueError(message("interpolate: expected a positive scale_factor, not too large for a ",
                             "size of ", size, ", got ", factor));
  }
  return static_cast<int64_t>(result);
}

std::vector<Sampling> samplings(const Tensor& x, const InterpolateFunctionOptions& options) {
  const size_t rank = x.shape().size() - 2;
  if (options.size.empty() == options.scale_factor.empty()) {
    throw ValueError("interpolate: expected either size or scale_factor");
  }
  std::vector<Sampling> result;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t in = x.shape()[2 + i];
    Sampling s{.in = in, .out = 0, .factor = 0, .align_corners = options.align_corners};
    if (!options.size.empty()) {
      s.out = for_each_dim("size", options.size, rank)[i];
    } else {
      const double factor = for_each_dim("scale_factor", options.scale_factor, rank)[i];
      s.out = scaled_size(in, factor);
      s.factor = options.recompute_scale_factor ? 0 : factor;
    }
    if (in < 1 || s.out < 1) {
      throw ShapeError(message("interpolate: expected sizes of at least 1, got ", in, " to become ",
                               s.out, " in x of shape ", x.shape()));
    }
    result.push_back(s);
  }
  return result;
}

Tensor area(const Tensor& x, const std::vector<Sampling>& s) {
  if (s.size() == 1) return adaptive_avg_pool1d(x, s[0].out);
  if (s.size() == 2) return adaptive_avg_pool2d(x, {s[0].out, s[1].out});
  return adaptive_avg_pool3d(x, {s[0].out, s[1].out, s[2].out});
}

// Nearest pixels as they are, of types that resample() does not weight.
Tensor pick(const Tensor& x, int64_t dim, const SamplingTaps& taps) {
  Tensor at = empty({taps.output}, {.dtype = int64, .device = x.device()});
  if (!at.is_meta()) std::copy(taps.positions.begin(), taps.positions.end(), at.data<int64_t>());
  return index_select(x, dim, at);
}

}  // namespace

Tensor interpolate(const Tensor& x, const InterpolateFunctionOptions& options) {
  ops::require_defined("interpolate", "x", x);
  const bool nearest = options.mode == Mode::nearest || options.mode == Mode::nearest_exact;
  if (!nearest) ops::require_floating("interpolate", "x", x);
  if (x.dim() < 3 || x.dim() > 5) {
    throw ShapeError(message("interpolate: expected x of shape (N, C, L), (N, C, H, W) or ",
                             "(N, C, D, H, W), got ", x.shape()));
  }
  check_mode(options, x.shape().size() - 2);
  const std::vector<Sampling> all = samplings(x, options);
  if (options.mode == Mode::area) return area(x, all);
  Tensor result = x;
  for (size_t i = 0; i < all.size(); ++i) {
    const SamplingTaps taps = taps_of(options.mode, all[i]);
    const auto dim = static_cast<int64_t>(2 + i);
    result = x.is_floating_point() ? resample(result, dim, taps) : pick(result, dim, taps);
  }
  return result;
}

}  // namespace lucid::nn::functional
