// Padding in every mode.
#include <algorithm>

#include "autograd/functions/indexing.h"
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

Tensor pad_dim(const Tensor& x, int64_t dim, int64_t low, int64_t high, PaddingMode mode) {
  if (low == 0 && high == 0) return x;
  int64_t padded = 0;
  if (__builtin_add_overflow(low, high, &padded) ||
      __builtin_add_overflow(padded, x.shape(dim), &padded)) {
    throw ShapeError(message("pad: ", low, " and ", high, " added to a size of ", x.shape(dim),
                             " do not fit 63 bits"));
  }
  if (mode == PaddingMode::zeros) {
    Shape shape = x.shape();
    shape[static_cast<size_t>(dim)] += low + high;
    return embed(x, shape, dim, low, 1);
  }
  const Tensor from = source_positions(x.shape(dim), low, high, mode, x.device());
  return index_select(x, dim, from);
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<int64_t>& sizes, PaddingMode mode) {
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
    if (size < 0) throw ValueError(message("pad: expected sizes >= 0, got ", size));
  }
  Tensor result = x;
  for (int64_t i = 0; i < pairs; ++i) {
    const auto low = static_cast<size_t>(2 * i);
    result = pad_dim(result, x.dim() - 1 - i, sizes[low], sizes[low + 1], mode);
  }
  return result;
}

}  // namespace lucid::nn::functional
