// Padding in every mode.
#include <algorithm>

#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/functional.h"

namespace lucid::nn::functional {

using lucid::detail::message;

namespace {

// Where each position of a padded dimension comes from.
Tensor source_positions(int64_t size, int64_t low, int64_t high, PaddingMode mode, Device device) {
  if (mode == PaddingMode::reflect    ? std::max(low, high) >= size
      : mode == PaddingMode::circular ? std::max(low, high) > size
                                      : size < 1) {
    throw ValueError(message(
        "pad: padding ", low, " and ", high, " in mode ", name(mode), " does not fit a size of ",
        size, mode == PaddingMode::reflect ? ": it must be smaller" : ": it must not be larger"));
  }
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
      from = (from + size) % size;
    }
    positions[i] = from;
  }
  return result;
}

// Negative sizes cut off.
Tensor pad_with(const Tensor& x, int64_t dim, int64_t low, int64_t high, Scalar value) {
  const int64_t cut_low = std::max<int64_t>(-low, 0), cut_high = std::max<int64_t>(-high, 0);
  const int64_t kept = x.shape(dim) - cut_low - cut_high;
  if (kept < 0) {
    throw ValueError(
        message("pad: ", low, " and ", high, " cut off more than a size of ", x.shape(dim)));
  }
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
  int64_t padded = 0;
  if (__builtin_add_overflow(low, high, &padded) ||
      __builtin_add_overflow(padded, x.shape(dim), &padded)) {
    throw ShapeError(message("pad: ", low, " and ", high, " added to a size of ", x.shape(dim),
                             " do not fit 63 bits"));
  }
  if (mode == PaddingMode::zeros) return pad_with(x, dim, low, high, value);
  const Tensor from = source_positions(x.shape(dim), low, high, mode, x.device());
  return index_select(x, dim, from);
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<int64_t>& sizes, PaddingMode mode, Scalar value) {
  if (sizes.size() % 2 != 0) {
    throw ValueError(message("pad: expected sizes in pairs, low and high from the last dimension ",
                             "on, got ", sizes.size(), " of them"));
  }
  const auto pairs = static_cast<int64_t>(sizes.size() / 2);
  if (x.dim() < pairs) {
    throw ShapeError(message("pad: ", pairs, " pairs of sizes for x of shape ", x.shape(),
                             ", expected at most one for each dimension"));
  }
  for (const int64_t size : sizes) {
    if (size < 0 && mode != PaddingMode::zeros) {
      throw ValueError(message("pad: expected sizes >= 0 in mode ", name(mode), ", got ", size));
    }
  }
  Tensor result = x;
  for (int64_t i = 0; i < pairs; ++i) {
    const auto low = static_cast<size_t>(2 * i);
    result = pad_dim(result, x.dim() - 1 - i, sizes[low], sizes[low + 1], mode, value);
  }
  return result;
}

}  // namespace lucid::nn::functional
