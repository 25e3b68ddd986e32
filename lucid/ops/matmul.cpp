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

// Products of matrices of one size.
template <class T>
class Product {
 public:
  Product(int64_t m, int64_t n, int64_t k) : m_(m), n_(n), k_(k), scratch_(scratch_bytes()) {}

  void operator()(const T* a, kernels::MatrixStrides a_strides, const T* b,
                  kernels::MatrixStrides b_strides, T* out) const {
    if constexpr (std::is_floating_point_v<T>) {
      kernel_table<T>().gemm(m_, n_, k_, a, a_strides, b, b_strides, out, n_, false, nullptr,
                             scratch_.template as<T>(), false);
    } else {
      multiply(a, a_strides, b, b_strides, out);
    }
  }

 private:
  int64_t scratch_bytes() const {
    if constexpr (std::is_floating_point_v<T>) {
      return kernel_table<T>().gemm_scratch(m_, n_, k_) * static_cast<int64_t>(sizeof(T));
    }
    return 0;
  }

  // Integers have no kernels of their own. They wrap around where a sum leaves their range.
  void multiply(const T* a, kernels::MatrixStrides a_strides, const T* b,
                kernels::MatrixStrides b_strides, T* out) const {
    std::fill(out, out + m_ * n_, T(0));
    for (int64_t i = 0; i < m_; ++i) {
      for (int64_t l = 0; l < k_; ++l) {
        const auto factor = static_cast<uint64_t>(a[i * a_strides.row + l * a_strides.column]);
        for (int64_t j = 0; j < n_; ++j) {
          T& sum = out[i * n_ + j];
          const auto value = static_cast<uint64_t>(b[l * b_strides.row + j * b_strides.column]);
          sum = static_cast<T>(static_cast<uint64_t>(sum) + factor * value);
        }
      }
    }
  }

  int64_t m_, n_, k_;
  detail::Scratch scratch_;
};

// Both at least matrices, of one type; the leading dimensions broadcast.
Tensor batched(const Tensor& a, const Tensor& b, const char* operation) {
  const int64_t m = a.shape(-2);
  const int64_t k = a.shape(-1);
  const int64_t n = b.shape(-1);
  const auto lead = [](const Tensor& x) { return Shape(x.shape().begin(), x.shape().size() - 2); };
  const Shape batch = broadcast_shapes(operation, lead(a), lead(b));
  const auto with_batch = [&](const Tensor& x) {
    Shape shape = batch;
    shape.push_back(x.shape(-2));
    shape.push_back(x.shape(-1));
    return expand(x, shape);
  };
  Shape shape = batch;
  shape.push_back(m);
  shape.push_back(n);
  Tensor result = allocate(shape, a.dtype(), common_device({&a, &b}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor left = with_batch(a);
  const Tensor right = with_batch(b);
  const int64_t count = batch.numel();
  visit_dtype(a.dtype(), [&]<class T>(Tag<T>) {
    const Product<T> product(m, n, k);
    Shape position = Shape::filled(batch.size(), 0);
    for (int64_t i = 0; i < count; ++i) {
      int64_t a_offset = 0;
      int64_t b_offset = 0;
      for (size_t d = 0; d < batch.size(); ++d) {
        a_offset += position[d] * left.strides()[d];
        b_offset += position[d] * right.strides()[d];
      }
      // k = 0 leaves no data to point to; the result is then zeros.
      const T* x = k > 0 ? left.data<T>() + a_offset : nullptr;
      const T* y = k > 0 ? right.data<T>() + b_offset : nullptr;
      product(x, matrix_strides(left), y, matrix_strides(right), result.data<T>() + i * m * n);
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
  if (a.dim() == 0 || b.dim() == 0) {
    throw ShapeError(message(operation, ": expected vectors or matrices, got shapes ", a.shape(),
                             " and ", b.shape(), "; multiply by a scalar with *"));
  }
  // A vector is a row on the left and a column on the right, and gives up that dimension again.
  const Tensor left = a.dim() == 1 ? unsqueeze(a, 0) : a;
  const Tensor right = b.dim() == 1 ? unsqueeze(b, 1) : b;
  if (left.shape(-1) != right.shape(-2)) {
    throw ShapeError(message(operation, ": shapes ", a.shape(), " and ", b.shape(),
                             " do not fit: the last size of the first, ", left.shape(-1),
                             ", must equal the last but one of the second, ", right.shape(-2)));
  }
  Tensor result = batched(left, right, operation);
  if (b.dim() == 1) result = squeeze(result, -1);
  if (a.dim() == 1) result = squeeze(result, b.dim() == 1 ? -1 : -2);
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
    const detail::Scratch scratch(table.gemm_scratch(m, out, in) * static_cast<int64_t>(sizeof(T)));
    table.gemm(m, out, in, rows.data<T>(), {in, 1}, weight.data<T>(),
               {weight.strides()[1], weight.strides()[0]}, result.data<T>(), out, false,
               offsets.defined() ? offsets.data<T>() : nullptr, scratch.as<T>(), relu);
  });
  return result;
}

}  // namespace lucid::ops
