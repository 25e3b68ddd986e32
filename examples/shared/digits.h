// The digits to learn from and to test with.
#pragma once

#include <lucid/lucid.h>

#include <cstdint>
#include <optional>
#include <string>

namespace examples {

/// How MNIST's values, between 0 and 1, are shifted and divided: by their mean and standard
/// deviation, since networks learn best from inputs around 0.
inline constexpr double kMean = 0.1307;
inline constexpr double kStd = 0.3081;

struct DigitOptions {
  std::string data;                   ///< folder with the files of MNIST; empty: lucid draws digits
  std::optional<int64_t> train_size;  ///< unset: all there are; so for the next
  std::optional<int64_t> test_size;
};

struct Digits {
  lucid::data::ByteImageDataset images;
  std::string source;  ///< "MNIST in data/mnist"
};

/// MNIST or lucid's own digits, as the options say.
/// @throws lucid::Error for a bad file; std::runtime_error if there are fewer digits than asked
/// for.
Digits training_digits(const DigitOptions& options);
Digits test_digits(const DigitOptions& options);

/// How many rows of scores (N, 10) are highest at their label (N).
int64_t count_correct(const lucid::Tensor& scores, const lucid::Tensor& labels);

}  // namespace examples
