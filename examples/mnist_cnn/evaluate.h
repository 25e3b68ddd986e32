// Reading digits with a model as it is.
#pragma once

#include <lucid/lucid.h>

#include <cstdint>
#include <vector>

#include "confusion.h"

namespace mnist_cnn {

/// Digit and verdict of every image, in order, and how sure the model is.
struct Reading {
  std::vector<int64_t> labels;
  std::vector<int64_t> verdicts;
  std::vector<float> probabilities;  ///< kDigits per image

  ConfusionMatrix confusion() const;
};

/// Sets the model to evaluation mode.
Reading read_digits(lucid::nn::Module& model, const lucid::data::Dataset& digits);

}  // namespace mnist_cnn
