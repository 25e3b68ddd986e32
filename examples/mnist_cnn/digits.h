// The digits to learn from and to test with.
#pragma once

#include <lucid/lucid.h>

#include <string>

#include "options.h"

namespace mnist_cnn {

struct Digits {
  lucid::data::ByteImageDataset images;
  std::string source;  ///< "MNIST in data/mnist"
};

/// MNIST or lucid's own digits, as the options say.
/// @throws lucid::Error for a bad file; std::runtime_error if there are fewer digits than asked
/// for.
Digits training_digits(const Options& options);
Digits test_digits(const Options& options);

}  // namespace mnist_cnn
