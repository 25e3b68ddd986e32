#include "autograd/functions/subscript.h"

#include <algorithm>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "autograd/functions/splitting.h"
#include "autograd/record.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"

namespace lucid {

using detail::message;
using indexing::EllipsisType;
using indexing::Slice;
using indexing::TensorIndex;

namespace {

using Subscripts = std::vector<TensorIndex>;

template <class T>
const T* get(const TensorIndex& subscript) noexcept {
  return std::get_if<T>(&subscript.value());
}

// How many dimensions of x a subscript is for.
size_t width(const TensorIndex& subscript) {
  if (get<int64_t>(subscript) || get<Slice>(subscript)) return 1;
  const Tensor* tensor = get<Tensor>(subscript);
  if (!tensor) return 0;
  return tensor->dtype() == bool_ ? tensor->shape().size() : 1;
}

// Applies subscripts from left to right: integers, slices and new dimensions to a view of x, while
// index tensors are collected beside the dimensions of the view that they index.
class Walk {
 public:
  Walk(const char* operation, const Tensor& x, const Subscripts& subscripts)
      : operation_(operation), x_(x), view_(x) {
    size_t count = 0;
    for (const TensorIndex& subscript : subscripts) count += width(subscript);
    const size_t rank = x.shape().size();
    if (count > rank) {
      throw IndexError(message(operation, ": ", count, " subscripts for a tensor of shape ",
                               x.shape(), ", which has ", rank, " dimensions"));
    }
    for (const TensorIndex& subscript : subscripts) {
      if (get<EllipsisType>(subscript)) {
        if (ellipsis_) throw IndexError(message(operation, ": expected at most one Ellipsis"));
        ellipsis_ = true;
        skip(rank - count);
      } else {
        apply(subscript);
      }
    }
    skip(rank - source_);
  }

  /// x under integers, slices and new dimensions.
  const Tensor& view() const noexcept { return view_; }
  /// An int64 tensor for each dimension of the view, undefined where all of it is taken.
  const std::vector<Tensor>& indices() const noexcept { return indices_; }
  bool has_indices() const noexcept {
    return std::any_of(indices_.begin(), indices_.end(), [](auto& t) { return t.defined(); });
  }

 private:
  int64_t dim() const noexcept { return static_cast<int64_t>(indices_.size()); }
  int64_t size() const noexcept { return x_.shape()[source_]; }

  void skip(size_t count) {
    indices_.resize(indices_.size() + count);
    source_ += count;
  }

  void apply(const TensorIndex& subscript) {
    if (const auto* position = get<int64_t>(subscript)) return select_one(*position);
    if (const auto* tensor = get<Tensor>(subscript)) return add_tensor(*tensor);
    if (const auto* slice = get<Slice>(subscript)) {
      if (slice->step < 1) {
        throw ValueError(
            message(operation_, ": expected a Slice with step >= 1, got ", slice->step));
      }
      view_ = lucid::slice(view_, dim(), slice->start, slice->stop, slice->step);
      return skip(1);
    }
    ops::require_rank_limit(operation_, view_.shape().size() + 1);
    view_ = unsqueeze(view_, dim());
    const bool* whole = get<bool>(subscript);
    indices_.push_back(whole ? nonzero(tensor(*whole).reshape({1})).reshape({*whole}) : Tensor());
  }

  [[noreturn]] void refuse(int64_t position) const {
    throw IndexError(message(operation_, ": index ", position, " is out of range for dim ", source_,
                             " of shape ", x_.shape(), ", which has size ", size()));
  }

  void select_one(int64_t position) {
    if (position < -size() || position >= size()) refuse(position);
    view_ = select(view_, dim(), position);
    ++source_;
  }

  void add_tensor(const Tensor& tensor) {
    if (tensor.dtype() == bool_) return add_mask(tensor);
    if (tensor.dtype() != int64) {
      throw DTypeError(message(operation_, ": expected int64 or bool tensors as subscripts, got ",
                               tensor.dtype(), "; convert it with to()"));
    }
    // One number is an integer, and gives a view.
    if (tensor.dim() == 0 && !tensor.is_meta()) return select_one(tensor.item<int64_t>());
    indices_.push_back(counted_from_front(tensor));
    ++source_;
  }

  Tensor counted_from_front(const Tensor& tensor) const {
    if (tensor.is_meta() || tensor.numel() == 0) return tensor;
    const Tensor positions = clone(tensor);
    int64_t* data = positions.data<int64_t>();
    for (int64_t i = 0; i < positions.numel(); ++i) {
      if (data[i] < -size() || data[i] >= size()) refuse(data[i]);
      if (data[i] < 0) data[i] += size();
    }
    return positions;
  }

  void add_mask(const Tensor& mask) {
    if (mask.is_meta()) {
      throw DeviceError(
          message(operation_, ": a mask on the meta device has no values to look at"));
    }
    if (mask.dim() == 0) return apply(mask.item<bool>());
    for (size_t i = 0; i < mask.shape().size(); ++i) {
      if (mask.shape()[i] == x_.shape()[source_ + i]) continue;
      throw IndexError(message(operation_, ": a mask of shape ", mask.shape(),
                               " does not fit a tensor of shape ", x_.shape(), " from dim ",
                               source_, " on"));
    }
    for (const Tensor& column : unbind(nonzero(mask), 1)) indices_.push_back(column);
    source_ += mask.shape().size();
  }

  const char* operation_;
  const Tensor& x_;
  Tensor view_;
  std::vector<Tensor> indices_;
  size_t source_ = 0;  ///< the dimension of x that the next subscript is for
  bool ellipsis_ = false;
};

// The dimensions with an index in front, then the others.
void bring_forward(Tensor& x, std::vector<Tensor>& indices) {
  Shape order;
  std::vector<Tensor> sorted;
  for (const bool indexed : {true, false}) {
    for (size_t i = 0; i < indices.size(); ++i) {
      if (indices[i].defined() != indexed) continue;
      order.push_back(static_cast<int64_t>(i));
      sorted.push_back(indices[i]);
    }
  }
  x = permute(x, order);
  indices = std::move(sorted);
}

// x at all the indices at once: their dimensions become one, which is read at combined positions.
Tensor take(const char* operation, Tensor x, std::vector<Tensor> indices) {
  const auto defined = [](const Tensor& t) { return t.defined(); };
  auto first = std::find_if(indices.begin(), indices.end(), defined);
  if (first == indices.end()) return x;
  const auto count = std::count_if(indices.begin(), indices.end(), defined);
  if (!std::all_of(first, first + count, defined)) {
    bring_forward(x, indices);
    first = indices.begin();
  }
  const auto d = static_cast<size_t>(first - indices.begin());
  const auto end = d + static_cast<size_t>(count);
  Shape merged(x.shape().begin(), d);
  Shape result = merged;
  int64_t size = 1;
  Tensor positions = zeros({}, {.dtype = int64});
  for (size_t i = d; i < end; ++i) {
    // Says in whose name they do not broadcast.
    static_cast<void>(broadcast_shapes(operation, positions.shape(), indices[i].shape()));
    size *= x.shape()[i];
    positions = positions * x.shape()[i] + indices[i];
  }
  ops::require_rank_limit(operation, x.shape().size() - (end - d) + positions.shape().size());
  merged.push_back(size);
  for (const int64_t found : positions.shape()) result.push_back(found);
  for (size_t i = end; i < x.shape().size(); ++i) {
    merged.push_back(x.shape()[i]);
    result.push_back(x.shape()[i]);
  }
  const auto dim = static_cast<int64_t>(d);
  return reshape(index_select(reshape(x, merged), dim, flatten(positions)), result);
}

Tensor read(const char* operation, const Tensor& x, const Subscripts& subscripts) {
  const Walk walk(operation, x, subscripts);
  return take(operation, walk.view(), walk.indices());
}

// As PyTorch and NumPy do, leading dimensions of size 1 that x has no place for are dropped.
Tensor spread(Tensor values, const Tensor& x, const Shape& shape) {
  const Shape given = values.shape();
  while (values.shape().size() > shape.size() && values.shape()[0] == 1)
    values = squeeze(values, 0);
  if (values.shape().size() > shape.size() ||
      broadcast_shapes("index_put", values.shape(), shape) != shape) {
    throw ShapeError(message("index_put: values of shape ", given,
                             " do not broadcast to the shape ", shape, " of what is written to"));
  }
  return expand(to(values, x.dtype()), shape);
}

}  // namespace

Tensor index(const Tensor& x, const Subscripts& subscripts) {
  return read("index", x, subscripts);
}

Tensor index_put(const Tensor& x, const Subscripts& subscripts, const Tensor& values,
                 bool accumulate) {
  // Whatever the subscripts are, they find the same places among the numbers of the elements.
  const int64_t count = x.numel();
  const Tensor numbers = arange(count, {.device = x.device()});
  const Tensor places = read("index_put", reshape(numbers, x.shape()), subscripts);
  const Tensor rows = reshape(spread(values, x, places.shape()), {places.numel()});
  const Tensor at = reshape(places, {places.numel()});
  const Tensor flat = reshape(x, {count});
  const Tensor result =
      accumulate ? flat + index_add({count}, 0, at, rows) : index_copy(flat, 0, at, rows);
  return reshape(result, x.shape());
}

Tensor Tensor::index(const Subscripts& subscripts) const {
  return lucid::index(*this, subscripts);
}

Tensor Tensor::index_put(const Subscripts& subscripts, const Tensor& values,
                         bool accumulate) const {
  return lucid::index_put(*this, subscripts, values, accumulate);
}

const Tensor& Tensor::index_put_(const Subscripts& subscripts, const Tensor& values,
                                 bool accumulate) const {
  autograd::check_in_place("index_put_", *this);
  const bool recorded = grad_enabled() && (requires_grad() || values.requires_grad());
  const Walk walk("index_put_", *this, subscripts);
  if (recorded || accumulate || walk.has_indices()) {
    autograd::write_in_place("index_put_", *this,
                             lucid::index_put(*this, subscripts, values, accumulate));
    return *this;
  }
  // Without a tape to tell, a view is all it takes.
  walk.view().copy_(spread(values, *this, walk.view().shape()));
  return *this;
}

const Tensor& Tensor::index_put_(const Subscripts& subscripts, Scalar value) const {
  return index_put_(subscripts, full({}, value, {.dtype = dtype(), .device = device()}));
}

}  // namespace lucid
