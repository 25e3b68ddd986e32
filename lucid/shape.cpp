#include "lucid/shape.h"

#include <algorithm>
#include <ostream>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid {

using detail::message;

Shape::Shape(const int64_t* sizes, size_t count) {
  if (count > max_rank) {
    throw ShapeError(message("a tensor has at most ", max_rank, " dimensions, got ", count));
  }
  std::copy_n(sizes, count, sizes_);
  size_ = count;
}

Shape Shape::filled(size_t count, int64_t value) {
  Shape shape;
  for (size_t i = 0; i < count; ++i) shape.push_back(value);
  return shape;
}

void Shape::push_back(int64_t size) {
  insert(size_, size);
}

void Shape::insert(size_t position, int64_t size) {
  if (size_ == max_rank) {
    throw ShapeError(message("a tensor has at most ", max_rank, " dimensions, ", str(),
                             " cannot take one more"));
  }
  std::copy_backward(sizes_ + position, sizes_ + size_, sizes_ + size_ + 1);
  sizes_[position] = size;
  ++size_;
}

void Shape::erase(size_t position) noexcept {
  std::copy(sizes_ + position + 1, sizes_ + size_, sizes_ + position);
  --size_;
}

int64_t Shape::numel() const {
  int64_t product = 1;
  bool overflow = false;
  bool zero = false;
  for (int64_t size : *this) {
    if (size < 0) throw ShapeError(message("shape ", str(), " has a negative size"));
    zero = zero || size == 0;
    // A later zero makes the product zero, whatever came before.
    overflow = __builtin_mul_overflow(product, size, &product) || overflow;
  }
  if (zero) return 0;
  if (overflow) throw ShapeError(message("shape ", str(), " has more elements than fit 63 bits"));
  return product;
}

std::string Shape::str() const {
  return message(*this);
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (size_t i = 0; i < shape.size(); ++i) out << (i ? ", " : "") << shape[i];
  return out << ']';
}

Strides contiguous_strides(const Shape& shape) noexcept {
  Strides strides = shape;
  // Unsigned, since the strides of a tensor without elements may wrap around without harm.
  uint64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = static_cast<int64_t>(step);
    step *= static_cast<uint64_t>(std::max<int64_t>(shape[i], 1));
  }
  return strides;
}

Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const size_t lead = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    const int64_t x = longer[lead + i];
    const int64_t y = shorter[i];
    if (x != y && x != 1 && y != 1) {
      throw ShapeError(
          message(operation, ": shapes ", a, " and ", b,
                  " do not broadcast: sizes counted from the right must be equal or 1"));
    }
    result[lead + i] = x == 1 ? y : x;
  }
  return result;
}

size_t normalize_dim(const char* operation, int64_t dim, size_t rank) {
  const auto bound = static_cast<int64_t>(rank == 0 ? 1 : rank);
  if (dim < -bound || dim >= bound) {
    throw IndexError(message(operation, ": dim ", dim, " is out of range for a tensor of rank ",
                             rank, ", expected ", -bound, " to ", bound - 1));
  }
  return static_cast<size_t>(dim < 0 ? dim + bound : dim);
}

}  // namespace lucid
