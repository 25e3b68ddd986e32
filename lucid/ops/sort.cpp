#include "lucid/ops/sort.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "lucid/allocator.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

constexpr int64_t parallel_grain = 4096;

// An element as an unsigned number that is less where the element is less, so that there is one
// sort for all types, both ways.
struct Ranked {
  uint64_t key;
  int64_t place;
};

constexpr uint64_t sign_bit = uint64_t{1} << 63;

template <class T>
uint64_t sortable(T value) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return UINT64_MAX;
    // Both zeros are one. Negative numbers have their bits the other way round.
    const auto bits = std::bit_cast<uint64_t>(static_cast<double>(value) + 0.0);
    return bits & sign_bit ? ~bits : bits | sign_bit;
  } else {
    return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ sign_bit;
  }
}

// Puts the first `count` of `size` into place, equal ones in the order of their places.
void rank_lane(Ranked* lane, int64_t size, int64_t count) {
  const auto before = [](const Ranked& a, const Ranked& b) {
    return a.key < b.key || (a.key == b.key && a.place < b.place);
  };
  if (count == size) {
    std::sort(lane, lane + size, before);
  } else {
    std::partial_sort(lane, lane + count, lane + size, before);
  }
}

// The first `count` along the last dimension of a row-major tensor.
ValuesAndIndices rank_lanes(const Tensor& x, int64_t count, bool descending) {
  const int64_t size = x.shape(-1);
  Shape shape = x.shape();
  shape[shape.size() - 1] = count;
  ValuesAndIndices result{allocate(shape, x.dtype(), x.device()),
                          allocate(shape, int64, x.device())};
  if (result.values.is_meta() || result.values.numel() == 0) return result;
  const detail::Scratch scratch(x.numel() * static_cast<int64_t>(sizeof(Ranked)));
  visit_dtype(x.dtype(), [&]<class T>(Tag<T>) {
    const T* from = x.data<T>();
    T* to = result.values.data<T>();
    int64_t* places = result.indices.data<int64_t>();
    const auto sort_lanes = [&](int64_t begin, int64_t end) {
      for (int64_t lane = begin; lane < end; ++lane) {
        const T* values = from + lane * size;
        Ranked* order = scratch.as<Ranked>() + lane * size;
        for (int64_t i = 0; i < size; ++i) {
          order[i] = {descending ? ~sortable(values[i]) : sortable(values[i]), i};
        }
        rank_lane(order, size, count);
        for (int64_t i = 0; i < count; ++i) {
          to[lane * count + i] = values[order[i].place];
          places[lane * count + i] = order[i].place;
        }
      }
    };
    parallel_for(x.numel() / size, std::max<int64_t>(1, parallel_grain / size), sort_lanes);
  });
  return result;
}

ValuesAndIndices ranked(const Tensor& x, size_t d, int64_t count, bool descending) {
  const bool scalar = x.dim() == 0;
  const Tensor lanes = scalar ? unsqueeze(x, 0) : x;
  const auto dim = static_cast<int64_t>(d);
  ValuesAndIndices result = rank_lanes(contiguous(transpose(lanes, dim, -1)), count, descending);
  for (Tensor* tensor : {&result.values, &result.indices}) {
    *tensor = contiguous(transpose(*tensor, dim, -1));
    if (scalar) *tensor = select(*tensor, 0, 0);
  }
  return result;
}

}  // namespace

ValuesAndIndices sort(const Tensor& x, int64_t dim, bool descending, const char* operation) {
  const size_t d = normalize_dim(operation, dim, x.shape().size());
  return ranked(x, d, x.dim() == 0 ? 1 : x.shape()[d], descending);
}

ValuesAndIndices topk(const Tensor& x, int64_t k, int64_t dim, bool largest) {
  const size_t d = normalize_dim("topk", dim, x.shape().size());
  const int64_t size = x.dim() == 0 ? 1 : x.shape()[d];
  const int64_t least = x.dim() == 0 ? 1 : 0;
  if (k < least || k > size) {
    throw ValueError(message("topk: k = ", k, " is out of range for dim ", d, " of shape ",
                             x.shape(), ", which has size ", size));
  }
  return ranked(x, d, k, largest);
}

}  // namespace lucid::ops
