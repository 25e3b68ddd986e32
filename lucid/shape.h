// Sizes (and strides) of a tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <vector>

namespace lucid {

/// A short list of sizes, kept inline: up to max_rank dimensions, no allocation.
class Shape {
 public:
  static constexpr size_t max_rank = 8;

  Shape() noexcept = default;
  /// @throws ShapeError if there are more than max_rank sizes (here and in push_back, insert).
  Shape(std::initializer_list<int64_t> sizes) : Shape(sizes.begin(), sizes.size()) {}
  Shape(const std::vector<int64_t>& sizes) : Shape(sizes.data(), sizes.size()) {}
  Shape(const int64_t* sizes, size_t count);
  /// `count` sizes, all the same.
  static Shape filled(size_t count, int64_t value);

  size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  int64_t operator[](size_t i) const noexcept { return sizes_[i]; }
  int64_t& operator[](size_t i) noexcept { return sizes_[i]; }
  int64_t back() const noexcept { return sizes_[size_ - 1]; }
  const int64_t* begin() const noexcept { return sizes_; }
  const int64_t* end() const noexcept { return sizes_ + size_; }
  int64_t* begin() noexcept { return sizes_; }
  int64_t* end() noexcept { return sizes_ + size_; }

  void push_back(int64_t size);
  void insert(size_t position, int64_t size);
  void erase(size_t position) noexcept;

  /// The product of the sizes (1 for a scalar).
  /// @throws ShapeError if a size is negative or the product does not fit 63 bits.
  int64_t numel() const;

  /// "[2, 3, 4]"
  std::string str() const;

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.size_ != b.size_) return false;
    for (size_t i = 0; i < a.size_; ++i) {
      if (a.sizes_[i] != b.sizes_[i]) return false;
    }
    return true;
  }

 private:
  int64_t sizes_[max_rank] = {};
  size_t size_ = 0;
};

/// The dimensions an operation works on: one, several, or none named, which means all.
/// Negative ones count from the end.
class Dims : public Shape {
 public:
  using Shape::Shape;
  Dims() noexcept = default;
  Dims(int64_t dim) : Shape{dim} {}
  Dims(int dim) : Shape{dim} {}
  Dims(std::initializer_list<int64_t> dims) : Shape(dims) {}
};

/// Elements to skip to get to the next index of each dimension; 0 for an expanded one.
using Strides = Shape;

/// Row-major strides for a shape.
Strides contiguous_strides(const Shape& shape) noexcept;

/// The shape two operands broadcast to by NumPy's rule. @param operation is named in the error.
/// @throws ShapeError if they do not.
Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b);

/// `dim` counted from the front: -1 is the last of `rank` dimensions (a scalar has one).
/// @throws IndexError outside of [-rank, rank).
size_t normalize_dim(const char* operation, int64_t dim, size_t rank);

std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace lucid
