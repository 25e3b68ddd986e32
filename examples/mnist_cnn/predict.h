// Reading digits with saved weights.
#pragma once

#include "options.h"

namespace mnist_cnn {

/// Reads the test digits, draws some of them beside the verdict, and prints how many are right.
/// @throws lucid::Error or std::runtime_error.
void predict(const Options& options);

}  // namespace mnist_cnn
