// The tensor: a cheap handle to a strided block of numbers.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lucid/device.h"
#include "lucid/dtype.h"
#include "lucid/hook_handle.h"
#include "lucid/intrusive_ptr.h"
#include "lucid/scalar.h"
#include "lucid/shape.h"
#include "lucid/tensor_impl.h"

namespace lucid {

class Tensor;

namespace indexing {
class TensorIndex;  // lucid/indexing.h
}

/// How a new tensor is made; used as zeros({2, 3}, {.dtype = lucid::float64}).
struct TensorOptions {
  std::optional<DType> dtype = std::nullopt;  ///< unset: float32, or what the values suggest
  std::optional<Device> device = std::nullopt;
  bool requires_grad = false;
};

/// Sees a gradient and may return another one of the same shape and dtype to take its place; an
/// undefined tensor leaves it as it is.
using GradHook = std::function<Tensor(const Tensor& grad)>;

/// Values and their positions, as given by max and min along a dimension.
struct ValuesAndIndices;

/// A handle to a strided n-dimensional array; a copy refers to the same data
/// (https://pytorch.org/docs/stable/tensors.html).
///
/// Threads may read one tensor at the same time; writing needs the caller's synchronisation.
/// Methods that take part in differentiation are the functions of the same name in
/// autograd/functions/, where they are documented.
class Tensor {
 public:
  /// An undefined tensor: no shape, no values. Most operations on it raise UninitializedError.
  Tensor() noexcept = default;
  explicit Tensor(IntrusivePtr<TensorImpl> impl) noexcept : impl_(std::move(impl)) {}

  // What it is
  bool defined() const noexcept { return static_cast<bool>(impl_); }
  const Shape& shape() const { return checked().shape; }
  /// The size of one dimension, negative ones counted from the end. @throws IndexError
  int64_t shape(int64_t dim) const;
  const Strides& strides() const { return checked().strides; }
  /// The number of dimensions.
  int64_t dim() const { return static_cast<int64_t>(checked().shape.size()); }
  int64_t numel() const { return checked().numel; }
  /// Type and device are known also while a lazy parameter waits for shape and values.
  DType dtype() const { return defined_impl().dtype; }
  Device device() const { return defined_impl().device; }
  bool is_meta() const { return defined_impl().device == meta; }
  bool is_floating_point() const { return lucid::is_floating_point(dtype()); }
  bool is_contiguous() const { return checked().contiguous; }
  /// The position of the first element in the storage, in elements.
  int64_t storage_offset() const { return checked().offset; }
  /// How many in-place writes the memory behind this tensor has seen.
  uint64_t version() const;
  /// True if both handles refer to one tensor object.
  bool is_same(const Tensor& other) const noexcept { return impl_ == other.impl_; }

  // Its values
  /// The first element; the others are at multiples of strides(). Null if there are none.
  /// Writing through it is not seen by the tape.
  /// @throws DTypeError if T is not the C++ type of dtype(); DeviceError for a meta tensor.
  template <class T>
  T* data() const {
    return static_cast<T*>(checked_data(dtype_of<T>));
  }
  /// The same as bytes, whatever the type. @throws DeviceError for a meta tensor.
  std::byte* bytes() const;
  /// The value of a tensor with one element, converted to T.
  /// @throws ShapeError if there is more or less than one.
  template <class T>
  T item() const;
  /// The element at one index per dimension, converted to T. @throws IndexError
  template <class T>
  T at(const Shape& index) const;
  /// Writes one element (an in-place operation). @throws IndexError; AutogradError as for fill_.
  void set(const Shape& index, Scalar value) const;
  /// All elements in row-major order, converted to T.
  template <class T>
  std::vector<T> to_vector() const;
  /// As numpy.array2string(tensor, separator=", ") writes it.
  std::string str() const;

  // Views
  Tensor reshape(const Shape& shape) const;
  Tensor view(const Shape& shape) const;
  Tensor flatten(int64_t start_dim = 0, int64_t end_dim = -1) const;
  Tensor permute(const Shape& dims) const;
  Tensor transpose(int64_t dim0, int64_t dim1) const;
  /// The transpose of a matrix; a vector as it is.
  Tensor t() const;
  Tensor squeeze() const;
  Tensor squeeze(int64_t dim) const;
  Tensor unsqueeze(int64_t dim) const;
  Tensor expand(const Shape& shape) const;
  Tensor narrow(int64_t dim, int64_t start, int64_t length) const;
  Tensor select(int64_t dim, int64_t index) const;
  Tensor slice(int64_t dim, std::optional<int64_t> start = std::nullopt,
               std::optional<int64_t> end = std::nullopt, int64_t step = 1) const;
  /// select(0, index)
  Tensor operator[](int64_t index) const;
  /// NumPy's x[1, 0:3:2, ..., rows] as x.index({1, Slice(0, 3, 2), Ellipsis, rows}): a view unless
  /// a tensor is among the subscripts.
  Tensor index(const std::vector<indexing::TensorIndex>& subscripts) const;

  // Copies
  Tensor contiguous() const;
  Tensor clone() const;
  Tensor to(DType dtype) const;

  // Arithmetic
  Tensor add(const Tensor& other) const;
  Tensor sub(const Tensor& other) const;
  Tensor mul(const Tensor& other) const;
  Tensor div(const Tensor& other) const;
  Tensor matmul(const Tensor& other) const;
  Tensor pow(Scalar exponent) const;
  Tensor neg() const;
  Tensor abs() const;
  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor square() const;
  Tensor tanh() const;
  Tensor sigmoid() const;
  Tensor relu() const;
  Tensor softmax(int64_t dim) const;
  Tensor log_softmax(int64_t dim) const;

  // Reductions
  Tensor sum() const;
  Tensor sum(const Dims& dims, bool keepdim = false) const;
  Tensor mean() const;
  Tensor mean(const Dims& dims, bool keepdim = false) const;
  Tensor max() const;
  ValuesAndIndices max(int64_t dim, bool keepdim = false) const;
  Tensor min() const;
  ValuesAndIndices min(int64_t dim, bool keepdim = false) const;
  Tensor argmax() const;
  Tensor argmax(int64_t dim, bool keepdim = false) const;
  Tensor argmin() const;
  Tensor argmin(int64_t dim, bool keepdim = false) const;

  // In place; const, since the handle does not change
  const Tensor& fill_(Scalar value) const;
  const Tensor& zero_() const;
  const Tensor& copy_(const Tensor& source) const;
  const Tensor& add_(const Tensor& other, Scalar alpha = 1) const;
  const Tensor& sub_(const Tensor& other) const;
  const Tensor& mul_(const Tensor& other) const;
  const Tensor& div_(const Tensor& other) const;
  const Tensor& add_(Scalar other) const;
  const Tensor& sub_(Scalar other) const;
  const Tensor& mul_(Scalar other) const;
  const Tensor& div_(Scalar other) const;
  /// NumPy's x[subscripts] = values, or += with accumulate.
  const Tensor& index_put_(const std::vector<indexing::TensorIndex>& subscripts,
                           const Tensor& values, bool accumulate = false) const;
  const Tensor& index_put_(const std::vector<indexing::TensorIndex>& subscripts,
                           Scalar value) const;
  const Tensor& neg_() const;
  const Tensor& exp_() const;
  const Tensor& sqrt_() const;
  const Tensor& tanh_() const;
  const Tensor& sigmoid_() const;
  const Tensor& relu_() const;
  const Tensor& operator+=(const Tensor& other) const { return add_(other); }
  const Tensor& operator-=(const Tensor& other) const { return sub_(other); }
  const Tensor& operator*=(const Tensor& other) const { return mul_(other); }
  const Tensor& operator/=(const Tensor& other) const { return div_(other); }
  const Tensor& operator+=(Scalar other) const { return add_(other); }
  const Tensor& operator-=(Scalar other) const { return sub_(other); }
  const Tensor& operator*=(Scalar other) const { return mul_(other); }
  const Tensor& operator/=(Scalar other) const { return div_(other); }

  // Autograd
  bool requires_grad() const;
  /// Makes a leaf require a gradient, or no longer. @throws AutogradError on a tensor that an
  /// operation computed; DTypeError unless it is floating-point.
  const Tensor& requires_grad_(bool requires_grad = true) const;
  /// True unless a recorded operation computed it.
  bool is_leaf() const;
  /// The name of the operation that computed it, or "" for a leaf.
  std::string grad_fn() const;
  /// The accumulated gradient, undefined if there is none yet. Of tensors that an operation
  /// computed, those that retain_grad() have one.
  Tensor grad() const;
  void set_grad(const Tensor& grad) const;
  /// Computes the gradients of this tensor with respect to the leaves it depends on and adds them
  /// to their grad(). See autograd::backward.
  void backward(const Tensor& gradient = {}, bool retain_graph = false,
                bool create_graph = false) const;
  /// Makes backward() keep the gradient of a tensor that an operation computed, too; of a leaf it
  /// does anyway (https://pytorch.org/docs/stable/generated/torch.Tensor.retain_grad.html).
  /// @throws AutogradError unless it requires a gradient. So for the hooks below.
  void retain_grad() const;
  /// Runs in every pass that computes the gradient of this tensor, once all of it is known
  /// (https://pytorch.org/docs/stable/generated/torch.Tensor.register_hook.html). Those of leaves
  /// run when the pass is through, before any grad() changes.
  [[nodiscard]] HookHandle register_hook(GradHook hook) const;
  /// Runs after backward() has added to grad() of this leaf, for example to update it; the handle
  /// keeps the leaf alive
  /// (https://pytorch.org/docs/stable/generated/torch.Tensor.register_post_accumulate_grad_hook.html).
  [[nodiscard]] HookHandle register_post_accumulate_grad_hook(
      std::function<void(const Tensor& leaf)> hook) const;
  /// The same values, cut off from the tape. Shares memory.
  Tensor detach() const;

  TensorImpl* impl() const noexcept { return impl_.get(); }

 private:
  const TensorImpl& defined_impl() const {
    if (!impl_) throw_uninitialized();
    return *impl_;
  }
  const TensorImpl& checked() const {
    if (!impl_ || impl_->uninitialized) throw_uninitialized();
    return *impl_;
  }
  [[noreturn]] void throw_uninitialized() const;
  void* checked_data(DType dtype) const;

  IntrusivePtr<TensorImpl> impl_;
};

struct ValuesAndIndices {
  Tensor values;
  Tensor indices;  ///< int64
};

/// Writes tensor.str().
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace lucid
