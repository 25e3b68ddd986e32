// What was read as what.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace mnist_cnn {

inline constexpr int64_t kDigits = 10;

/// Counts pairs of a digit and what it was read as.
class ConfusionMatrix {
 public:
  /// Adds examples. The vectors are equally long and hold 0 to 9.
  void add(const std::vector<int64_t>& labels, const std::vector<int64_t>& predictions);

  int64_t total() const noexcept { return total_; }
  int64_t correct() const noexcept { return correct_; }
  /// The part that was read right, from 0 to 1.
  double accuracy() const noexcept;
  /// A table: a row per digit, a column per verdict, and how many of each digit were read right.
  std::string str() const;

 private:
  std::array<std::array<int64_t, kDigits>, kDigits> counts_{};
  int64_t total_ = 0;
  int64_t correct_ = 0;
};

}  // namespace mnist_cnn
