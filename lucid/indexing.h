// NumPy-style subscripts, spelled as in libtorch:
//
//   using namespace lucid::indexing;
//   x.index({1, Slice(0, 3, 2), Ellipsis, None, rows, mask})
//   x.index_put_({Ellipsis, 0}, 1.5)
#pragma once

#include <concepts>
#include <optional>
#include <variant>

#include "lucid/tensor.h"

namespace lucid::indexing {

/// A new dimension of size 1; in a Slice a bound that is left open.
inline constexpr std::nullopt_t None = std::nullopt;

struct EllipsisType {};
/// All the dimensions that the other subscripts leave over.
inline constexpr EllipsisType Ellipsis{};

/// start:stop:step, negative bounds counted from the end and all of them clipped.
struct Slice {
  explicit Slice(std::optional<int64_t> start = None, std::optional<int64_t> stop = None,
                 std::optional<int64_t> step = None) noexcept
      : start(start), stop(stop), step(step.value_or(1)) {}

  std::optional<int64_t> start;
  std::optional<int64_t> stop;
  int64_t step;
};

/// One subscript: None, Ellipsis, an integer, a Slice, or an int64 or bool tensor; a bool takes the
/// whole tensor (true) or nothing (false), along a new dimension.
/// https://pytorch.org/cppdocs/notes/tensor_indexing.html
class TensorIndex {
 public:
  using Value = std::variant<std::nullopt_t, EllipsisType, bool, int64_t, Slice, Tensor>;

  TensorIndex(std::nullopt_t none) noexcept : value_(none) {}
  TensorIndex(EllipsisType ellipsis) noexcept : value_(ellipsis) {}
  TensorIndex(bool whole) noexcept : value_(whole) {}
  template <std::integral T>
  TensorIndex(T position) noexcept : value_(static_cast<int64_t>(position)) {}
  TensorIndex(Slice slice) noexcept : value_(slice) {}
  TensorIndex(Tensor tensor) noexcept : value_(std::move(tensor)) {}

  const Value& value() const noexcept { return value_; }

 private:
  Value value_;
};

}  // namespace lucid::indexing
