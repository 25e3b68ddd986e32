#include "lucid/ops/matmul.h"

#include <algorithm>
#include <type_traits>

#include "lucid/allocator.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/view.h"

namespace lucid::ops {
namespace {

kernels::MatrixStrides matrix_strides(const Tensor& x) {
  const size_t rank = x.shape().size();
  return {x.strides()[rank - 2], x.strides()[rank - 1]};
}

// Products of matrices of one size and layout.
template <class T>
class Product {
 public:
  Product(const Tensor& a, const Tensor& b)
      : m_(a.shape()[a.shape().size() - 2]),
        n_(b.shape().back()),
        k_(a.shape().back()),
        a_strides_(matrix_strides(a)),
        b_strides_(matrix_strides(b)),
        scratch_(scratch_bytes()) {}

  void operator()(const T* a, const T* b, T* out) const {
    if constexpr (std::is_floating_point_v<T>) {
      kernel_table<T>().gemm(m_, n_, k_, a, a_strides_, b, b_strides_, out, n_, false, nullptr,
                             scratch_.template as<T>(), false);
    } else {
      multiply(a, b, out);
    }
  }

 private:
  int64_t scratch_bytes() const {
    if constexpr (std::is_floating_point_v<T>) {
      return kernel_table<T>().gemm_scratch(m_, n_, k_, a_strides_, b_strides_) *
             static_cast<int64_t>(sizeof(T));
    }
    return 0;
  }

  // Integers have no kernels of their own. They wrap around where a sum leaves their range.
  void multiply(const T* a, const T* b, T* out) const {
    std::fill(out, out + m_ * n_, T(0));
    for (int64_t i = 0; i < m_; ++i) {
      for (int64_t l = 0; l < k_; ++l) {
        const auto factor = static_cast<uint64_t>(a[i * a_strides_.row + l * a_strides_.column]);
        for (int64_t j = 0; j < n_; ++j) {
          T& sum = out[i * n_ + j];
          const auto value = static_cast<uint64_t>(b[l * b_strides_.row + j * b_strides_.column]);
          sum = static_cast<T>(static_cast<uint64_t>(sum) + factor * value);
        }
      }
    }
  }

  int64_t m_, n_, k_;
  kernels::MatrixStrides a_strides_, b_strides_;
  detail::Scratch scratch_;
};

// The first element; null where k = 0 leaves no data to point to and the result is zeros.
template <class T>
const T* first_element(const Tensor& x) {
  return x.numel() > 0 ? x.data<T>() : nullptr;
}

// Two matrices of one type. What is computed may take as little as going through a batch of one.
Tensor single(const Tensor& a, const Tensor& b) {
  Tensor result =
      allocate({a.shape()[0], b.shape()[1]}, a.dtype(), a.is_meta() ? meta : b.device());
  if (result.is_meta() || result.numel() == 0) return result;
  visit_dtype(a.dtype(), [&]<class T>(Tag<T>) {
    const Product<T> product(a, b);
    product(first_element<T>(a), first_element<T>(b), result.data<T>());
  });
  return result;
}

// Both at least matrices, of one type; the leading dimensions broadcast.
Tensor batched(const Tensor& a, const Tensor& b, const char* operation) {
  const auto lead = [](const Tensor& x) { return Shape(x.shape().begin(), x.shape().size() - 2); };
  const Shape batch = broadcast_shapes(operation, lead(a), lead(b));
  const auto with_batch = [&](const Tensor& x) {
    Shape shape = batch;
    shape.push_back(x.shape(-2));
    shape.push_back(x.shape(-1));
    return expand(x, shape);
  };
  Shape shape = batch;
  shape.push_back(a.shape(-2));
  shape.push_back(b.shape(-1));
  Tensor result = allocate(shape, a.dtype(), common_device({&a, &b}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor left = with_batch(a);
  const Tensor right = with_batch(b);
  const int64_t count = batch.numel();
  const int64_t size = result.numel() / count;
  visit_dtype(a.dtype(), [&]<class T>(Tag<T>) {
    const Product<T> product(left, right);
    const T* const x = first_element<T>(left);
    const T* const y = first_element<T>(right);
    Shape position = Shape::filled(batch.size(), 0);
    for (int64_t i = 0; i < count; ++i) {
      int64_t a_offset = 0;
      int64_t b_offset = 0;
      for (size_t d = 0; d < batch.size() && x != nullptr; ++d) {
        a_offset += position[d] * left.strides()[d];
        b_offset += position[d] * right.strides()[d];
      }
      product(x + a_offset, y + b_offset, result.data<T>() + i * size);
      for (size_t d = batch.size(); d-- > 0 && ++position[d] == batch[d];) position[d] = 0;
    }
  });
  return result;
}

void require_numbers(const char* operation, const Tensor& x) {
  if (x.dtype() == bool_) {
    throw DTypeError(message(operation, ": expected numbers, got bool; convert it with to()"));
  }
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const char* operation) {
  require_numbers(operation, a);
  require_same_dtype(operation, a, "a", b, "b");
  const size_t a_rank = a.shape().size();
  const size_t b_rank = b.shape().size();
  if (a_rank == 0 || b_rank == 0) {
    throw ShapeError(message(operation, ": expected vectors or matrices, got shapes ", a.shape(),
                             " and ", b.shape(), "; multiply by a scalar with *"));
  }
  const int64_t rows = b.shape()[b_rank == 1 ? 0 : b_rank - 2];
  if (a.shape().back() != rows) {
    throw ShapeError(message(operation, ": shapes ", a.shape(), " and ", b.shape(),
                             " do not fit: the last size of the first, ", a.shape().back(),
                             ", must equal the last but one of the second, ", rows));
  }
  if (a_rank == 2 && b_rank == 2) return single(a, b);
  // A vector is a row on the left and a column on the right, and gives up that dimension again.
  const Tensor left = a_rank == 1 ? unsqueeze(a, 0) : a;
  const Tensor right = b_rank == 1 ? unsqueeze(b, 1) : b;
  Tensor result = batched(left, right, operation);
  if (b_rank == 1) result = squeeze(result, -1);
  if (a_rank == 1) result = squeeze(result, b_rank == 1 ? -1 : -2);
  return result;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, bool relu) {
  require_numbers("linear", x);
  require_same_dtype("linear", x, "x", weight, "weight");
  require_rank("linear", "weight", weight, 2, "(out_features, in_features)");
  if (x.dim() == 0 || x.shape(-1) != weight.shape(1)) {
    throw ShapeError(
        message("linear: expected x of shape (..., ", weight.shape(1), "), got ", x.shape()));
  }
  if (bias.defined()) {
    require_same_dtype("linear", x, "x", bias, "bias");
    require_shape("linear", "bias", bias, {weight.shape(0)});
  }
  const Device device = data_device("linear", x, {&weight, &bias});
  if (!x.is_floating_point()) {
    const Tensor product = matmul(x, transpose(weight, 0, 1), "linear");
    const Tensor sum = bias.defined() ? binary(Binary::add, product, bias) : product;
    return relu ? unary(Unary::relu, sum) : sum;
  }
  const int64_t out = weight.shape(0);
  const int64_t in = weight.shape(1);
  Shape shape = x.shape();
  shape[shape.size() - 1] = out;
  Tensor result = allocate(shape, x.dtype(), device);
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor rows = contiguous(x);
  const Tensor offsets = bias.defined() ? contiguous(bias) : Tensor();
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = kernel_table<T>();
    const int64_t m = result.numel() / out;
    const kernels::MatrixStrides weights{weight.strides()[1], weight.strides()[0]};
    const detail::Scratch scratch(table.gemm_scratch(m, out, in, {in, 1}, weights) *
                                  static_cast<int64_t>(sizeof(T)));
    table.gemm(m, out, in, rows.data<T>(), {in, 1}, weight.data<T>(), weights, result.data<T>(),
               out, false, offsets.defined() ? offsets.data<T>() : nullptr, scratch.as<T>(), relu);
  });
  return result;
}

}  // namespace lucid::ops
