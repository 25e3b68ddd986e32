// Sizes and paddings as layers take them.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace lucid::nn {

/// A number for each of Rank spatial dimensions, in the order of the tensor's dimensions: one
/// integer for all, or as many as there are dimensions, for example {height, width}.
template <size_t Rank>
class Size {
 public:
  template <std::integral T>
  constexpr Size(T all) noexcept {
    sizes_.fill(static_cast<int64_t>(all));
  }
  template <std::integral... T>
  requires(Rank > 1 && sizeof...(T) == Rank) constexpr Size(T... sizes) noexcept
      : sizes_{static_cast<int64_t>(sizes)...} {}

  constexpr int64_t operator[](size_t i) const noexcept { return sizes_[i]; }
  constexpr int64_t& operator[](size_t i) noexcept { return sizes_[i]; }
  constexpr const int64_t* begin() const noexcept { return sizes_.data(); }
  constexpr const int64_t* end() const noexcept { return sizes_.data() + Rank; }

  friend constexpr bool operator==(const Size&, const Size&) noexcept = default;

 private:
  std::array<int64_t, Rank> sizes_{};
};

using Size1d = Size<1>;
using Size2d = Size<2>;  ///< height and width
using Size3d = Size<3>;  ///< depth, height and width

/// A size that may be left out; filled like a Size.
template <size_t Rank>
class OptionalSize : public std::optional<Size<Rank>> {
 public:
  constexpr OptionalSize(std::nullopt_t = std::nullopt) noexcept {}
  template <std::integral... T>
  requires(sizeof...(T) == 1 || sizeof...(T) == Rank) constexpr OptionalSize(T... sizes) noexcept
      : std::optional<Size<Rank>>(Size<Rank>(sizes...)) {}
  constexpr OptionalSize(Size<Rank> size) noexcept : std::optional<Size<Rank>>(size) {}
};

using OptionalSize1d = OptionalSize<1>;
using OptionalSize2d = OptionalSize<2>;
using OptionalSize3d = OptionalSize<3>;

/// "(3, 3)", for a single dimension "(3,)", as PyTorch shows tuples. Rank is 1, 2 or 3.
template <size_t Rank>
std::string to_string(const Size<Rank>& size);

/// Padding on both sides: filled like a Size, or "same" / "valid".
template <size_t Rank>
class Padding {
 public:
  template <std::integral... T>
  requires(sizeof...(T) == 1 || sizeof...(T) == Rank) constexpr Padding(T... sizes) noexcept
      : size_(sizes...) {}
  constexpr Padding(Size<Rank> size) noexcept : size_(size) {}
  Padding(const char* mode) : mode_(std::string(mode)) {}
  Padding(std::string mode) : mode_(std::move(mode)) {}

  /// The string it was given as, if any.
  const std::optional<std::string>& mode() const noexcept { return mode_; }
  const Size<Rank>& size() const noexcept { return size_; }

 private:
  Size<Rank> size_ = 0;
  std::optional<std::string> mode_;
};

using Padding1d = Padding<1>;
using Padding2d = Padding<2>;
using Padding3d = Padding<3>;

/// What lies outside of the image
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html).
enum class PaddingMode : uint8_t { zeros, reflect, replicate, circular };

/// "zeros" and so on.
const char* name(PaddingMode mode) noexcept;

}  // namespace lucid::nn
