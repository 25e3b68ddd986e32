#include "lucid/ops/sort.h"

#include <algorithm>
#include <numeric>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

constexpr int64_t parallel_grain = 4096;

// Whether key i comes before key j, a NaN after everything else; both ways with one body, since
// every instance of a sort is a lot of code.
template <class T>
struct Before {
  const T* keys;
  bool descending;

  static bool less(T a, T b) noexcept { return a < b || (b != b && a == a); }
  bool operator()(int64_t i, int64_t j) const noexcept {
    return descending ? less(keys[j], keys[i]) : less(keys[i], keys[j]);
  }
};

// Puts the first `count` of order[0 .. size) into place.
template <class T>
void rank_lane(const T* keys, int64_t size, int64_t count, bool descending, int64_t* order) {
  const Before<T> before{keys, descending};
  std::iota(order, order + size, int64_t{0});
  if (count == size) {
    std::stable_sort(order, order + size, before);
    return;
  }
  std::partial_sort(order, order + count, order + size,
                    [&](int64_t i, int64_t j) { return before(i, j) || (i < j && !before(j, i)); });
}

// The first `count` along the last dimension of a row-major tensor.
ValuesAndIndices rank_lanes(const Tensor& x, int64_t count, bool descending) {
  const int64_t size = x.shape(-1);
  Shape shape = x.shape();
  shape[shape.size() - 1] = count;
  Tensor values = allocate(shape, x.dtype(), x.device());
  Tensor order = allocate(x.shape(), int64, x.device());
  if (!values.is_meta() && values.numel() > 0) {
    visit_dtype(x.dtype(), [&]<class T>(Tag<T>) {
      const T* from = x.data<T>();
      T* to = values.data<T>();
      int64_t* places = order.data<int64_t>();
      parallel_for(x.numel() / size, std::max<int64_t>(1, parallel_grain / size),
                   [&](int64_t begin, int64_t end) {
                     for (int64_t lane = begin; lane < end; ++lane) {
                       const T* keys = from + lane * size;
                       int64_t* place = places + lane * size;
                       rank_lane(keys, size, count, descending, place);
                       for (int64_t i = 0; i < count; ++i) to[lane * count + i] = keys[place[i]];
                     }
                   });
    });
  }
  return {std::move(values), contiguous(narrow(order, -1, 0, count))};
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

ValuesAndIndices sort(const Tensor& x, int64_t dim, bool descending) {
  const size_t d = normalize_dim("sort", dim, x.shape().size());
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
