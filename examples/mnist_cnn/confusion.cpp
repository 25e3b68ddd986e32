#include "confusion.h"

#include <fmt/format.h>

#include <numeric>

namespace mnist_cnn {

void ConfusionMatrix::add(const std::vector<int64_t>& labels,
                          const std::vector<int64_t>& predictions) {
  for (size_t i = 0; i < labels.size(); ++i) {
    ++counts_.at(static_cast<size_t>(labels[i])).at(static_cast<size_t>(predictions[i]));
    if (labels[i] == predictions[i]) ++correct_;
  }
  total_ += static_cast<int64_t>(labels.size());
}

double ConfusionMatrix::accuracy() const noexcept {
  return total_ == 0 ? 0.0 : static_cast<double>(correct_) / static_cast<double>(total_);
}

std::string ConfusionMatrix::str() const {
  std::string text = "      read as\ndigit";
  for (int64_t digit = 0; digit < kDigits; ++digit) text += fmt::format("{:7}", digit);
  text += "    right\n";
  for (size_t digit = 0; digit < counts_.size(); ++digit) {
    const auto& row = counts_[digit];
    text += fmt::format("{:5}", digit);
    // A dot for nothing lets the mistakes stand out.
    for (const int64_t count : row) text += count == 0 ? "      ." : fmt::format("{:7}", count);
    const int64_t sum = std::accumulate(row.begin(), row.end(), int64_t{0});
    text += sum == 0 ? "        -\n"
                     : fmt::format("{:8.2f}%\n", 100.0 * static_cast<double>(row[digit]) /
                                                     static_cast<double>(sum));
  }
  return text;
}

}  // namespace mnist_cnn
