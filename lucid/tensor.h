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
  Tensor broadcast_to(const Shape& shape) const;
  Tensor ravel() const;
  Tensor unflatten(int64_t dim, const Shape& sizes) const;
  Tensor movedim(const Dims& source, const Dims& destination) const;
  Tensor diagonal(int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1) const;
  Tensor unfold(int64_t dim, int64_t size, int64_t step) const;
  std::vector<Tensor> split(int64_t size, int64_t dim = 0) const;
  std::vector<Tensor> split(const std::vector<int64_t>& sizes, int64_t dim = 0) const;
  std::vector<Tensor> chunk(int64_t chunks, int64_t dim = 0) const;
  std::vector<Tensor> unbind(int64_t dim = 0) const;
  /// select(0, index)
  Tensor operator[](int64_t index) const;
  /// NumPy's x[1, 0:3:2, ..., rows] as x.index({1, Slice(0, 3, 2), Ellipsis, rows}): a view unless
  /// a tensor is among the subscripts.
  Tensor index(const std::vector<indexing::TensorIndex>& subscripts) const;

  // Copies
  Tensor contiguous() const;
  Tensor clone() const;
  Tensor to(DType dtype) const;
  Tensor repeat(const Shape& repeats) const;
  Tensor tile(const Shape& repeats) const;
  Tensor flip(const Dims& dims) const;
  Tensor roll(const Shape& shifts, const Dims& dims = {}) const;
  Tensor roll(int64_t shift) const;
  Tensor roll(int64_t shift, int64_t dim) const;
  Tensor tril(int64_t diagonal = 0) const;
  Tensor triu(int64_t diagonal = 0) const;

  // Arithmetic
  Tensor add(const Tensor& other, Scalar alpha = 1) const;
  Tensor sub(const Tensor& other, Scalar alpha = 1) const;
  Tensor mul(const Tensor& other) const;
  Tensor div(const Tensor& other) const;
  Tensor add(Scalar other) const;
  Tensor sub(Scalar other) const;
  Tensor mul(Scalar other) const;
  Tensor div(Scalar other) const;
  Tensor maximum(const Tensor& other) const;
  Tensor minimum(const Tensor& other) const;
  Tensor pow(const Tensor& exponent) const;
  Tensor pow(Scalar exponent) const;
  Tensor atan2(const Tensor& other) const;
  Tensor fmod(const Tensor& other) const;
  Tensor fmod(Scalar other) const;
  Tensor remainder(const Tensor& other) const;
  Tensor remainder(Scalar other) const;
  Tensor clamp(std::optional<Scalar> min, std::optional<Scalar> max = std::nullopt) const;
  Tensor clamp(const Tensor& min, const Tensor& max = {}) const;
  Tensor lerp(const Tensor& end, double weight) const;
  Tensor lerp(const Tensor& end, const Tensor& weight) const;
  Tensor matmul(const Tensor& other) const;
  Tensor mm(const Tensor& other) const;
  Tensor bmm(const Tensor& other) const;
  Tensor addmm(const Tensor& a, const Tensor& b, Scalar beta = 1, Scalar alpha = 1) const;
  Tensor outer(const Tensor& other) const;
  Tensor dot(const Tensor& other) const;
  Tensor neg() const, abs() const, sign() const, floor() const, ceil() const, round() const;
  Tensor square() const, sqrt() const, rsqrt() const, reciprocal() const;
  Tensor exp() const, expm1() const, log() const, log1p() const, log2() const, log10() const;
  Tensor sin() const, cos() const, tan() const, asin() const, acos() const, atan() const;
  Tensor sinh() const, cosh() const, tanh() const, erf() const, erfc() const;
  Tensor sigmoid() const, relu() const;
  Tensor prelu(const Tensor& weight) const;
  Tensor softmax(int64_t dim) const;
  Tensor log_softmax(int64_t dim) const;

  // Comparisons and choices
  Tensor eq(const Tensor& other) const;
  Tensor ne(const Tensor& other) const;
  Tensor lt(const Tensor& other) const;
  Tensor le(const Tensor& other) const;
  Tensor gt(const Tensor& other) const;
  Tensor ge(const Tensor& other) const;
  Tensor eq(Scalar other) const;
  Tensor ne(Scalar other) const;
  Tensor lt(Scalar other) const;
  Tensor le(Scalar other) const;
  Tensor gt(Scalar other) const;
  Tensor ge(Scalar other) const;
  Tensor isnan() const, isinf() const, isfinite() const, logical_not() const;
  Tensor logical_and(const Tensor& other) const;
  Tensor logical_or(const Tensor& other) const;
  Tensor logical_xor(const Tensor& other) const;
  bool all() const;
  Tensor all(const Dims& dims, bool keepdim = false) const;
  bool any() const;
  Tensor any(const Dims& dims, bool keepdim = false) const;
  bool equal(const Tensor& other) const;
  bool allclose(const Tensor& other, double rtol = 1e-5, double atol = 1e-8,
                bool equal_nan = false) const;
  /// where(condition, *this, other)
  Tensor where(const Tensor& condition, const Tensor& other) const;
  Tensor where(const Tensor& condition, Scalar other) const;
  Tensor masked_fill(const Tensor& mask, Scalar value) const;
  Tensor masked_fill(const Tensor& mask, const Tensor& value) const;

  // At the places that an index or a mask tells
  Tensor index_select(int64_t dim, const Tensor& index) const;
  Tensor index_add(int64_t dim, const Tensor& index, const Tensor& source, Scalar alpha = 1) const;
  Tensor index_copy(int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor gather(int64_t dim, const Tensor& index) const;
  Tensor scatter(int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor scatter(int64_t dim, const Tensor& index, Scalar value) const;
  Tensor scatter_add(int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor take_along_dim(const Tensor& index, std::optional<int64_t> dim = std::nullopt) const;
  Tensor masked_select(const Tensor& mask) const;
  Tensor nonzero() const;
  Tensor index_put(const std::vector<indexing::TensorIndex>& subscripts, const Tensor& values,
                   bool accumulate = false) const;

  // Reductions
  Tensor sum() const;
  Tensor sum(const Dims& dims, bool keepdim = false) const;
  Tensor mean() const;
  Tensor mean(const Dims& dims, bool keepdim = false) const;
  Tensor prod(const Dims& dims = {}, bool keepdim = false) const;
  Tensor var(const Dims& dims = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor std(const Dims& dims = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor norm(double p = 2, const Dims& dims = {}, bool keepdim = false) const;
  Tensor logsumexp(const Dims& dims = {}, bool keepdim = false) const;
  Tensor amax(const Dims& dims = {}, bool keepdim = false) const;
  Tensor amin(const Dims& dims = {}, bool keepdim = false) const;
  Tensor max() const;
  ValuesAndIndices max(int64_t dim, bool keepdim = false) const;
  Tensor min() const;
  ValuesAndIndices min(int64_t dim, bool keepdim = false) const;
  Tensor argmax() const;
  Tensor argmax(int64_t dim, bool keepdim = false) const;
  Tensor argmin() const;
  Tensor argmin(int64_t dim, bool keepdim = false) const;

  // Along a dimension
  Tensor cumsum(int64_t dim) const;
  Tensor cumprod(int64_t dim) const;
  ValuesAndIndices sort(int64_t dim = -1, bool descending = false) const;
  Tensor argsort(int64_t dim = -1, bool descending = false) const;
  ValuesAndIndices topk(int64_t k, int64_t dim = -1, bool largest = true, bool sorted = true) const;

  // In place; const, since the handle does not change
  const Tensor& fill_(Scalar value) const;
  const Tensor& zero_() const;
  const Tensor& copy_(const Tensor& source) const;
  const Tensor& add_(const Tensor& other, Scalar alpha = 1) const;
  const Tensor& sub_(const Tensor& other, Scalar alpha = 1) const;
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
  const Tensor& square_() const;
  const Tensor& log_() const;
  const Tensor& log2_() const;
  const Tensor& log10_() const;
  const Tensor& log1p_() const;
  const Tensor& expm1_() const;
  const Tensor& abs_() const;
  const Tensor& sign_() const;
  const Tensor& reciprocal_() const;
  const Tensor& rsqrt_() const;
  const Tensor& sin_() const;
  const Tensor& cos_() const;
  const Tensor& tan_() const;
  const Tensor& asin_() const;
  const Tensor& acos_() const;
  const Tensor& atan_() const;
  const Tensor& sinh_() const;
  const Tensor& cosh_() const;
  const Tensor& erf_() const;
  const Tensor& erfc_() const;
  const Tensor& floor_() const;
  const Tensor& ceil_() const;
  const Tensor& round_() const;
  const Tensor& logical_not_() const;
  const Tensor& pow_(const Tensor& exponent) const;
  const Tensor& pow_(Scalar exponent) const;
  const Tensor& atan2_(const Tensor& other) const;
  const Tensor& fmod_(const Tensor& other) const;
  const Tensor& fmod_(Scalar other) const;
  const Tensor& remainder_(const Tensor& other) const;
  const Tensor& remainder_(Scalar other) const;
  const Tensor& clamp_(std::optional<Scalar> min, std::optional<Scalar> max = std::nullopt) const;
  const Tensor& clamp_(const Tensor& min, const Tensor& max = {}) const;
  const Tensor& lerp_(const Tensor& end, double weight) const;
  const Tensor& lerp_(const Tensor& end, const Tensor& weight) const;
  const Tensor& logical_and_(const Tensor& other) const;
  const Tensor& logical_or_(const Tensor& other) const;
  const Tensor& logical_xor_(const Tensor& other) const;
  const Tensor& masked_fill_(const Tensor& mask, Scalar value) const;
  const Tensor& masked_fill_(const Tensor& mask, const Tensor& value) const;
  const Tensor& addmm_(const Tensor& a, const Tensor& b, Scalar beta = 1, Scalar alpha = 1) const;
  const Tensor& tril_(int64_t diagonal = 0) const;
  const Tensor& triu_(int64_t diagonal = 0) const;
  const Tensor& cumsum_(int64_t dim) const;
  const Tensor& cumprod_(int64_t dim) const;
  const Tensor& index_add_(int64_t dim, const Tensor& index, const Tensor& source,
                           Scalar alpha = 1) const;
  const Tensor& index_copy_(int64_t dim, const Tensor& index, const Tensor& source) const;
  const Tensor& scatter_(int64_t dim, const Tensor& index, const Tensor& source) const;
  const Tensor& scatter_(int64_t dim, const Tensor& index, Scalar value) const;
  const Tensor& scatter_add_(int64_t dim, const Tensor& index, const Tensor& source) const;
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
