// Digits that lucid draws itself: something to learn from without a download.
#pragma once

#include <optional>

#include "data/byte_image_dataset.h"

namespace lucid::data {

struct SyntheticDigitsOptions {
  bool train = true;  ///< training images, else test images: none is in both
  std::optional<int64_t> size =
      std::nullopt;  ///< how many; unset: 12,000 for training, 2,000 for testing
  uint64_t seed = 0;
  double mean = 0.0;  ///< subtracted from the values, which are between 0 and 1
  double std = 1.0;   ///< what they are divided by then
};

/// Images of the ten digits in the form of MNIST: float32 (1, 28, 28), 1 being ink; labels 0 to 9,
/// each equally often.
///
/// A pen of random thickness follows one of several ways of writing the digit, shaken, turned,
/// sheared, stretched and moved at random; noise is added. Hard enough that a linear classifier
/// stays below 95% on the test images, while a small convolutional network passes 98%.
///
/// Image i depends on seed, split and i alone: a larger set begins with the smaller one.
class SyntheticDigits : public ByteImageDataset {
 public:
  /// @throws ValueError if size is less than 1, or for mean and std as ByteImageDataset does.
  explicit SyntheticDigits(const SyntheticDigitsOptions& options = {});
};

}  // namespace lucid::data
