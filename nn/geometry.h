// Sizes and paddings as layers take them.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace lucid::nn {

/// Height and width: an integer for both, or {height, width}.
struct Size2d {
  template <std::integral T>
  constexpr Size2d(T both) noexcept
      : height(static_cast<int64_t>(both)), width(static_cast<int64_t>(both)) {}
  template <std::integral H, std::integral W>
  constexpr Size2d(H height, W width) noexcept
      : height(static_cast<int64_t>(height)), width(static_cast<int64_t>(width)) {}

  friend constexpr bool operator==(const Size2d&, const Size2d&) noexcept = default;

  int64_t height;
  int64_t width;
};

/// A size that may be left out; filled like a Size2d.
class OptionalSize2d : public std::optional<Size2d> {
 public:
  constexpr OptionalSize2d(std::nullopt_t = std::nullopt) noexcept {}
  template <std::integral T>
  constexpr OptionalSize2d(T both) noexcept : optional(Size2d(both)) {}
  template <std::integral H, std::integral W>
  constexpr OptionalSize2d(H height, W width) noexcept : optional(Size2d(height, width)) {}
  constexpr OptionalSize2d(Size2d size) noexcept : optional(size) {}
};

/// "(3, 3)"
std::string to_string(const Size2d& size);

/// Padding on both sides: an integer, {height, width}, or "same" / "valid".
class Padding2d {
 public:
  template <std::integral T>
  constexpr Padding2d(T both) noexcept : size_(both) {}
  template <std::integral H, std::integral W>
  constexpr Padding2d(H height, W width) noexcept : size_(height, width) {}
  constexpr Padding2d(Size2d size) noexcept : size_(size) {}
  Padding2d(const char* mode) : mode_(std::string(mode)) {}
  Padding2d(std::string mode) : mode_(std::move(mode)) {}

  /// The string it was given as, if any.
  const std::optional<std::string>& mode() const noexcept { return mode_; }
  const Size2d& size() const noexcept { return size_; }

 private:
  Size2d size_ = 0;
  std::optional<std::string> mode_;
};

/// What lies outside of the image
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html).
enum class PaddingMode : uint8_t { zeros, reflect, replicate, circular };

/// "zeros" and so on.
const char* name(PaddingMode mode) noexcept;

}  // namespace lucid::nn
