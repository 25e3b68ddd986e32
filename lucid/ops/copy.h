// Moving values between layouts and element types.
#pragma once

#include <vector>

#include "lucid/tensor.h"

namespace lucid::ops {

/// x itself if it is row-major, else a row-major copy.
Tensor contiguous(const Tensor& x);
/// A row-major copy.
Tensor clone(const Tensor& x);
/// x converted; x itself if it has that type already. Floats become integers by truncation.
Tensor to(const Tensor& x, DType dtype);
/// x in row-major order and in a type, for a kernel to read: x itself where it is so already,
/// without a share in it.
class Operand {
 public:
  Operand(const Tensor& x, DType dtype);
  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;
  template <class T>
  const T* data() const {
    return tensor_->data<T>();
  }

 private:
  Tensor made_;
  const Tensor* tensor_;
};

/// Writes source, broadcast and converted, to all of destination.
void copy_into(const Tensor& source, const Tensor& destination);
/// Writes one number everywhere; floats become integers by truncation, and negative numbers count
/// from the end of uint8. @throws ValueError if the type does not reach the number.
void fill(const Tensor& destination, Scalar value, const char* operation = "full");
/// The tensors one behind the other along `dim`; all other sizes must agree.
Tensor cat(const std::vector<Tensor>& tensors, int64_t dim);

/// x seen as (outer, size of dim, inner) once it is contiguous.
struct Split {
  int64_t outer, size, inner;
};
Split split_at(const Shape& shape, size_t dim) noexcept;

/// out[o][i][n] = x[o][index[i]][n], `index` a rank-1 int64 tensor. @throws IndexError
Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index);
/// The adjoint: a tensor of `shape` to which each slice is added at its index.
Tensor index_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source);
/// out has the shape of index; out[..i..] = x[..index[..i..]..] along dim.
/// https://pytorch.org/docs/stable/generated/torch.gather.html
Tensor gather(const Tensor& x, int64_t dim, const Tensor& index, const char* operation = "gather");
/// The adjoint of gather.
Tensor scatter_add(const Shape& shape, int64_t dim, const Tensor& index, const Tensor& source);
/// A copy of x with source, which has the shape of index, at the places gather() would read. The
/// last one wins where several go to one place.
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
/// A copy of x with slices taken from source, the last one winning.
Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);

/// The index row-major, its values checked against the size they point into. @throws IndexError
Tensor checked_index(const char* operation, const Tensor& index, int64_t size);
/// The positions of what is not zero, one row each, int64. @throws DeviceError for a meta tensor.
Tensor nonzero(const Tensor& x);

}  // namespace lucid::ops
