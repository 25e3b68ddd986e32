// Padding in every mode.
#include <algorithm>

#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"
#include "nn/functional.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

// @param kept what is left of `size` after negative paddings have cut off theirs
void check_fits(int64_t size, int64_t kept, int64_t low, int64_t high, PaddingMode mode) {
  const auto refuse = [&](int64_t limit, const char* remedy) {
    throw ValueError(message("pad: padding ", low, " and ", high, " in mode ", name(mode),
                             " does not fit a size of ", limit, remedy));
  };
  const int64_t most = std::max(low, high);
  if (mode == PaddingMode::reflect && most >= size) refuse(size, ": it must be smaller");
  if (mode == PaddingMode::circular && most > kept) refuse(kept, ": it must not be larger");
  if (mode == PaddingMode::replicate && size < 1) refuse(size, ": there is nothing to repeat");
}

// Where each position of a padded dimension comes from. As in PyTorch, what is cut off still shows
// in a mirror, but does not come round again.
Tensor source_positions(int64_t size, int64_t low, int64_t high, PaddingMode mode, Device device) {
  const int64_t begin = std::max<int64_t>(-low, 0);
  const int64_t kept = size - begin - std::max<int64_t>(-high, 0);
  check_fits(size, kept, low, high, mode);
  Tensor result = empty({low + size + high}, {.dtype = int64, .device = device});
  if (device == meta) return result;
  int64_t* positions = result.data<int64_t>();
  for (int64_t i = 0; i < result.numel(); ++i) {
    int64_t from = i - low;
    if (mode == PaddingMode::reflect) {
      from = from < 0 ? -from : from >= size ? 2 * (size - 1) - from : from;
    } else if (mode == PaddingMode::replicate) {
      from = std::clamp<int64_t>(from, 0, size - 1);
    } else {
      from = begin + (from - begin + kept) % kept;
    }
    positions[i] = from;
  }
  return result;
}

// Negative sizes cut off.
Tensor pad_with(const Tensor& x, int64_t dim, int64_t low, int64_t high, Scalar value) {
  const int64_t cut_low = std::max<int64_t>(-low, 0), cut_high = std::max<int64_t>(-high, 0);
  const int64_t kept = x.shape(dim) - cut_low - cut_high;
  const Tensor inside = kept == x.shape(dim) ? x : narrow(x, dim, cut_low, kept);
  Shape shape = x.shape();
  int64_t& size = shape[static_cast<size_t>(dim)];
  size = kept + std::max<int64_t>(low, 0) + std::max<int64_t>(high, 0);
  if (value.to<double>() == 0) return embed(inside, shape, dim, std::max<int64_t>(low, 0), 1);
  const auto border = [&](int64_t width) {
    size = std::max<int64_t>(width, 0);
    return full(shape, value, {.dtype = x.dtype(), .device = x.device()});
  };
  return cat({border(low), inside, border(high)}, dim);
}

Tensor pad_dim(const Tensor& x, int64_t dim, int64_t low, int64_t high, PaddingMode mode,
               Scalar value) {
  if (low == 0 && high == 0) return x;
  const int64_t size = x.shape(dim);
  if (std::min(low, high) < -size || std::min<int64_t>(low, 0) + std::min<int64_t>(high, 0) < -size)
    throw ValueError(message("pad: ", low, " and ", high, " cut off more than a size of ", size));
  int64_t padded = 0;
  if (__builtin_add_overflow(low, high, &padded) || __builtin_add_overflow(padded, size, &padded)) {
    throw ShapeError(
        message("pad: ", low, " and ", high, " added to a size of ", size, " do not fit 63 bits"));
  }
  if (mode == PaddingMode::zeros) return pad_with(x, dim, low, high, value);
  const Tensor from = source_positions(size, low, high, mode, x.device());
  return index_select(x, dim, from);
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<int64_t>& sizes, PaddingMode mode, Scalar value) {
  ops::require_defined("pad", "x", x);
  if (sizes.size() % 2 != 0) {
    throw ValueError(message("pad: expected sizes in pairs, low and high from the last dimension ",
                             "on, got ", sizes.size(), " of them"));
  }
  const auto pairs = static_cast<int64_t>(sizes.size() / 2);
  if (x.dim() < pairs) {
    throw ShapeError(message("pad: ", pairs, " pairs of sizes for x of shape ", x.shape(),
                             ", expected at most one for each dimension"));
  }
  Tensor result = x;
  for (int64_t i = 0; i < pairs; ++i) {
    const auto low = static_cast<size_t>(2 * i);
    result = pad_dim(result, x.dim() - 1 - i, sizes[low], sizes[low + 1], mode, value);
  }
  return result;
}

}  // namespace lucid::nn::functional
